provider "digitalchannels" {
  url     = var.nexus_url
  ccid    = var.ccid
  api_key = var.nexus_api_key

  # For the sender IDs.
  sender_id_backend  = var.sender_id_backend
  gws_url            = var.gws_url
  auth_url           = var.auth_url
  auth_client_id     = var.auth_client_id
  auth_client_secret = var.auth_client_secret
  auth_username      = var.auth_username
  auth_password      = var.auth_password
}
