# The three services that make Genesys Cloud CX the SMS provider of a tenant. One definition per tenant and name.

variable "api_url" {
  description = "API URL of the Genesys Cloud organisation."
  type        = string
}

variable "login_url" {
  description = "Login URL of the Genesys Cloud organisation."
  type        = string
}

variable "client_id" {
  description = "Id of the OAuth client that Digital Channels logs in with."
  type        = string
}

variable "client_secret" {
  description = "Secret of that client."
  type        = string
  sensitive   = true
}

resource "digitalchannels_service_purecloud_idp" "this" {
  url           = var.login_url
  client_id     = var.client_id
  client_secret = var.client_secret
}

resource "digitalchannels_service_portico_sms" "this" {
  url = var.api_url
}

# Switches SMS on, so it comes last and goes first.
resource "digitalchannels_service_sms" "this" {
  token_provider = "Purecloud"

  depends_on = [
    digitalchannels_service_purecloud_idp.this,
    digitalchannels_service_portico_sms.this,
  ]
}

output "sms_service" {
  description = "The service that switches SMS on; what sends SMS waits for it."
  value       = digitalchannels_service_sms.this.id
}
