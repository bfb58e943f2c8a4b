variable "number" { type = number }
variable "text" {
  type    = string
  default = 5
}
variable "list" { type = list(string) }
variable "object" {
  type    = object({ a = optional(number, 3), b = string })
  default = { b = 1 }
}
variable "secret" {
  sensitive = true
  nullable  = false
  default   = "x"
}
resource "terraform_data" "a" { input = var.number }
resource "terraform_data" "b" { input = var.list }
output "of_a" { value = terraform_data.a.output }
output "of_b" { value = terraform_data.b.output }
output "of_none" { value = var.text }
