# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
environments = {
  dev = {
    ccid              = "dc000000-0000-4000-8000-000000000002"
    region            = "us"
    plan              = "5c000000000000000000000000000us1"
    designer_endpoint = "Test"
    sender_ids        = { Test = "11111" }
    subchannels       = ["sms"]
    sms               = { number = "+12125550123", sender_id = "12125550123" }
    retention_days    = 1
    allow_removal     = true
  }
  prod = {
    ccid              = "dc000000-0000-4000-8000-000000000001"
    region            = "eu"
    plan              = "5c000000000000000000000000000eu1"
    designer_endpoint = "Main"
    sender_ids        = { Main_Corporate = "1650466114", Campaigns = "16504" }
    subchannels       = ["sms", "whatsapp"]
    sms               = { number = "+46701740199" }
    allow_removal     = true
  }
}

nexus_url         = "https://digital.acme.test"
nexus_api_key     = "dc000000-0000-4000-8000-0000000000a1"
sender_id_backend = "options_api"
gws_url           = "https://gws.acme.test"
auth_url          = "https://auth.acme.test"
auth_client_id    = "sandbox_api_client"
auth_username     = "ops"

auth_secrets = {
  client_secret = "sandbox-only-not-a-secret-auth-client-00000"
  password      = "sandbox-only-not-a-password"
}

kaleyra = {
  url      = "https://directtext.mgage.com"
  username = "sandbox-only"
  password = "sandbox-only-not-a-secret-kaleyra"
}

project_id    = "5c000000-0000-4000-8000-000000000001"
key_id        = "5c000000-0000-4000-8000-0000000000a1"
key_secret    = "sandbox-only-not-a-secret-sinch-key-000000"
sms_api_token = "sandbox-only-not-a-secret-sms-token-000000"
callbacks     = "https://login-eu-c1.cc.sinch.com/acme/sms/sinchconversation/all"

webhook_secrets = {
  dev  = "sandbox-only-not-a-secret-webhook-dev"
  prod = "sandbox-only-not-a-secret-webhook-prod"
}

contact_pro = { base_url = "https://gateway.acme.test/p/rci", username = "trunkline.api" }

contact_pro_secrets = {
  password = "Sandbox-only-not-a-password-1"
  api_key  = "sandbox-only-not-a-secret-contact-pro-00000"
}
