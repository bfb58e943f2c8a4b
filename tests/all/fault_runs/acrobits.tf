# 198 documents of an app: lists of contacts by HTTP, accounts in a bucket. What they are made of is declared only.

variable "revision" {
  type    = number
  default = 1
}

provider "acrobits" {
  publish_url = "https://files.acme.test"
  s3_endpoint = "https://s3.acme.test"
  s3_bucket   = "acme-provisioning"
}

resource "acrobits_app" "a" {
  cloud_id         = "ACMEMT"
  tenancy          = "multi"
  contacts_url     = "https://voip.acme.test/contacts?cloud_id=ACMEMT&cloud_username=%account[cloud_username]%"
  provisioning_url = "https://voip.acme.test/provisioning?cloud_username=%username%&cloud_password=%password%&cloud_id=%fullcode%"
}

resource "acrobits_network" "n" {
  cloud_id = acrobits_app.a.cloud_id
  id       = "north"
}

resource "acrobits_user" "u" {
  cloud_id       = acrobits_app.a.cloud_id
  cloud_username = "ann"
  display_name   = "Ann ${var.revision}"
  network_id     = acrobits_network.n.id
  sip_username   = "1001"
  sip_password   = "sandbox-only-not-a-secret-${var.revision}"

  entry {
    label = "work"
    uri   = "1001"
  }
}

resource "acrobits_contact_list" "l" {
  count    = 100
  cloud_id = acrobits_app.a.cloud_id
  contacts = [acrobits_user.u.contact]
  path     = "contacts/${count.index}/{network_id}.json"
  target   = "http"
}

resource "acrobits_provisioning_set" "s" {
  count    = 98
  cloud_id = acrobits_app.a.cloud_id
  accounts = { ann = acrobits_user.u.account }
  path     = "accounts/${count.index}/{cloud_username}.xml"
  target   = "s3"
}
