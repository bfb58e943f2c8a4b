terraform {
  required_version = ">= 1.11"

  required_providers {
    sinchcontactpro = {
      source = "trunkline/sinchcontactpro"
    }
    manual = {
      source = "trunkline/manual"
    }
  }
}
