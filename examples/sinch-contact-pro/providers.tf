# The API user, whom a person makes once, and the key and URL that Sinch hands out.
provider "sinchcontactpro" {
  base_url = var.base_url
  username = var.api_username
  password = var.api_password
  api_key  = var.api_key

  # Who has it is an external user, also where nobody declared it yet.
  messaging_service_roles = ["Messaging Service User"]
}
