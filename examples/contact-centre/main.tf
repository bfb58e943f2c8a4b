# Two channels of one contact centre: SMS through Kaleyra in Digital Channels, and messengers through Sinch in Contact
# Pro. The workspace (dev or prod) chooses what differs; everything else is shared.

locals {
  environment = var.environments[terraform.workspace]
  suffix      = terraform.workspace == "prod" ? "" : " (${terraform.workspace})"
}

module "sms" {
  source = "./modules/sms"

  kaleyra           = var.kaleyra
  sender_ids        = local.environment.sender_ids
  designer_endpoint = local.environment.designer_endpoint

  depends_on = [manual_step.before]
}

module "conversation" {
  source = "./modules/conversation"

  name           = "Support${local.suffix}"
  region         = local.environment.region
  project_id     = var.project_id
  key            = { id = var.key_id, secret = var.key_secret }
  plan           = local.environment.plan
  api_token      = var.sms_api_token
  callbacks      = var.callbacks
  webhook_secret = var.webhook_secrets[terraform.workspace]
  subchannels    = local.environment.subchannels
  sms            = local.environment.sms
  retention_days = local.environment.retention_days

  depends_on = [manual_step.before]
}
