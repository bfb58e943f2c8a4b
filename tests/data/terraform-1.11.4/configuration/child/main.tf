variable "i" {
  sensitive = true
}

resource "terraform_data" "m" {
  input = var.i
}

output "o" {
  value     = { z = terraform_data.m.output }
  sensitive = true
}
