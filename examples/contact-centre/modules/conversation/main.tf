# An app of Sinch's Conversation API with its webhook, and what Contact Pro needs to talk through it: a messaging
# service with the same secret, and a chat queue with an address a subchannel.

terraform {
  required_providers {
    sinchconversation = {
      source = "trunkline/sinchconversation"
    }
    sinchcontactpro = {
      source = "trunkline/sinchcontactpro"
    }
  }
}

variable "name" {
  description = "What app, service and queue are called."
  type        = string
}

variable "region" {
  description = "Region of the app."
  type        = string
}

variable "project_id" {
  description = "The Sinch project."
  type        = string
}

variable "key" {
  description = "The access key with which Contact Pro sends."
  type        = object({ id = string, secret = string })
  sensitive   = true
}

variable "plan" {
  description = "The SMS service plan of the region."
  type        = string
}

variable "api_token" {
  description = "API token of the plan."
  type        = string
  sensitive   = true
}

variable "callbacks" {
  description = "Where Contact Pro takes callbacks."
  type        = string
}

variable "webhook_secret" {
  description = "Signs callbacks: at both ends."
  type        = string
  sensitive   = true
}

variable "subchannels" {
  description = "Subchannels that the queue has an address for."
  type        = set(string)
}

variable "sms" {
  description = "The number behind the subchannel sms, and the sender id that one of the United States needs."
  type        = object({ number = string, sender_id = optional(string) })
  default     = null
}

variable "retention_days" {
  description = "How long messages are kept, at most 7 days."
  type        = number
}

resource "sinchconversation_app" "this" {
  display_name            = var.name
  dispatch_retention_days = var.retention_days

  channel_credentials {
    channel = "SMS"
    static_bearer {
      claimed_identity = var.plan
      token            = var.api_token
    }
  }
}

resource "sinchconversation_webhook" "this" {
  app_id   = sinchconversation_app.this.id
  target   = var.callbacks
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = var.webhook_secret
}

resource "sinchcontactpro_messaging_service" "this" {
  name               = var.name
  type               = "sinchconversation"
  service_connection = "https://${var.region}.conversation.api.sinch.com/v1/projects/${var.project_id}/messages:send"

  authentication {
    authentication_id = nonsensitive("${var.key.id}@${sinchconversation_app.this.id}")
    secret            = var.key.secret
  }

  authentication {
    authentication_id = "webhook"
    secret            = var.webhook_secret
    triggers          = ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
  }

  depends_on = [sinchconversation_webhook.this]
}

resource "sinchcontactpro_queue" "this" {
  name = var.name
}

resource "sinchcontactpro_queue_address" "this" {
  for_each = var.subchannels

  queue_id = sinchcontactpro_queue.this.id
  address  = "${sinchconversation_app.this.id}@${each.key}.sinchconversation.com"

  phone_number  = each.key == "sms" ? try(var.sms.number, null) : null
  sms_sender_id = each.key == "sms" ? try(var.sms.sender_id, null) : null

  depends_on = [sinchcontactpro_messaging_service.this]
}

output "addresses" {
  description = "The addresses of the queue."
  value       = sort([for address in sinchcontactpro_queue_address.this : address.address])
}
