# 200 objects of every kind that a contact centre of Digital Channels has.

variable "revision" {
  type    = number
  default = 1
}

provider "digitalchannels" {
  url               = "https://digital.acme.test"
  ccid              = "dc000000-0000-4000-8000-000000000001"
  auth_url          = "https://auth.acme.test"
  gws_url           = "https://gws.acme.test"
  sender_id_backend = "options_api"
}

resource "digitalchannels_api_key" "k" {
  count       = 60
  tenant      = "*"
  name        = "Key ${count.index}"
  permissions = ["nexus:cluster:*"]
  enabled     = var.revision == 1
}

resource "digitalchannels_service" "s" {
  count  = 60
  name   = "Custom${count.index}"
  url    = "https://custom.acme.test/${var.revision}/${count.index}"
  data   = { revision = var.revision }
  secret = { token = "sandbox-only-not-a-secret-${var.revision}" }
}

resource "digitalchannels_service_purecloud_idp" "i" {
  url           = "https://login.mypurecloud.com"
  client_id     = "5a0d0000-0000-4000-8000-000000000005"
  client_secret = "sandbox-only-not-a-secret-${var.revision}"
}

resource "digitalchannels_service_portico_sms" "p" {
  url = var.revision == 1 ? "https://api.mypurecloud.com" : "https://api.mypurecloud.ie"
}

resource "digitalchannels_service_mgage_sms" "m" {
  url      = "http://directtext.mgage.com"
  username = "acme"
  password = "sandbox-only-not-a-secret-${var.revision}"
}

resource "digitalchannels_service_async" "a" {
  dynamic "channel" {
    for_each = range(5)

    content {
      channel_id     = 22220 + channel.value
      webhook_url    = "https://gateway.acme.test/${var.revision}"
      webhook_secret = "sandbox-only-not-a-secret-webhook"
      api_secret     = "sandbox-only-not-a-secret-api"
    }
  }
}

resource "digitalchannels_service_sms" "s" {
  sms_provider = var.revision == 1 ? "mGage" : "Async"
  depends_on = [
    digitalchannels_service_purecloud_idp.i, digitalchannels_service_portico_sms.p,
    digitalchannels_service_mgage_sms.m, digitalchannels_service_async.a,
  ]
}

resource "digitalchannels_sender_id" "s" {
  count               = 74
  name                = "SMS_${join("", [for c in split("", tostring(count.index)) : substr("ABCDEFGHIJ", c, 1)])}"
  sender_id           = 10000 + count.index
  designer_endpoint   = "Main${var.revision}"
  sms_provider        = "mGage"
  number_acknowledged = true
  depends_on          = [digitalchannels_service_sms.s]
}

resource "digitalchannels_provider_options" "o" {
  headers    = { custom-header = tostring(var.revision) }
  depends_on = [digitalchannels_service_async.a]
}
