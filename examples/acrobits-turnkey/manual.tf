# What people do, before anything is published and after. Apply asks for each step at a terminal, or takes answers from a
# file (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    A1 = {
      title        = "Create the app in the portal"
      instructions = "At providers.cloudsoftphone.com create the app, choose its Cloud ID (in capitals) and a plan with messaging."
    }
    A2 = {
      title        = "Have Turnkey Messaging enabled"
      instructions = "Ask Acrobits to enable Turnkey Messaging on the app."
    }
    A7 = {
      title        = "Connect the SMS carrier"
      instructions = "Contract with the carrier (Sinch or Bandwidth), and let Acrobits connect it."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = "${each.key}: ${each.value.title}"
  instructions = each.value.instructions
  values       = { cloud_id = var.cloud_id }
}

resource "manual_step" "firewall" {
  count = var.guided ? 1 : 0

  title        = "A3: open the firewall"
  instructions = "Let the addresses of Acrobits' allowlist page in."
  values       = { rules = data.acrobits_firewall_snippet.allowlist.snippet }
}

resource "manual_step" "portal" {
  count = var.guided ? 1 : 0

  title        = "A4, A5 and A8: enter the portal sheet"
  instructions = "Under Provisioning Options: External authentication URL, InitialProvisioning and re-provisioning. Then the wsContacts settings: URL, method, authentication, refresh interval. For the live and for the editable version (CODE*)."
  values       = acrobits_app.main.portal_sheet

  depends_on = [acrobits_contact_list.main, acrobits_provisioning_set.main]
}

resource "manual_step" "extension" {
  count = var.guided ? 1 : 0

  title        = "A6: enable the iOS notification extension"
  instructions = "Configure the white-label iOS app to use the notification extension, then attest it in app.tf. For a Full-Service app Acrobits support does it."
  values       = { cloud_id = acrobits_app.main.cloud_id }
}
