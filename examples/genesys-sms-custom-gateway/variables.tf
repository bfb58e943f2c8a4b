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

variable "gws_url" {
  description = "URL of Web Services and Applications; only for the options_api back-end."
  type        = string
  default     = null
}

variable "auth_url" {
  description = "URL of Genesys Authentication; only for the options_api back-end."
  type        = string
  default     = null
}

variable "auth_client_id" {
  description = "Client id for Genesys Authentication."
  type        = string
  default     = null
}

variable "auth_client_secret" {
  description = "Secret of that client."
  type        = string
  sensitive   = true
  default     = null
}

variable "auth_username" {
  description = "Operator who may write options."
  type        = string
  default     = null
}

variable "auth_password" {
  description = "Password of that operator."
  type        = string
  sensitive   = true
  default     = null
}

variable "sender_id_backend" {
  description = "How sender IDs are written: manual (a person enters them), options_api or file."
  type        = string
  default     = "manual"
}

variable "designer_endpoint" {
  description = "Name of the chat endpoint in Designer, without chat."
  type        = string
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}

variable "gateway_url" {
  description = "URL of the service that implements the Third-Party Messaging Webhook."
  type        = string
}

variable "numbers" {
  description = "Sender IDs by what they are for: short codes (5 digits) or long codes (10 digits)."
  type        = map(string)
}

variable "webhook_secret" {
  description = "Signs calls of Digital Channels to the gateway."
  type        = string
  sensitive   = true
}

variable "api_secret" {
  description = "Signs calls of the gateway to Digital Channels."
  type        = string
  sensitive   = true
}

variable "headers" {
  description = "Headers with static values for calls to the gateway."
  type        = map(string)
  default     = {}
}
