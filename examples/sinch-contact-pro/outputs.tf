output "addresses" {
  description = "Where the queue is reached."
  value = concat(
    [for address in sinchcontactpro_queue_address.chat : address.address],
    [sinchcontactpro_queue_address.sms.address],
  )
}

output "sender_password_expires" {
  description = "When the external user's password expires."
  value       = sinchcontactpro_user.sender.password_expiration
}
