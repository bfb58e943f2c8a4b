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

variable "kaleyra" {
  description = "Kaleyra's SMS API."
  type        = object({ url = string, username = string, password = string })
  sensitive   = true
}

variable "sender_id" {
  description = "The company's sender ID at Kaleyra: a short code (5 digits) or a long code (10 digits)."
  type        = string
}
