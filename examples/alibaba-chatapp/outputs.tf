output "signature" {
  description = "What the receiving system must accept; another one after every refresh."
  value       = chatapp_business_system.erp.signature
  sensitive   = true
}

output "templates" {
  description = "What a sender names, by template."
  value = {
    order = chatapp_template.order.template_code
    code  = chatapp_template.code.template_code
  }
}

output "fallback" {
  description = "Parameters that make a message fall back to SMS."
  value       = data.chatapp_sms_fallback.orders.parameters
}

output "numbers" {
  description = "The channel's connected numbers."
  value       = data.chatapp_phone_numbers.connected.phone_numbers[*].phone_number
}
