terraform {
  required_version = ">= 1.11"

  required_providers {
    digitalchannels = {
      source = "trunkline/digitalchannels"
    }
    manual = {
      source = "trunkline/manual"
    }
    sinchcontactpro = {
      source = "trunkline/sinchcontactpro"
    }
    sinchconversation = {
      source = "trunkline/sinchconversation"
    }
  }
}
