output "integration_client_id" {
  description = "Id of the OAuth client that Digital Channels uses."
  value       = genesyscloud_oauth_client.integration.client_id
}

output "purchased_numbers" {
  description = "Toll-free numbers that the organisation has."
  value       = data.genesyscloud_tollfree_numbers.purchased.numbers
}

output "offered_numbers" {
  description = "Toll-free numbers that could be bought next; choose one for toll_free_number."
  value       = data.genesyscloud_available_tollfree_numbers.offered.numbers
}

output "webhooks" {
  description = "URLs at which Digital Channels takes messages and delivery receipts."
  value = {
    messages = data.digitalchannels_webhooks.this.mo_url
    receipts = data.digitalchannels_webhooks.this.dr_url
  }
}

output "sender_ids" {
  description = "Sections of NexusServices and the sender IDs in them."
  value = {
    for s in [digitalchannels_sender_id.corporate, digitalchannels_sender_id.campaigns] : s.section => s.sender_id
  }
}
