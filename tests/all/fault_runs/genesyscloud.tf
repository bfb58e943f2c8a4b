# 200 objects of every kind that an organisation of Genesys Cloud has.

variable "revision" {
  type    = number
  default = 1
}

provider "genesyscloud" {
  aws_region          = "us-east-1"
  requests_per_minute = 60000
}

data "genesyscloud_tokens_me" "caller" {}

resource "genesyscloud_auth_role" "r" {
  count       = 50
  name        = "Role ${count.index}"
  description = "Revision ${var.revision}"

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

resource "genesyscloud_user" "u" {
  count      = 60
  name       = "User ${count.index}"
  email      = "user.${count.index}@acme.test"
  department = "Revision ${var.revision}"
}

# A caller hands on only what it holds.
resource "genesyscloud_role_grant" "caller" {
  subject_type = "PC_OAUTH_CLIENT"
  subject_id   = data.genesyscloud_tokens_me.caller.oauth_client_id
  role_id      = genesyscloud_auth_role.r[0].id
}

resource "genesyscloud_role_grant" "u" {
  count      = 56
  subject_id = genesyscloud_user.u[count.index].id
  role_id    = genesyscloud_auth_role.r[count.index % 50].id
}

resource "genesyscloud_oauth_client" "c" {
  count                 = 30
  name                  = "Client ${count.index}"
  description           = "Revision ${var.revision}"
  authorized_grant_type = "CLIENT-CREDENTIALS"
  secret_rotation       = count.index < 5 ? var.revision : 1

  roles {
    role_id = genesyscloud_auth_role.r[0].id
  }

  depends_on = [genesyscloud_role_grant.caller]
}

resource "genesyscloud_tollfree_number_order" "n" {
  for_each         = toset(["8005550123", "8005550199", "8335550142"])
  number           = each.key
  confirm_purchase = true
  comment          = "ACME"
  email_address    = "sms.admin@acme.test"
  mo_url           = "https://digital.acme.test/nexus/v3/sms/message"
  dr_url           = "https://digital.acme.test/nexus/v3/sms/receipt"
  webhook_username = "dc000000-0000-4000-8000-000000000001"
  webhook_password = "dc000000-0000-4000-8000-0000000000a1"
  depends_on       = [genesyscloud_role_grant.caller]
}
