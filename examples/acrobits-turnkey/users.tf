resource "acrobits_user" "this" {
  for_each       = var.users
  cloud_id       = acrobits_app.main.cloud_id
  cloud_username = each.key
  network_id     = acrobits_network.this[each.value.network].id
  sip_username   = each.value.sip
  sip_password   = var.sip_passwords[each.key]
  display_name   = "${each.value.name.first} ${each.value.name.last}"
  fname          = each.value.name.first
  lname          = each.value.name.last

  entry {
    label = "work"
    uri   = each.value.number
  }

  dynamic "sms_number" {
    for_each = each.value.sms
    content {
      carrier = "sinch"
      number  = sms_number.value
    }
  }
}

# A number of the telephone network: everybody sees it, nobody can chat with it.
resource "acrobits_contact" "taxi" {
  cloud_id     = acrobits_app.main.cloud_id
  contact_id   = "taxi"
  display_name = "Taxi"

  entry {
    label = "main"
    uri   = "+12025550100"
  }
}

# A file a network: tenants do not see each other.
resource "acrobits_contact_list" "main" {
  cloud_id = acrobits_app.main.cloud_id
  contacts = concat([for user in acrobits_user.this : user.contact], [acrobits_contact.taxi.contact])
  target   = "http"
}

# Account XML holds passwords: a place that everybody can read is refused.
resource "acrobits_provisioning_set" "main" {
  cloud_id = acrobits_app.main.cloud_id
  accounts = { for name, user in acrobits_user.this : name => user.account }
  target   = "s3"
}
