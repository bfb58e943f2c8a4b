# The API user, whom a person makes once, and the key and URL that Sinch hands out.
provider "sinchcontactpro" {
  base_url = var.base_url
  username = var.api_username
  password = var.api_password
  api_key  = var.api_key
}
