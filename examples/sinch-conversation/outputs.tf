output "us_number" {
  description = "The SMS sender id of the US queue address in Contact Pro."
  value       = sinchconversation_number.us.phone_number
}

output "outgoing_ids" {
  description = "The outgoing authentication ids of the two messaging services in Contact Pro."
  value = {
    eu = "${var.key_id}@${sinchconversation_app.eu.id}"
    us = "${var.key_id}@${sinchconversation_app.us.id}"
  }
}

output "swedish_numbers" {
  description = "Swedish numbers that can be rented."
  value       = data.sinchconversation_available_numbers.sweden.phone_numbers
}
