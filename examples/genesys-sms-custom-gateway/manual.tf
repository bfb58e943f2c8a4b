# What people do: before anything is made, and after. Apply asks for each step at a terminal, or takes answers from a
# file (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    tenant = {
      who          = "Operator of Digital Channels"
      title        = "Enable the tenant in Digital Channels"
      instructions = "Enable the tenant, and hand over the contact-centre id and a first API key for provisioning."
    }
    gateway = {
      who          = "Customer"
      title        = "Build and host the webhook service"
      instructions = "Build and host the service that implements the Third-Party Messaging Webhook, and agree on both secrets with it."
    }
    number = {
      who          = "Genesys representative"
      title        = "Register short codes and numbers"
      instructions = "A new or existing short code, or a text-enabled phone number, is registered."
    }
    designer = {
      who          = "Designer user"
      title        = "Make the application that routes SMS"
      instructions = "In Designer, make an application that routes SMS and assign a chat endpoint to it."
    }
  }

  steps_after = {
    retries = {
      who          = "Genesys representative"
      title        = "Set the retries of webhooks"
      instructions = "How often Digital Channels tries again when the gateway does not answer is set by the representative."
    }
    headers = {
      who          = "Administrator"
      title        = "See the custom headers"
      instructions = "In NexusServices, the options that begin with header: are there, or are entered as the plan tells (back-end manual). Confirm if there are none."
    }
    platform = {
      who          = "Administrator"
      title        = "See the sender IDs in Platform Administration"
      instructions = "Open the application NexusServices: each section is there, or is entered as the plan of digitalchannels_sender_id tells (back-end manual)."
    }
    cx_contact = {
      who          = "CX Contact administrator"
      title        = "Set up CX Contact, if a sender ID is for campaigns"
      instructions = "Sections with cxcOnly = true are added to CX Contact. Confirm if there is none."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = each.value.title
  who          = each.value.who
  instructions = each.value.instructions
  values       = { ccid = var.ccid, gateway = var.gateway_url, numbers = join(", ", values(var.numbers)), endpoint = "chat.${var.designer_endpoint}" }
}

resource "manual_step" "after" {
  for_each = var.guided ? local.steps_after : {}

  title        = each.value.title
  who          = each.value.who
  instructions = each.value.instructions
  values       = { sections = join(", ", [for sender in digitalchannels_sender_id.number : sender.section]) }
}
