# 200 objects of every kind that an account of Chat App has. Those that the vendor never removes are switched off.

variable "revision" {
  type    = number
  default = 1
}

provider "chatapp" {
  mode                 = "api"
  manage_channels      = true
  max_business_systems = 10
  rate_limits = { for operation in [
    "CreateBusinessSystem",
    "CreateChatappTemplate",
    "CreateInstance",
    "CreateIntent",
    "DeleteBusinessSystem",
    "DeleteChatappTemplate",
    "DeleteInstance",
    "DeleteIntent",
    "GetChatappTemplateDetail",
    "ListBusinessSystem",
    "ListChatappTemplate",
    "ListInstance",
    "ListIntent",
    "QueryBusinessSystem",
    "QueryInstance",
    "QueryIntent",
    "RefreshBusinessSystemSignature",
    "UpdateBusinessSystem",
    "UpdateIntent",
  ] : operation => 2000 }
}

locals {
  wa    = "cams-sandbox0001"
  viber = "cams-sandbox0002"
}

resource "chatapp_business_system" "s" {
  count           = 10
  cust_space_id   = local.wa
  name            = "System ${count.index}"
  api_request_url = "https://erp.acme.test/${var.revision}/${count.index}"
}

resource "chatapp_intent" "i" {
  count         = 100
  cust_space_id = local.wa
  system_id     = chatapp_business_system.s[count.index % 10].system_id
  code          = "code${count.index}"
  name          = "Code ${var.revision}.${count.index}"
}

resource "chatapp_template" "t" {
  count         = 80
  cust_space_id = local.wa
  name          = "template_${count.index}"
  language      = "en"
  category      = "UTILITY"
  template_type = "WHATSAPP"

  component {
    type = "BODY"
    text = "Hello $(name), number ${count.index}"
  }
}

resource "chatapp_channel" "c" {
  count        = 2
  name         = "Extra ${count.index}"
  channel_type = "viber"
}

resource "chatapp_phone_webhook" "p" {
  for_each        = toset(["6580000001", "6580000002"])
  cust_space_id   = local.wa
  phone_number    = each.key
  up_callback_url = "https://erp.acme.test/${var.revision}/${each.key}"
}

resource "chatapp_account_webhook" "a" {
  for_each            = toset([local.wa, local.viber, "cams-sandbox0003"])
  cust_space_id       = each.key
  status_callback_url = "https://erp.acme.test/${var.revision}/${each.key}"
}

resource "chatapp_sms_setting" "s" {
  for_each      = toset([local.wa, local.viber])
  cust_space_id = each.key
  enabled       = true
}

resource "chatapp_otp_scheduling" "o" {
  cust_space_id = local.wa
  enabled       = true
  countries     = ["SG"]
}
