# What people do: before anything is made, and after. Apply asks for each step at a terminal, or takes answers from a
# file (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    C1 = {
      title        = "Get access to the Conversation API"
      instructions = "In the Sinch dashboard, accept the terms of the Conversation API, and note the project id."
    }
    C2 = {
      title        = "Get more projects, if needed"
      instructions = "Additional projects come from the account manager. Confirm if one is enough."
    }
    C3 = {
      title        = "Make an access key"
      instructions = "Make an access key and store its secret at once, in TF_VAR_key_secret: it is shown once."
    }
    C4 = {
      title        = "See that apps made in the dashboard are in Dispatch mode"
      instructions = "Apps of this configuration are. An app that was made in the dashboard must have been made in Dispatch mode."
    }
    C5 = {
      title        = "Have an SMS service plan in each region"
      instructions = "A service plan in the region of each app, with at least one number."
    }
    C7 = {
      title        = "Register brand and campaign for US SMS"
      instructions = "Register the 10DLC brand and campaign, or verify the toll-free number."
    }
    C8 = {
      title        = "Sign up the WhatsApp sender"
      instructions = "A postpay account, and the sender through the embedded sign-up or the Provisioning API."
    }
    C9 = {
      title        = "Launch an RCS agent, if used"
      instructions = "Obtain an RCS agent and launch it in the region of the app."
    }
    C10 = {
      title        = "Get tokens of the channel owners"
      instructions = "Messenger, Instagram, Telegram, LINE, Viber: make page, bot or account at each, and take its token."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = "${each.key}: ${each.value.title}"
  instructions = each.value.instructions
  values       = { project = var.project_id }
}

resource "manual_step" "outbound_number" {
  count = var.guided ? 1 : 0

  title        = "C6: tell Sinch the outbound numbers"
  who          = "Sinch account manager"
  instructions = "Tell Sinch which numbers the apps send SMS from. The US number is the SMS sender ID of its queue address already."
  values = {
    eu_app    = sinchconversation_app.eu.id
    eu_number = var.sms_number_eu
    us_app    = sinchconversation_app.us.id
    us_number = sinchcontactpro_queue_address.us.sms_sender_id
  }
}

resource "manual_step" "sinch_chat" {
  count = var.guided ? 1 : 0

  title        = "C11: enable Sinch Chat"
  instructions = "In the dashboard, enable Sinch Chat on the app, if it is used. It stays there."
  values       = { app = sinchconversation_app.eu.id }
}

resource "manual_step" "callback" {
  count = var.guided ? 1 : 0

  title        = "C12: set the callback URL of the service plans"
  who          = "Sinch account manager"
  instructions = "Where Contact Pro uses sinchsms: set the default callback URL of each service plan, and ask for credentials of the callbacks."
  values       = { eu = var.plans.eu, us = var.plans.us }
}

resource "manual_step" "secret" {
  count = var.guided ? 1 : 0

  title        = "C13: copy the secrets of webhooks made by hand"
  instructions = "Webhooks of this configuration share their secret with Contact Pro. When one was made in the dashboard, copy its secret token to Contact Pro, or import it."
  values       = { eu = sinchconversation_webhook.eu.id, us = sinchconversation_webhook.us.id }
}
