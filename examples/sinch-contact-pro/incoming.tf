# Sinch SMS and Wavy log in as this user when they call.

data "sinchcontactpro_user_group" "senders" {
  name = "External Senders"
}

data "sinchcontactpro_role" "messaging" {
  name = "Messaging Service User"
}

resource "sinchcontactpro_user" "sender" {
  first_name = "SMS"
  last_name  = "Sender"
  login      = "sms.sender"
  password   = var.sender_password
  groups     = [data.sinchcontactpro_user_group.senders.id]

  depends_on = [manual_step.before]
}

resource "sinchcontactpro_messaging_service_right" "sender" {
  user_id = sinchcontactpro_user.sender.id
  role_id = data.sinchcontactpro_role.messaging.id
}
