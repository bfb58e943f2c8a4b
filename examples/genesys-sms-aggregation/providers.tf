# Who runs this configuration: an OAuth client that a person makes once.
provider "genesyscloud" {
  oauthclient_id     = var.genesyscloud_client_id
  oauthclient_secret = var.genesyscloud_client_secret
  api_url            = var.genesyscloud_api_url
  login_url          = var.genesyscloud_login_url
}

# Numbers are looked up and ordered as the integration itself, with the client that this configuration makes.
provider "genesyscloud" {
  alias = "integration"

  oauthclient_id     = genesyscloud_oauth_client.integration.client_id
  oauthclient_secret = local.integration_secret
  api_url            = var.genesyscloud_api_url
  login_url          = var.genesyscloud_login_url
}

provider "digitalchannels" {
  url     = var.nexus_url
  ccid    = var.ccid
  api_key = var.nexus_api_key

  # For the API key.
  auth_url           = var.auth_url
  auth_client_id     = var.auth_client_id
  auth_client_secret = var.auth_client_secret
  auth_username      = var.auth_username
  auth_password      = var.auth_password

  # For the sender IDs.
  sender_id_backend = var.sender_id_backend
  gws_url           = var.gws_url
}
