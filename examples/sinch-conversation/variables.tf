variable "project_id" {
  description = "The Sinch project, for both regions."
  type        = string
}

variable "key_id" {
  description = "Id of an access key of the project."
  type        = string
}

variable "key_secret" {
  description = "Its secret, shown once in the dashboard."
  type        = string
  sensitive   = true
}

variable "plans" {
  description = "The SMS service plan of each region."
  type        = object({ eu = string, us = string })
}

variable "sms_api_token" {
  description = "API token of the service plans."
  type        = string
  sensitive   = true
}

variable "campaign_id" {
  description = "The 10DLC campaign of the US number."
  type        = string
}

variable "sms_number_eu" {
  description = "The number that the European service plan sends from."
  type        = string
}

variable "whatsapp_sender" {
  description = "The WhatsApp sender in Europe."
  type        = string
}

variable "whatsapp_token" {
  description = "Its token."
  type        = string
  sensitive   = true
}

variable "webhook_secret" {
  description = "One secret a messaging service of Contact Pro, so one a region: each at both ends."
  type        = object({ eu = string, us = string })
  sensitive   = true
}

variable "callbacks" {
  description = "Where Contact Pro takes callbacks."
  type        = string
}

variable "allow_removal" {
  description = "Whether apps may be deleted and numbers released."
  type        = bool
  default     = false
}

variable "contact_pro" {
  description = "Contact Pro's configuration interface and the API user."
  type        = object({ base_url = string, username = string })
}

variable "contact_pro_secrets" {
  description = "The API user's password and the key of the interface."
  type        = object({ password = string, api_key = string })
  sensitive   = true
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}
