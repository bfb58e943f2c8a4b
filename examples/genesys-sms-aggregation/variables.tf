variable "genesyscloud_client_id" {
  description = "Id of the OAuth client that runs this configuration. A person makes it once."
  type        = string
}

variable "genesyscloud_client_secret" {
  description = "Secret of that client."
  type        = string
  sensitive   = true
}

variable "genesyscloud_api_url" {
  description = "API URL of the Genesys Cloud organisation; it depends on the region."
  type        = string
  default     = "https://api.mypurecloud.com"
}

variable "genesyscloud_login_url" {
  description = "Login URL of the Genesys Cloud organisation; same region as the API URL."
  type        = string
  default     = "https://login.mypurecloud.com"
}

variable "nexus_url" {
  description = "Public URL of Digital Channels."
  type        = string
}

variable "ccid" {
  description = "Contact-centre id, from Web Services and Applications."
  type        = string
}

variable "nexus_api_key" {
  description = "API key that opens the provisioning interface of Digital Channels."
  type        = string
  sensitive   = true
}
