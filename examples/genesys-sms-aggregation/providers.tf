provider "genesyscloud" {
  oauthclient_id     = var.genesyscloud_client_id
  oauthclient_secret = var.genesyscloud_client_secret
  api_url            = var.genesyscloud_api_url
  login_url          = var.genesyscloud_login_url
}

provider "digitalchannels" {
  url     = var.nexus_url
  ccid    = var.ccid
  api_key = var.nexus_api_key
}
