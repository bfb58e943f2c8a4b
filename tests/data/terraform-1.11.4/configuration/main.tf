provider "terraform" {}

provider "terraform" {
  alias = "x"
}

variable "v" {
  default  = 1
  type     = number
  nullable = false
}

variable "w" {
  description = "Free."
  default     = null
}

variable "typed" {
  type    = object({ a = optional(string, "x"), b = number })
  default = { b = 1 }
}

locals {
  l = 1
}

resource "terraform_data" "a" {
  provider         = terraform.x
  count            = var.v
  input            = { a = null, b = 1 + 2, c = [for x in [1, 2] : x * 2], d = "${1}-x", e = true ? 1 : 2, f = -1.5 }
  triggers_replace = [local.l, var.v, var.v, path.module, terraform.workspace, module.m[0].o.z, module.m[0]]
  depends_on       = [terraform_data.b, module.m]
}

resource "terraform_data" "b" {
  for_each         = toset(["x"])
  input            = upper("a")
  triggers_replace = [for i, x in var.typed : x if local.l == 1]
}

resource "terraform_data" "c" {
  input            = null
  triggers_replace = terraform_data.b[each.key].output
  for_each         = { x = 1 }
}

resource "terraform_data" "d" {
  for_each         = { q = 1 }
  input            = [terraform_data.a[var.v - 1].id, terraform_data.a[*].id, resource.terraform_data.c["x"].id]
  triggers_replace = [try(var.w.foo["x y"], null), { (var.v) = 1, k = local.l }, each.value, "a${var.v}b"]
}

module "m" {
  source     = "./child"
  count      = 1
  i          = terraform_data.c["x"].id
  depends_on = [terraform_data.c]
}

output "o" {
  value       = [module.m[0].o, module.m[*].o]
  description = "All of it."
  sensitive   = true
  depends_on  = [terraform_data.a]
}
