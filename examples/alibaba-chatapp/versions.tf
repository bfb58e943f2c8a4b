terraform {
  required_version = ">= 1.11"

  required_providers {
    chatapp = {
      source = "trunkline/chatapp"
    }
    manual = {
      source = "trunkline/manual"
    }
  }
}
