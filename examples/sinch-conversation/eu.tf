data "sinchconversation_sms_service_plan" "eu" {
  service_plan_id = var.plans.eu
  api_token       = var.sms_api_token
}

data "sinchconversation_available_numbers" "sweden" {
  region_code  = "SE"
  type         = "MOBILE"
  capabilities = ["SMS"]
  size         = 5
}

# The order of the channels is their priority: WhatsApp first, SMS where it does not reach.
resource "sinchconversation_app" "eu" {
  display_name            = "support-eu"
  dispatch_retention_days = 7

  channel_credentials {
    channel = "WHATSAPP"
    static_bearer {
      claimed_identity = var.whatsapp_sender
      token            = var.whatsapp_token
    }
  }

  channel_credentials {
    channel = "SMS"
    static_bearer {
      claimed_identity = data.sinchconversation_sms_service_plan.eu.id
      token            = var.sms_api_token
    }
  }

  depends_on = [manual_step.before]
}

resource "sinchconversation_webhook" "eu" {
  app_id   = sinchconversation_app.eu.id
  target   = var.callbacks
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = var.webhook_secret.eu
}
