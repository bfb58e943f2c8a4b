# A messaging service a region, each with the secret of its app's webhook, and the addresses of one chat queue.
resource "sinchcontactpro_messaging_service" "eu" {
  name               = "Conversation API eu"
  type               = "sinchconversation"
  service_connection = "https://eu.conversation.api.sinch.com/v1/projects/${var.project_id}/messages:send"

  authentication {
    authentication_id = "${var.key_id}@${sinchconversation_app.eu.id}"
    secret            = var.key_secret
  }

  authentication {
    authentication_id = "webhook"
    secret            = var.webhook_secret.eu
    triggers          = ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
  }

  depends_on = [sinchconversation_webhook.eu]
}

resource "sinchcontactpro_messaging_service" "us" {
  name               = "Conversation API us"
  type               = "sinchconversation"
  service_connection = "https://us.conversation.api.sinch.com/v1/projects/${var.project_id}/messages:send"

  authentication {
    authentication_id = "${var.key_id}@${sinchconversation_app.us.id}"
    secret            = var.key_secret
  }

  authentication {
    authentication_id = "webhook"
    secret            = var.webhook_secret.us
    triggers          = ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
  }

  depends_on = [sinchconversation_webhook.us]
}

resource "sinchcontactpro_queue" "support" {
  name = "Support"
}

resource "sinchcontactpro_queue_address" "eu" {
  for_each     = { whatsapp = null, sms = var.sms_number_eu }
  queue_id     = sinchcontactpro_queue.support.id
  address      = "${sinchconversation_app.eu.id}@${each.key}.sinchconversation.com"
  phone_number = each.value

  depends_on = [sinchcontactpro_messaging_service.eu]
}

resource "sinchcontactpro_queue_address" "us" {
  queue_id      = sinchcontactpro_queue.support.id
  address       = "${sinchconversation_app.us.id}@sms.sinchconversation.com"
  sms_sender_id = sinchconversation_number.us.phone_number

  depends_on = [sinchcontactpro_messaging_service.us]
}
