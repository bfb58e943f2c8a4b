# One chat queue for all subchannels of the app.

resource "sinchcontactpro_queue" "chat" {
  name = "Customer Chat"
}

resource "sinchcontactpro_queue_address" "chat" {
  for_each = toset([
    "whatsapp", "nativechannel", "facebook", "viber-bot", "instagram", "viber", "telegram", "line", "rcs",
  ])

  queue_id = sinchcontactpro_queue.chat.id
  address  = "${var.conversation.app_id}@${each.key}.sinchconversation.com"

  # Replies go out through the service, so it is there before the address and goes after it.
  depends_on = [sinchcontactpro_messaging_service.conversation]
}

resource "sinchcontactpro_queue_address" "sms" {
  queue_id      = sinchcontactpro_queue.chat.id
  address       = "${var.conversation.app_id}@sms.sinchconversation.com"
  phone_number  = var.sms_number.number
  sms_sender_id = var.sms_number.sender_id

  depends_on = [sinchcontactpro_messaging_service.conversation]
}
