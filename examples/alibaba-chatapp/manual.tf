# What people do: before anything is made, and after. The Service Settings in between are steps of their own resources
# (mode manual, with attestations). Apply asks for each step at a terminal, or takes answers from a file
# (-answers=FILE); a rehearsal does them by itself. With guided = false they are left to your own lists.

locals {
  steps_before = {
    account = {
      title        = "Register the account and activate the service"
      instructions = "Register the account, pass the enterprise verification, and activate Chat App Message Service."
    }
    channel = {
      title        = "Create the channel"
      instructions = "Create the WhatsApp channel, complete Meta's embedded sign-up (it binds the WhatsApp Business account), and verify the number: a person enters the code."
    }
    fallback = {
      title        = "Write the fallback rule and the fallback policy"
      instructions = "Write the fallback rule, then the policy. Its id goes into the variable fallback_id."
    }
  }
}

resource "manual_step" "before" {
  for_each = var.guided ? local.steps_before : {}

  title        = each.value.title
  instructions = each.value.instructions
  values       = { channel = var.channel, number = var.phone_number }
}

resource "manual_step" "signature" {
  count = var.guided ? 1 : 0

  title        = "Put the signature into the receiving system"
  instructions = "After every refresh of the business system's signature, put it into the system that receives the calls: the output signature shows it to whoever may see it."
  values       = { receiver = var.receiver, system = chatapp_business_system.erp.name, rotation = coalesce(var.signature_rotation, "first") }
}

resource "manual_step" "buttons" {
  count = var.guided ? 1 : 0

  title        = "Attach the intents to the buttons of templates"
  instructions = "In the template designer, attach each intent to the button that calls it: no call does that."
  values       = { intents = join(", ", sort([for intent in chatapp_intent.this : intent.code])) }
}
