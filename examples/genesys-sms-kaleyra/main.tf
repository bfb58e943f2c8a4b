# Option 1 of "Setting up Integration for Inbound and Outbound SMS": the built-in connector to Kaleyra (formerly mGage).

resource "digitalchannels_service_mgage_sms" "kaleyra" {
  url      = nonsensitive(var.kaleyra.url)
  username = var.kaleyra.username
  password = var.kaleyra.password

  depends_on = [manual_step.before]
}

# Switches SMS on, so it comes last and goes first.
resource "digitalchannels_service_sms" "this" {
  sms_provider = "mGage"

  depends_on = [digitalchannels_service_mgage_sms.kaleyra]
}

# A section of NexusServices ties the number to a Designer endpoint. Kaleyra has the number, not this configuration.
resource "digitalchannels_sender_id" "main" {
  name                = "SMS_Main_Corporate"
  sender_id           = var.sender_id
  designer_endpoint   = var.designer_endpoint
  sms_provider        = "mGage"
  number_acknowledged = true

  depends_on = [digitalchannels_service_sms.this]
}
