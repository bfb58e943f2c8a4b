# Messages may be lost while a messaging service, or what it works through, changes, so that waits for the evening.

change_window "business_hours" {
  timezone = "Europe/Berlin"
  types    = ["sinchcontactpro_messaging_service", "sinchcontactpro_queue_address", "sinchconversation_app", "sinchconversation_webhook", "digitalchannels_service_*"]
  actions  = ["update", "delete"]

  hold {
    days = ["mon", "tue", "wed", "thu", "fri"]
    from = "08:00"
    to   = "18:00"
  }
}
