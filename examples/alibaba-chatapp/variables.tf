variable "access_key_id" {
  description = "Id of an access key of the account."
  type        = string
}

variable "access_key_secret" {
  description = "Its secret."
  type        = string
  sensitive   = true
}

variable "mode" {
  description = "How the console's service settings are set: manual or api."
  type        = string
  default     = "manual"
}

variable "attestations" {
  description = "Who has set what by hand, in the mode manual: business_system, intents by code, sms, otp."
  type = map(object({
    by           = string
    at           = string
    content_hash = string
  }))
  default = {}
}

variable "channel" {
  description = "Name of the WhatsApp channel."
  type        = string
}

variable "phone_number" {
  description = "A number of the channel, with country code and without +."
  type        = string
}

variable "receiver" {
  description = "Base URL of the system that receives reports and calls."
  type        = string
}

variable "signature_rotation" {
  description = "Any text; another one refreshes the signature."
  type        = string
  default     = null
}

variable "fallback_id" {
  description = "Id of the fallback policy, from the console."
  type        = string
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}
