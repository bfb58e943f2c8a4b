resource "acrobits_app" "main" {
  cloud_id         = var.cloud_id
  tenancy          = "multi"
  contacts_url     = var.endpoints.contacts
  provisioning_url = var.endpoints.provisioning
  ext_auth_url     = var.endpoints.ext_auth
  messaging        = true
  sms_gateway      = true

  # Looked at in the build of the white-label app.
  ios                        = "white_label"
  ios_notification_extension = true
  ios_attested_by            = "mobile team, release 4.2"
}

resource "acrobits_network" "this" {
  for_each = toset([for user in var.users : user.network])
  id       = each.key
  cloud_id = acrobits_app.main.cloud_id
}
