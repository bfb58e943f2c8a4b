# One project, two regions: a block each. An app lives where its block says.
provider "sinchconversation" {
  project_id = var.project_id
  key_id     = var.key_id
  key_secret = var.key_secret
  region     = "eu"

  sms_service_plan_id = var.plans.eu
  sms_api_token       = var.sms_api_token

  allow_app_deletion   = var.allow_removal
  allow_number_release = var.allow_removal
}

provider "sinchconversation" {
  alias = "us"

  project_id = var.project_id
  key_id     = var.key_id
  key_secret = var.key_secret
  region     = "us"

  sms_service_plan_id = var.plans.us
  sms_api_token       = var.sms_api_token

  allow_app_deletion   = var.allow_removal
  allow_number_release = var.allow_removal
}

# The other side: Contact Pro.
provider "sinchcontactpro" {
  base_url = var.contact_pro.base_url
  username = var.contact_pro.username
  password = var.contact_pro_secrets.password
  api_key  = var.contact_pro_secrets.api_key
}
