variable "environments" {
  description = "What differs between the workspaces, by the workspace's name."
  type = map(object({
    ccid              = string
    region            = string
    plan              = string
    designer_endpoint = string
    sender_ids        = map(string)
    subchannels       = set(string)
    sms               = optional(object({ number = string, sender_id = optional(string) }))
    retention_days    = optional(number, 7)
    allow_removal     = optional(bool, false)
  }))

  validation {
    condition     = contains(keys(var.environments), terraform.workspace)
    error_message = "There is no environment ${terraform.workspace}. Choose one of ${join(", ", keys(var.environments))}: trunkline workspace select NAME, or TF_WORKSPACE=NAME."
  }
}

variable "nexus_url" {
  description = "Public URL of Digital Channels."
  type        = string
}

variable "nexus_api_key" {
  description = "API key that opens the provisioning interface of Digital Channels, for all tenants."
  type        = string
  sensitive   = true
}

variable "sender_id_backend" {
  description = "How sender IDs are written: manual (a person enters them), options_api or file."
  type        = string
  default     = "manual"
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

variable "auth_username" {
  description = "Operator who may write options."
  type        = string
  default     = null
}

variable "auth_secrets" {
  description = "Secret of that client, and password of that operator."
  type        = object({ client_secret = optional(string), password = optional(string) })
  sensitive   = true
  default     = {}
}

variable "kaleyra" {
  description = "Kaleyra's SMS API."
  type        = object({ url = string, username = string, password = string })
  sensitive   = true
}

variable "project_id" {
  description = "The Sinch project."
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

variable "sms_api_token" {
  description = "API token of the service plans."
  type        = string
  sensitive   = true
}

variable "callbacks" {
  description = "Where Contact Pro takes callbacks."
  type        = string
}

variable "webhook_secrets" {
  description = "The secret of the webhook, by workspace: each at both ends."
  type        = map(string)
  sensitive   = true
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
