resource "terraform_data" "a" { input = 1 }
resource "terraform_data" "b" { input = 1 }
output "gone" { value = "bye" }
output "of_a" { value = terraform_data.a.output }
output "of_b" { value = terraform_data.b.output }
