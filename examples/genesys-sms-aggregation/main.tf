# Option 3 of "Setting up Integration for Inbound and Outbound SMS": Genesys Cloud CX SMS Aggregation.
#
# 1. A role for messaging, for the administrator and for the client that makes the next one.
# 2. An OAuth client with that role: Digital Channels logs in to Genesys Cloud with it.
# 3. An API key: Genesys Cloud calls the webhooks of Digital Channels with it.
# 4. The services of Digital Channels, the number (numbers.tf) and its sender IDs (sender_ids.tf).

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

  depends_on = [manual_step.before]
}

data "genesyscloud_user" "admin" {
  email = var.admin_email
}

# Adds one role and leaves the administrator's other roles alone.
resource "genesyscloud_role_grant" "admin" {
  subject_id = data.genesyscloud_user.admin.id
  role_id    = genesyscloud_auth_role.messaging.id
}

# Genesys Cloud lets a caller hand on only roles that it holds itself, so the client that runs this gets it too.
data "genesyscloud_tokens_me" "caller" {}

resource "genesyscloud_role_grant" "caller" {
  subject_type = "PC_OAUTH_CLIENT"
  subject_id   = data.genesyscloud_tokens_me.caller.oauth_client_id
  role_id      = genesyscloud_auth_role.messaging.id
}

resource "genesyscloud_oauth_client" "integration" {
  name                          = "Nexus Messaging Integration"
  description                   = "Digital Channels, to send and receive SMS."
  authorized_grant_type         = "CLIENT-CREDENTIALS"
  access_token_validity_seconds = 86400
  secret_rotation               = var.client_secret_rotation

  roles {
    role_id = genesyscloud_auth_role.messaging.id
  }

  depends_on = [genesyscloud_role_grant.caller]
}

resource "digitalchannels_api_key" "portico" {
  tenant      = "*"
  name        = "Portico Cluster API Key"
  permissions = ["nexus:cluster:*"]

  # A bought number keeps the key that it was ordered with, and no call changes that. So an edit here must not
  # make another key: see README.md for how to change it together with the Genesys representative.
  lifecycle {
    ignore_changes = [tenant, permissions]
  }

  depends_on = [manual_step.before]
}

# A client that this configuration makes comes with its secret. One that existed before and is imported has none that
# anybody can read: then the secret that you have is used, until client_secret_rotation makes another.
locals {
  integration_secret = coalesce(genesyscloud_oauth_client.integration.client_secret, var.integration_client_secret)
}

module "services" {
  source = "./modules/messaging-services"

  api_url       = var.genesyscloud_api_url
  login_url     = var.genesyscloud_login_url
  client_id     = genesyscloud_oauth_client.integration.client_id
  client_secret = local.integration_secret
}
