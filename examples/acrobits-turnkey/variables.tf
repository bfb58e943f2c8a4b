variable "cloud_id" {
  description = "The app's Cloud ID."
  type        = string
}

variable "endpoints" {
  description = "URL templates of what the app calls."
  type        = object({ contacts = string, provisioning = string, ext_auth = string })
}

variable "publish" {
  description = "The web server of the contacts."
  type        = object({ url = string, username = string })
}

variable "publish_password" {
  description = "The password there."
  type        = string
  sensitive   = true
}

variable "bucket" {
  description = "The private bucket of the accounts."
  type        = object({ endpoint = string, region = string, name = string, access_key_id = string })
}

variable "bucket_secret" {
  description = "The secret of its access key."
  type        = string
  sensitive   = true
}

variable "users" {
  description = "Users by Cloud Username."
  type = map(object({
    network = string
    name    = object({ first = string, last = string })
    number  = string
    sip     = string
    sms     = optional(list(string), [])
  }))
}

variable "sip_passwords" {
  description = "SIP passwords by Cloud Username."
  type        = map(string)
  sensitive   = true
}

variable "test_user" {
  description = "Who tests the endpoints."
  type        = string
}

variable "test_password" {
  description = "That user's password."
  type        = string
  sensitive   = true
}

variable "allowlist" {
  description = "The addresses on the vendor's allowlist page."
  type        = list(string)
}

variable "guided" {
  description = "Whether apply asks for the steps that people do (manual.tf)."
  type        = bool
  default     = true
}
