# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
nexus_url          = "https://digital.acme.test"
ccid               = "dc000000-0000-4000-8000-000000000001"
nexus_api_key      = "dc000000-0000-4000-8000-0000000000a1"
auth_url           = "https://auth.acme.test"
auth_client_id     = "sandbox_api_client"
auth_client_secret = "sandbox-only-not-a-secret-auth-client-00000"
auth_username      = "ops"
auth_password      = "sandbox-only-not-a-password"
gws_url            = "https://gws.acme.test"
sender_id_backend  = "options_api"
designer_endpoint  = "Main"
sender_id          = "1650466114"
kaleyra = {
  url      = "http://directtext.mgage.com"
  username = "sandbox-only"
  password = "sandbox-only-not-a-secret-kaleyra"
}
