# What the app and the vendor's sign-on will meet.
data "acrobits_endpoint_check" "live" {
  cloud_id         = acrobits_app.main.cloud_id
  tenancy          = acrobits_app.main.tenancy
  contacts_url     = acrobits_app.main.contacts_url
  provisioning_url = acrobits_app.main.provisioning_url
  ext_auth_url     = acrobits_app.main.ext_auth_url
  sms_gateway      = acrobits_app.main.sms_gateway

  depends_on = [acrobits_contact_list.main, acrobits_provisioning_set.main]
}

data "acrobits_firewall_snippet" "allowlist" {
  addresses = var.allowlist
  format    = "nftables"
}
