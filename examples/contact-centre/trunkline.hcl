# Messages may be lost while a messaging service changes, so that waits for the evening.

change_window "business_hours" {
  timezone = "Europe/Berlin"
  types    = ["sinchcontactpro_messaging_service", "sinchcontactpro_queue_address", "digitalchannels_service_*"]
  actions  = ["update", "delete"]

  hold {
    days = ["mon", "tue", "wed", "thu", "fri"]
    from = "08:00"
    to   = "18:00"
  }
}
