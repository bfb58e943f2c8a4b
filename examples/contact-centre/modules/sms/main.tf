# SMS of a Digital Channels tenant through Kaleyra, and the sender IDs that go to a Designer endpoint.

terraform {
  required_providers {
    digitalchannels = {
      source = "trunkline/digitalchannels"
    }
  }
}

variable "kaleyra" {
  description = "Kaleyra's SMS API."
  type        = object({ url = string, username = string, password = string })
  sensitive   = true
}

variable "sender_ids" {
  description = "Sender IDs by what they are for."
  type        = map(string)
}

variable "designer_endpoint" {
  description = "Name of the chat endpoint in Designer, without chat."
  type        = string
}

resource "digitalchannels_service_mgage_sms" "kaleyra" {
  url      = nonsensitive(var.kaleyra.url)
  username = var.kaleyra.username
  password = var.kaleyra.password
}

resource "digitalchannels_service_sms" "this" {
  sms_provider = "mGage"

  depends_on = [digitalchannels_service_mgage_sms.kaleyra]
}

resource "digitalchannels_sender_id" "this" {
  for_each = var.sender_ids

  name                = "SMS_${each.key}"
  sender_id           = each.value
  designer_endpoint   = var.designer_endpoint
  sms_provider        = "mGage"
  number_acknowledged = true

  depends_on = [digitalchannels_service_sms.this]
}

output "sections" {
  description = "The sections of NexusServices, by sender ID."
  value       = { for sender in digitalchannels_sender_id.this : sender.sender_id => sender.section }
}
