# What people do: before anything is made, and after. Apply asks for each step at a terminal, or takes answers from a
# file (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    tenant = {
      who          = "Operator of Digital Channels"
      title        = "Enable the tenant in Digital Channels"
      instructions = "Enable the tenant, and hand over the contact-centre id and a first API key for provisioning."
    }
    account = {
      who          = "Kaleyra"
      title        = "Open an account with permission to send SMS"
      instructions = "Put its URL, user name and password into TF_VAR_kaleyra."
    }
    number = {
      who          = "Genesys representative"
      title        = "Add the sender ID to Kaleyra"
      instructions = "A new short code, or a text-enabled phone number, is added to Kaleyra."
    }
    designer = {
      who          = "Designer user"
      title        = "Make the application that routes SMS"
      instructions = "In Designer, make an application that routes SMS and assign a chat endpoint to it."
    }
  }

  steps_after = {
    platform = {
      who          = "Administrator"
      title        = "See the sender ID in Platform Administration"
      instructions = "Open the application NexusServices: the section is there, or is entered as the plan of digitalchannels_sender_id tells (back-end manual)."
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
  values       = { ccid = var.ccid, sender_id = var.sender_id, endpoint = "chat.${var.designer_endpoint}" }
}

resource "manual_step" "after" {
  for_each = var.guided ? local.steps_after : {}

  title        = each.value.title
  who          = each.value.who
  instructions = each.value.instructions
  values       = { section = digitalchannels_sender_id.main.section }
}
