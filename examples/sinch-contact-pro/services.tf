# Every type of messaging service. For real, keep those that you use.

resource "sinchcontactpro_messaging_service" "conversation" {
  name               = "Conversation API"
  type               = "sinchconversation"
  service_connection = "https://${var.conversation.region}.conversation.api.sinch.com/v1/projects/${var.conversation.project_id}/messages:send"

  authentication {
    authentication_id = nonsensitive("${var.conversation_key.id}@${var.conversation.app_id}")
    secret            = var.conversation_key.secret
  }

  # Incoming calls are signed with the secret of the app's webhook.
  authentication {
    authentication_id = "webhook"
    secret            = var.webhook_secret
    triggers          = ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]
  }

  depends_on = [manual_step.before]
}

resource "sinchcontactpro_messaging_service" "teams" {
  name               = "Microsoft Teams"
  type               = "microsoft_teams"
  service_connection = "https://smba.trafficmanager.net/emea/"

  authentication {
    authentication_id = nonsensitive(var.teams.application_id)
    secret            = var.teams.secret
  }

  authentication {
    authentication_id = nonsensitive(var.teams.user)
    secret            = var.teams.password
  }

  depends_on = [manual_step.before]
}

resource "sinchcontactpro_messaging_service" "facebook" {
  name               = "Facebook Messenger"
  type               = "facebook"
  service_connection = "https://graph.facebook.com/v23.0/me/messages"

  dynamic "authentication" {
    for_each = nonsensitive(keys(var.facebook_pages))

    content {
      authentication_id = authentication.value
      secret            = var.facebook_pages[authentication.value]
    }
  }

  depends_on = [manual_step.before]
}

resource "sinchcontactpro_messaging_service" "account" {
  for_each = {
    c4semail   = "https://c4s.acme.test/email"
    c4semailv2 = "https://c4s.acme.test/email/v2"
    wavy       = "https://api.wavy.test/v1/send"
  }

  name               = "Account ${each.key}"
  type               = each.key
  service_connection = each.value

  authentication {
    authentication_id = nonsensitive(var.accounts[each.key].username)
    secret            = var.accounts[each.key].password
  }

  depends_on = [manual_step.before]
}

resource "sinchcontactpro_messaging_service" "sms" {
  name               = "Sinch SMS"
  type               = "sinchsms"
  service_connection = nonsensitive("https://${var.sms_plan.region}.sms.api.sinch.com/xms/v1/${var.sms_plan.id}/batches")

  authentication {
    authentication_id = nonsensitive(var.sms_plan.id)
    secret            = var.sms_plan.token
  }

  depends_on = [manual_step.before]
}
