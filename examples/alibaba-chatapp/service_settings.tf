# What the console has under Service Settings.
resource "chatapp_business_system" "erp" {
  cust_space_id      = data.chatapp_channel.whatsapp.cust_space_id
  name               = "ERP"
  api_request_url    = "${var.receiver}/intents"
  remarks            = "Answers the buttons of templates."
  signature_rotation = var.signature_rotation

  dynamic "attestation" {
    for_each = [for a in [lookup(var.attestations, "business_system", null)] : a if a != null]
    content {
      by           = attestation.value.by
      at           = attestation.value.at
      content_hash = attestation.value.content_hash
    }
  }
}

locals {
  intents = {
    order_status = { name = "Order status", data = { source = "template" } }
    call_back    = { name = "Call back", data = { queue = "support" } }
  }
}

resource "chatapp_intent" "this" {
  for_each = local.intents

  cust_space_id = data.chatapp_channel.whatsapp.cust_space_id
  system_id     = chatapp_business_system.erp.system_id
  code          = each.key
  name          = each.value.name
  default_data  = jsonencode(each.value.data)

  dynamic "attestation" {
    for_each = [for a in [lookup(var.attestations, each.key, null)] : a if a != null]
    content {
      by           = attestation.value.by
      at           = attestation.value.at
      content_hash = attestation.value.content_hash
    }
  }
}

# Activate SMS: messages that WhatsApp does not deliver can fall back to SMS.
resource "chatapp_sms_setting" "this" {
  cust_space_id = data.chatapp_channel.whatsapp.cust_space_id
  enabled       = true

  dynamic "attestation" {
    for_each = [for a in [lookup(var.attestations, "sms", null)] : a if a != null]
    content {
      by           = attestation.value.by
      at           = attestation.value.at
      content_hash = attestation.value.content_hash
    }
  }
}

data "chatapp_sms_fallback" "orders" {
  cust_space_id    = data.chatapp_channel.whatsapp.cust_space_id
  fallback_id      = var.fallback_id
  duration_seconds = 600
  rule             = "undelivered"
}

# OTP Delivery Scheduling, for the authentication template.
resource "chatapp_otp_scheduling" "this" {
  cust_space_id   = data.chatapp_channel.whatsapp.cust_space_id
  enabled         = true
  countries       = ["SG", "ID"]
  use_own_numbers = true

  dynamic "attestation" {
    for_each = [for a in [lookup(var.attestations, "otp", null)] : a if a != null]
    content {
      by           = attestation.value.by
      at           = attestation.value.at
      content_hash = attestation.value.content_hash
    }
  }
}
