output "sender_section" {
  description = "The section of NexusServices for the sender ID."
  value       = digitalchannels_sender_id.main.section
}
