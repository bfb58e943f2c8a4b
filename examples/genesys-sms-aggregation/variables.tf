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

variable "auth_url" {
  description = "URL of Genesys Authentication, which manages API keys."
  type        = string
}

variable "auth_client_id" {
  description = "Client id for Genesys Authentication."
  type        = string
}

variable "auth_client_secret" {
  description = "Secret of that client."
  type        = string
  sensitive   = true
}

variable "auth_username" {
  description = "Operator who may make keys for all tenants."
  type        = string
}

variable "auth_password" {
  description = "Password of that operator."
  type        = string
  sensitive   = true
}

variable "gws_url" {
  description = "URL of Web Services and Applications; only for the options_api back-end."
  type        = string
  default     = null
}

variable "sender_id_backend" {
  description = "How sender IDs are written: manual (a person enters them), options_api or file."
  type        = string
  default     = "manual"
}

variable "admin_email" {
  description = "E-mail address of the administrator who looks after the integration."
  type        = string
}

variable "organization" {
  description = "Name of the organisation, for Genesys Customer Care."
  type        = string
}

variable "contact_email" {
  description = "Whom Genesys Customer Care writes to when there is a problem with the number."
  type        = string
}

variable "toll_free_number" {
  description = "The number to order: one of those offered. Once bought it leaves that list."
  type        = string
}

variable "confirm_purchase" {
  description = "Whether the cost of the number is accepted. It is billed until Genesys releases it."
  type        = bool
  default     = false
}

variable "campaign_short_code" {
  description = "Short code for campaigns, registered by the Genesys representative."
  type        = string
}

variable "designer_endpoint" {
  description = "Name of the chat endpoint in Designer, without chat."
  type        = string
}

variable "integration_client_secret" {
  description = "Secret of the integration's OAuth client, where that existed before and is imported."
  type        = string
  default     = null
  sensitive   = true
}

variable "client_secret_rotation" {
  description = "Change this text to give the integration's OAuth client a new secret."
  type        = string
  default     = "1"
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}
