terraform {
  required_version = ">= 1.11"

  required_providers {
    genesyscloud = {
      source = "trunkline/genesyscloud"
    }
    digitalchannels = {
      source = "trunkline/digitalchannels"
    }
    manual = {
      source = "trunkline/manual"
    }
  }
}
