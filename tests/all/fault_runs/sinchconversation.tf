# 200 objects of every kind that a project of Sinch has, in two regions.

variable "revision" {
  type    = number
  default = 1
}

provider "sinchconversation" {
  project_id           = "5c000000-0000-4000-8000-000000000001"
  region               = "eu"
  sms_service_plan_id  = "5c000000000000000000000000000eu1"
  allow_app_deletion   = true
  allow_number_release = true
  requests_per_minute  = 60000
}

provider "sinchconversation" {
  alias                = "us"
  project_id           = "5c000000-0000-4000-8000-000000000001"
  region               = "us"
  sms_service_plan_id  = "5c000000000000000000000000000us1"
  allow_app_deletion   = true
  allow_number_release = true
  requests_per_minute  = 60000
}

locals {
  plans = { eu = "5c000000000000000000000000000eu1", us = "5c000000000000000000000000000us1" }
  token = "sandbox-only-not-a-secret-sms-token-000000"
}

resource "sinchconversation_app" "eu" {
  count                 = 40
  display_name          = "App ${count.index}"
  message_retry_seconds = 100 * var.revision

  channel_credentials {
    channel = "SMS"
    static_bearer {
      claimed_identity = local.plans.eu
      token            = local.token
    }
  }
}

resource "sinchconversation_app" "us" {
  provider              = sinchconversation.us
  count                 = 30
  display_name          = "App ${count.index}"
  message_retry_seconds = 100 * var.revision
}

resource "sinchconversation_webhook" "eu" {
  count    = 60
  app_id   = sinchconversation_app.eu[count.index % 40].id
  target   = "https://callbacks.acme.test/${count.index}"
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = "sandbox-only-not-a-secret-${var.revision}"
}

resource "sinchconversation_webhook" "us" {
  provider = sinchconversation.us
  count    = 30
  app_id   = sinchconversation_app.us[count.index].id
  target   = "https://callbacks.acme.test/${count.index}"
  triggers = var.revision == 1 ? ["MESSAGE_INBOUND"] : ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
}

resource "sinchconversation_number" "chosen" {
  for_each = merge(
    { for n in range(15) : "+44770090${format("%04d", 100 + n)}" => "GB" },
    { for n in range(15) : "+4670174${format("%04d", 100 + n)}" => "SE" },
  )
  phone_number = each.key
  region_code  = each.value
  type         = "MOBILE"
  display_name = "Number ${var.revision}"
}

# Any that is on offer.
resource "sinchconversation_number" "any" {
  provider            = sinchconversation.us
  count               = 10
  region_code         = "US"
  type                = "LOCAL"
  display_name        = "Any ${var.revision}.${count.index}"
  sms_service_plan_id = local.plans.us
  sms_campaign_id     = "CSANDBOX"
}
