# The channel exists: it was made and bound in the console.
data "chatapp_channel" "whatsapp" {
  name         = var.channel
  channel_type = "whatsapp"
}

data "chatapp_phone_numbers" "connected" {
  cust_space_id = data.chatapp_channel.whatsapp.cust_space_id
  status        = "CONNECTED"
}

# Reports: messages of the number, and status changes of the account.
resource "chatapp_phone_webhook" "support" {
  cust_space_id       = data.chatapp_channel.whatsapp.cust_space_id
  phone_number        = var.phone_number
  up_callback_url     = "${var.receiver}/inbound"
  status_callback_url = "${var.receiver}/status"

  depends_on = [manual_step.before]
}

resource "chatapp_account_webhook" "account" {
  cust_space_id       = data.chatapp_channel.whatsapp.cust_space_id
  status_callback_url = "${var.receiver}/account"

  depends_on = [manual_step.before]
}

# Templates.
resource "chatapp_template" "order" {
  cust_space_id            = data.chatapp_channel.whatsapp.cust_space_id
  name                     = "order_update"
  language                 = "en"
  category                 = "UTILITY"
  template_type            = "WHATSAPP"
  message_send_ttl_seconds = 3600
  example                  = { name = "Ann", order = "1001" }

  component {
    type = "BODY"
    text = "Hello $(name), your order $(order) is on its way."
  }

  component {
    type = "FOOTER"
    text = "Acme"
  }

  component {
    type = "BUTTONS"

    button {
      type     = "URL"
      text     = "Track"
      url      = "https://shop.acme.test/orders/$(order)"
      url_type = "dynamic"
    }

    button {
      type         = "PHONE_NUMBER"
      text         = "Call us"
      phone_number = "+${var.phone_number}"
    }
  }

  depends_on = [manual_step.before]
}

resource "chatapp_template" "code" {
  cust_space_id            = data.chatapp_channel.whatsapp.cust_space_id
  name                     = "sign_in_code"
  language                 = "en"
  category                 = "AUTHENTICATION"
  template_type            = "WHATSAPP"
  message_send_ttl_seconds = 300

  component {
    type                      = "BODY"
    add_secret_recommendation = true
  }

  component {
    type                    = "FOOTER"
    code_expiration_minutes = 5
  }

  component {
    type = "BUTTONS"

    button {
      type = "COPY_CODE"
      text = "Copy code"
    }
  }

  depends_on = [manual_step.before]
}
