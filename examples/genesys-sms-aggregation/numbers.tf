# Where Genesys Cloud delivers messages and receipts.
data "digitalchannels_webhooks" "this" {}

resource "genesyscloud_tollfree_number_order" "main" {
  provider = genesyscloud.integration

  number           = var.toll_free_number
  confirm_purchase = var.confirm_purchase

  comment       = var.organization
  email_address = var.contact_email

  mo_url           = data.digitalchannels_webhooks.this.mo_url
  dr_url           = data.digitalchannels_webhooks.this.dr_url
  webhook_username = data.digitalchannels_webhooks.this.username
  webhook_password = digitalchannels_api_key.portico.key

  depends_on = [module.services]
}

# Both lists are read after the order, so that they show the world as this configuration leaves it.
data "genesyscloud_tollfree_numbers" "purchased" {
  provider = genesyscloud.integration

  depends_on = [genesyscloud_tollfree_number_order.main]
}

data "genesyscloud_available_tollfree_numbers" "offered" {
  provider = genesyscloud.integration

  depends_on = [genesyscloud_tollfree_number_order.main]
}
