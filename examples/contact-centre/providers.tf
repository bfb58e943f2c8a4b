# One tenant of Digital Channels a workspace; the Sinch project and Contact Pro are shared.
provider "digitalchannels" {
  url     = var.nexus_url
  ccid    = local.environment.ccid
  api_key = var.nexus_api_key

  sender_id_backend  = var.sender_id_backend
  gws_url            = var.gws_url
  auth_url           = var.auth_url
  auth_client_id     = var.auth_client_id
  auth_client_secret = var.auth_secrets.client_secret
  auth_username      = var.auth_username
  auth_password      = var.auth_secrets.password
}

provider "sinchconversation" {
  project_id = var.project_id
  key_id     = var.key_id
  key_secret = var.key_secret
  region     = local.environment.region

  sms_service_plan_id = local.environment.plan
  sms_api_token       = var.sms_api_token

  allow_app_deletion = local.environment.allow_removal
}

provider "sinchcontactpro" {
  base_url = var.contact_pro.base_url
  username = var.contact_pro.username
  password = var.contact_pro_secrets.password
  api_key  = var.contact_pro_secrets.api_key
}
