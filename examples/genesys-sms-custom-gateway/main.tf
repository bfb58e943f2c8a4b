# Option 2 of "Setting up Integration for Inbound and Outbound SMS": a gateway of your own, behind a webhook.

# All channels of a tenant live in one service.
resource "digitalchannels_service_async" "gateway" {
  dynamic "channel" {
    for_each = var.numbers

    content {
      channel_id     = channel.value
      webhook_url    = var.gateway_url
      webhook_secret = var.webhook_secret
      api_secret     = var.api_secret
    }
  }

  depends_on = [manual_step.before]
}

# Switches SMS on, so it comes last and goes first.
resource "digitalchannels_service_sms" "this" {
  sms_provider = "Async"

  depends_on = [digitalchannels_service_async.gateway]
}

# Each section of NexusServices ties a number to a Designer endpoint; without the provider Async it goes elsewhere.
resource "digitalchannels_sender_id" "number" {
  for_each = var.numbers

  name                = "SMS_${each.key}"
  sender_id           = each.value
  designer_endpoint   = var.designer_endpoint
  sms_provider        = "Async"
  number_acknowledged = true

  depends_on = [digitalchannels_service_sms.this]
}

resource "digitalchannels_provider_options" "headers" {
  count = length(var.headers) > 0 ? 1 : 0

  headers = var.headers

  depends_on = [digitalchannels_service_async.gateway]
}
