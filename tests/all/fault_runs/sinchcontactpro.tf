# 200 objects of every kind that Contact Pro has.

variable "revision" {
  type    = number
  default = 1
}

provider "sinchcontactpro" {
  base_url            = "https://gateway.acme.test/p/rci"
  requests_per_minute = 60000
}

data "sinchcontactpro_role" "messaging" {
  name = "Messaging Service User"
}

data "sinchcontactpro_user_group" "senders" {
  name = "External Senders"
}

resource "sinchcontactpro_messaging_service" "s" {
  count              = 50
  name               = "Service ${count.index}"
  type               = "wavy"
  service_connection = "https://api.wavy.test/v${var.revision}/send"

  authentication {
    authentication_id = "acme-${count.index}"
    secret            = "sandbox-only-not-a-secret-${var.revision}"
  }
}

resource "sinchcontactpro_user" "u" {
  count      = 30
  first_name = "User ${count.index}"
  last_name  = "Sender ${var.revision}"
  login      = "sender.${count.index}"
  password   = "Sandbox-only-${count.index}-${var.revision}-sender"
  groups     = [data.sinchcontactpro_user_group.senders.id]
}

resource "sinchcontactpro_messaging_service_right" "r" {
  count   = 30
  user_id = sinchcontactpro_user.u[count.index].id
  role_id = data.sinchcontactpro_role.messaging.id
}

resource "sinchcontactpro_queue" "q" {
  count        = 30
  name         = "Queue ${count.index}"
  queue_length = 10 * var.revision
}

resource "sinchcontactpro_queue_address" "a" {
  count         = 60
  queue_id      = sinchcontactpro_queue.q[count.index % 30].id
  address       = "01EB17K24DRDHH07FVSSG0${format("%04d", 1000 + count.index)}@sms.sinchconversation.com"
  phone_number  = "+12125550123"
  sms_sender_id = "1212555${format("%04d", 100 * var.revision + count.index)}"
}
