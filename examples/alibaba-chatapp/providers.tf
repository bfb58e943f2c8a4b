provider "chatapp" {
  access_key_id     = var.access_key_id
  access_key_secret = var.access_key_secret
  region            = "ap-southeast-1"

  # The console's service settings have no published calls: by hand with an attestation, or by assumed calls.
  mode          = var.mode
  otp_countries = ["ID", "MY", "SG"]
}
