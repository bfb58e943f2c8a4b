# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
base_url     = "https://gateway.acme.test/p/rci"
api_username = "trunkline.api"
api_password = "Sandbox-only-not-a-password-1"
api_key      = "sandbox-only-not-a-secret-contact-pro-00000"

conversation = {
  project_id = "00000000-0000-4000-8000-000000000031"
  region     = "eu"
  app_id     = "01EB17K24DRDHH07FVSSG00WEN"
}

conversation_key = {
  id     = "sandbox-key"
  secret = "sandbox-only-not-a-secret-conversation"
}

webhook_secret = "sandbox-only-not-a-secret-webhook"

teams = {
  application_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
  secret         = "sandbox-only-not-a-secret-teams"
  user           = "contact.centre@acme.test"
  password       = "sandbox-only-not-a-password-teams"
}

facebook_pages = {
  "100000000000001" = "sandbox-only-not-a-token-support"
  "100000000000002" = "sandbox-only-not-a-token-sales"
}

accounts = {
  c4semail   = { username = "acme-email", password = "sandbox-only-not-a-password-email" }
  c4semailv2 = { username = "acme-email-v2", password = "sandbox-only-not-a-password-email-v2" }
  wavy       = { username = "acme-wavy", password = "sandbox-only-not-a-password-wavy" }
}

sms_plan = {
  id     = "sandbox-plan-eu"
  region = "eu"
  token  = "sandbox-only-not-a-token-sms"
}

sms_number = {
  number    = "+12125550123"
  sender_id = "12125550123"
}

sender_password = "Sandbox-only-2-sender"
