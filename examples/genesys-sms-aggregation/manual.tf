# What people do, in the order of the work. Apply asks for each step at a terminal, or takes answers from a file
# (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    organization = {
      who          = "Genesys representative"
      title        = "Make the Genesys Cloud CX organisation"
      instructions = "Create the organisation and hand over its id, the administrator's user name and password, the login URL and the API URL."
      values       = { organization = var.organization, login_url = var.genesyscloud_login_url, api_url = var.genesyscloud_api_url }
    }
    product = {
      who          = "Genesys representative"
      title        = "Add the SMS Aggregation product"
      instructions = "Add the product SMS Aggregation to the organisation. Without it no number can be ordered."
      values       = { organization = var.organization }
    }
    client = {
      who          = "Customer administrator"
      title        = "Make the first OAuth client"
      instructions = <<-EOT
        In Genesys Cloud: Admin > Integrations > OAuth > Add client, grant type Client Credentials.
        Give it a role with authorization:role:*, authorization:grant:*, oauth:client:* and directory:user:view, and every
        role that it will assign.
        Put its id and secret into TF_VAR_genesyscloud_client_id and TF_VAR_genesyscloud_client_secret.
      EOT
      values       = {}
    }
    tenant = {
      who          = "Operator of Digital Channels"
      title        = "Enable the tenant in Digital Channels"
      instructions = "Enable the tenant, and hand over the contact-centre id and a first API key for provisioning."
      values       = { ccid = var.ccid, url = var.nexus_url }
    }
    numbers = {
      who          = "Genesys representative"
      title        = "Register existing numbers and short codes"
      instructions = "Register the short code for campaigns, and every number that you have already."
      values       = { short_code = var.campaign_short_code }
    }
    cost = {
      who          = "Customer"
      title        = "Accept the cost of the number"
      instructions = "The number is billed until Genesys releases it. Accept that, and set confirm_purchase = true."
      values       = { number = var.toll_free_number }
    }
    rate_limit = {
      who          = "Customer administrator"
      title        = "Raise the API rate limit, if needed"
      instructions = "More than 300 requests a minute need a support case with Genesys. Confirm without one if that is enough."
      values       = {}
    }
    designer = {
      who          = "Designer user"
      title        = "Make the application that routes SMS"
      instructions = "In Designer, make an application that routes SMS and assign a chat endpoint to it."
      values       = { endpoint = "chat.${var.designer_endpoint}" }
    }
  }

  steps_after = {
    platform = {
      who          = "Administrator"
      title        = "See the sender IDs in Platform Administration"
      instructions = "Open the application NexusServices: each section below is there, or is entered as the plan of digitalchannels_sender_id tells (back-end manual)."
    }
    cx_contact = {
      who          = "CX Contact administrator"
      title        = "Set up CX Contact for the campaign sender ID"
      instructions = "The section with cxcOnly = true serves campaigns only: add it to CX Contact."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = each.value.title
  who          = each.value.who
  instructions = each.value.instructions
  values       = each.value.values
}

resource "manual_step" "after" {
  for_each = var.guided ? local.steps_after : {}

  title        = each.value.title
  who          = each.value.who
  instructions = each.value.instructions
  values = {
    number   = genesyscloud_tollfree_number_order.main.number
    sections = "${digitalchannels_sender_id.corporate.name}, ${digitalchannels_sender_id.campaigns.name}"
  }
}
