terraform {
  required_version = ">= 1.11"

  required_providers {
    acrobits = {
      source = "trunkline/acrobits"
    }
    manual = {
      source = "trunkline/manual"
    }
  }
}
