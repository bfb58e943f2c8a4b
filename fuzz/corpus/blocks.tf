terraform {
  required_version = ">= 1.5, < 2.0"
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
    genesyscloud = {
      source                = "trunkline/genesyscloud"
      configuration_aliases = [genesyscloud.other]
    }
  }
}
variable "names" {
  type        = map(object({ size = optional(number, 3), tags = list(string) }))
  default     = { a = { tags = ["x"] } }
  description = "Names"
  sensitive   = true
  nullable    = false
  validation {
    condition     = length(var.names) > 0
    error_message = "None of ${length(var.names)}."
  }
}
locals {
  all = { for k, v in var.names : k => v.size if v.size > 1 }
  one = one([for k in keys(local.all) : k])
}
provider "genesyscloud" {
  alias = "other"
}
resource "terraform_data" "a" {
  for_each         = local.all
  input            = each.value
  triggers_replace = [each.key]
  depends_on       = [terraform_data.b]
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [input["x"], triggers_replace]
    replace_triggered_by  = [terraform_data.b[0].id]
    precondition {
      condition     = each.key != ""
      error_message = "Empty."
    }
    postcondition {
      condition     = self.id != ""
      error_message = "No id."
    }
  }
}
resource "terraform_data" "b" {
  count = 2
  input = count.index
}
data "terraform_remote_state" "s" {
  backend = "local"
  config  = { path = "${path.module}/x.tfstate" }
}
output "o" {
  value       = terraform_data.a["a"].output
  sensitive   = true
  depends_on  = [terraform_data.b]
  description = <<-EOT
    Of several
      lines ${local.one}
  EOT
}
moved {
  from = terraform_data.x
  to   = terraform_data.b[0]
}
removed {
  from = terraform_data.gone
  lifecycle {
    destroy = false
  }
}
import {
  to = terraform_data.b[1]
  id = "x"
}
check "c" {
  assert {
    condition     = terraform_data.b[0].id != null
    error_message = "No."
  }
}
