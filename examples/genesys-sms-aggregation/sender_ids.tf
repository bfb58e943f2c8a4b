# Each section of NexusServices ties a number to a Designer endpoint (which a Designer user makes first).

resource "digitalchannels_sender_id" "corporate" {
  name              = "SMS_Main_Corporate"
  sender_id         = genesyscloud_tollfree_number_order.main.number
  designer_endpoint = var.designer_endpoint
  sms_provider      = "Portico"

  depends_on = [module.services]
}

# For campaigns of CX Contact: replies to this short code reach no agent. The Genesys representative registers
# short codes, hence number_acknowledged.
resource "digitalchannels_sender_id" "campaigns" {
  name                = "SMS_Campaigns"
  sender_id           = var.campaign_short_code
  designer_endpoint   = var.designer_endpoint
  sms_provider        = "Portico"
  cxc_only            = true
  number_acknowledged = true

  depends_on = [module.services]
}
