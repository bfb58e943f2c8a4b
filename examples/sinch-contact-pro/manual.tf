# What people do: before anything is made, and after. Apply asks for each step at a terminal, or takes answers from a
# file (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    M1 = {
      title        = "Open the APIs"
      who          = "Sinch, by service request"
      instructions = "Cloud: ask for the APIs to be opened, and receive key and URL. On-premise: enable the interfaces in Infrastructure Administrator."
    }
    M2 = {
      title        = "Make the API user"
      who          = "Contact Pro administrator"
      instructions = <<-EOT
        In System Configurator, make the user that Trunkline logs in as, with these rights:
        - Messaging Service: create, modify, view, delete
        - User: create, modify, view, delete; User role: view and manage members
        - Queue: create, modify, view, delete
      EOT
    }
    M3 = {
      title        = "Install the servers (on-premise)"
      who          = "System administrator"
      instructions = "Install SMS Server, Chat Server and Chain Matcher. Set the SMS Interface of the SMS Server module to HTTP."
    }
    M4 = {
      title        = "Fill in the Chat Settings"
      who          = "Contact Pro administrator"
      instructions = "System Services > Chat Settings: fill them in."
    }
    M5 = {
      title        = "Install the GoDaddy certificate"
      who          = "System administrator"
      instructions = "Rich content of WhatsApp needs the GoDaddy certificate on the application server."
    }
    M6 = {
      title        = "Open the way to the internet (on-premise)"
      who          = "Network administrator"
      instructions = "The environment needs an outbound connection to the internet."
    }
    M7 = {
      title        = "Make project and access key"
      who          = "Owner of the Sinch account"
      instructions = "In the Sinch dashboard, make the project, then an access key. Its secret is shown once: put it into TF_VAR_conversation_key."
    }
    M10 = {
      title        = "Make the role for external users"
      who          = "Contact Pro administrator"
      instructions = "Make a role that holds Messaging Service: Use, and a group that has it; or grant the right by hand in User Rights."
    }
    M11 = {
      title        = "Get page ids and tokens from Meta"
      who          = "Owner of the Facebook pages"
      instructions = "On Meta's developer pages, take the page id and a page access token of each page."
    }
    M12 = {
      title        = "Register the Azure application"
      who          = "Azure administrator"
      instructions = "For Microsoft Teams, register the application and make its technical user."
    }
    M13 = {
      title        = "Get the accounts of C4S and Wavy"
      who          = "Owner of each service"
      instructions = "Obtain user name and password for c4semail, c4semailv2 and wavy."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = "${each.key}: ${each.value.title}"
  who          = each.value.who
  instructions = each.value.instructions
}

resource "manual_step" "outbound_number" {
  count = var.guided ? 1 : 0

  title        = "M8: tell Sinch the number for outbound SMS"
  who          = "Sinch account manager"
  instructions = "Customers cannot set the number from which the app sends SMS. Tell Sinch which one it is, and that the queue address below uses it."
  values = {
    app     = var.conversation.app_id
    number  = var.sms_number.number
    address = sinchcontactpro_queue_address.sms.address
  }
}

resource "manual_step" "callbacks" {
  count = var.guided ? 1 : 0

  title        = "M9: hand over the external user"
  who          = "Sinch account manager; Wavy"
  instructions = "Give the logon name and the password (in TF_VAR_sender_password) to the side that sends: for Sinch SMS the account manager sets them as credentials of the callbacks."
  values = {
    login    = sinchcontactpro_user.sender.login
    password = var.sender_password
  }

  depends_on = [sinchcontactpro_messaging_service_right.sender]
}

resource "manual_step" "sender_id" {
  count = var.guided ? 1 : 0

  title        = "M14: check the SMS sender ID of the US number"
  who          = "Contact Pro administrator"
  instructions = "An address with a US number needs an SMS sender ID. It is set by this configuration: see it with the queue address."
  values = {
    number    = var.sms_number.number
    sender_id = sinchcontactpro_queue_address.sms.sms_sender_id
  }
}

resource "manual_step" "chat_settings" {
  count = var.guided ? 1 : 0

  title        = "M4: check the Chat Settings again"
  who          = "Contact Pro administrator"
  instructions = "System Services > Chat Settings: see that they are as they were filled in."

  depends_on = [sinchcontactpro_queue_address.chat, sinchcontactpro_queue_address.sms]
}
