# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
access_key_id     = "LTAI5tSandboxOnly00000001"
access_key_secret = "sandbox-only-not-a-secret-chatapp-00001"
mode              = "api"
channel           = "Acme WhatsApp"
phone_number      = "6580000001"
receiver          = "https://erp.acme.test/chatapp"
fallback_id       = "FB-SANDBOX"
