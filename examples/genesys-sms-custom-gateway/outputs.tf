output "sender_sections" {
  description = "The sections of NexusServices, by number."
  value       = { for sender in digitalchannels_sender_id.number : sender.sender_id => sender.section }
}
