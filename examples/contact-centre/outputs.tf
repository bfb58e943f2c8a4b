output "sender_sections" {
  description = "The sections of NexusServices, by sender ID."
  value       = module.sms.sections
}

output "addresses" {
  description = "The addresses of the chat queue."
  value       = module.conversation.addresses
}
