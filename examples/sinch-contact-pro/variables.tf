variable "base_url" {
  description = "URL of the Restful Configuration Interface, as Sinch handed it out; it ends in /rci."
  type        = string
}

variable "api_username" {
  description = "Logon name of the API user."
  type        = string
}

variable "api_password" {
  description = "Password of the API user."
  type        = string
  sensitive   = true
}

variable "api_key" {
  description = "Key of the API gateway."
  type        = string
  sensitive   = true
}

variable "conversation" {
  description = "Project, region (eu or us) and app of the Conversation API."
  type = object({
    project_id = string
    region     = string
    app_id     = string
  })
}

variable "conversation_key" {
  description = "Access key of the project: id and secret."
  type        = object({ id = string, secret = string })
  sensitive   = true
}

variable "webhook_secret" {
  description = "Secret token of the app's webhook."
  type        = string
  sensitive   = true
}

variable "teams" {
  description = "Azure application (client) id and its secret; name and password of the technical user."
  type = object({
    application_id = string
    secret         = string
    user           = string
    password       = string
  })
  sensitive = true
}

variable "facebook_pages" {
  description = "Page access token by page id."
  type        = map(string)
  sensitive   = true
}

variable "accounts" {
  description = "User name and password for c4semail, c4semailv2 and wavy."
  type        = map(object({ username = string, password = string }))
  sensitive   = true
}

variable "sms_plan" {
  description = "Service plan of the SMS API: id, region and API token."
  type        = object({ id = string, region = string, token = string })
  sensitive   = true
}

variable "sms_number" {
  description = "The number of outbound SMS of the Conversation API, which Sinch sets, and its sender id."
  type        = object({ number = string, sender_id = string })
}

variable "sender_password" {
  description = "Password of the external user with which Sinch SMS and Wavy call."
  type        = string
  sensitive   = true
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}
