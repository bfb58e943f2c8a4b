# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
genesyscloud_client_id     = "5a0d0000-0000-4000-8000-000000000005"
genesyscloud_client_secret = "sandbox-only-not-a-secret-genesys-cloud-000"
nexus_url                  = "https://digital.acme.test"
ccid                       = "dc000000-0000-4000-8000-000000000001"
nexus_api_key              = "dc000000-0000-4000-8000-0000000000a1"
