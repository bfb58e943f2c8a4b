data "sinchconversation_sms_service_plan" "us" {
  provider        = sinchconversation.us
  service_plan_id = var.plans.us
  api_token       = var.sms_api_token
}

# Any local number; a chosen one is named with phone_number.
resource "sinchconversation_number" "us" {
  provider            = sinchconversation.us
  region_code         = "US"
  type                = "LOCAL"
  display_name        = "Support"
  sms_service_plan_id = data.sinchconversation_sms_service_plan.us.id
  sms_campaign_id     = var.campaign_id
}

resource "sinchconversation_app" "us" {
  provider     = sinchconversation.us
  display_name = "support-us"

  channel_credentials {
    channel = "SMS"
    static_bearer {
      claimed_identity = data.sinchconversation_sms_service_plan.us.id
      token            = var.sms_api_token
    }
  }

  # Without a number the plan cannot send.
  depends_on = [manual_step.before, sinchconversation_number.us]
}

resource "sinchconversation_webhook" "us" {
  provider = sinchconversation.us
  app_id   = sinchconversation_app.us.id
  target   = var.callbacks
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = var.webhook_secret.us
}
