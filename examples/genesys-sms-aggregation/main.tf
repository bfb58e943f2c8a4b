resource "genesyscloud_auth_role" "messaging" {
  name        = "Nexus Messaging"
  description = "What Digital Channels needs to send and receive SMS."

  permission_policies {
    domain      = "messaging"
    entity_name = "*"
    action_set  = ["*"]
  }

  permission_policies {
    domain      = "messagingProvisioning"
    entity_name = "*"
    action_set  = ["*"]
  }
}

resource "digitalchannels_service_portico_sms" "this" {
  url = var.genesyscloud_api_url
}
