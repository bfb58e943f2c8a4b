# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
project_id      = "5c000000-0000-4000-8000-000000000001"
key_id          = "5c000000-0000-4000-8000-0000000000a1"
key_secret      = "sandbox-only-not-a-secret-sinch-key-000000"
sms_api_token   = "sandbox-only-not-a-secret-sms-token-000000"
plans           = { eu = "5c000000000000000000000000000eu1", us = "5c000000000000000000000000000us1" }
campaign_id     = "CSANDBOX"
sms_number_eu   = "+46701740199"
whatsapp_sender = "46700000000"
whatsapp_token  = "sandbox-only-not-a-secret-whatsapp"
webhook_secret  = { eu = "sandbox-only-not-a-secret-webhook-eu", us = "sandbox-only-not-a-secret-webhook-us" }
callbacks       = "https://login-eu-c1.cc.sinch.com/acme/sms/sinchconversation/all"
allow_removal   = true
contact_pro     = { base_url = "https://gateway.acme.test/p/rci", username = "trunkline.api" }

contact_pro_secrets = {
  password = "Sandbox-only-not-a-password-1"
  api_key  = "sandbox-only-not-a-secret-contact-pro-00000"
}
