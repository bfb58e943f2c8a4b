terraform {
  required_version = ">= 1.11"

  required_providers {
    sinchconversation = {
      source = "trunkline/sinchconversation"
    }
    sinchcontactpro = {
      source = "trunkline/sinchcontactpro"
    }
    manual = {
      source = "trunkline/manual"
    }
  }
}
