# What people do before. Each vendor's example has its steps in full.

resource "manual_step" "before" {
  for_each = var.guided ? {
    tenant   = "Enable the tenant in Digital Channels, and register the sender IDs with Kaleyra."
    designer = "In Designer, make the application that routes SMS, with the chat endpoint below."
    plan     = "Have an SMS service plan with a number in the region of the app, and tell Sinch the outbound number."
    api_user = "In Contact Pro, make the API user with its rights, and fill in System Services > Chat Settings."
  } : {}

  title        = "${title(terraform.workspace)}: ${each.key}"
  instructions = each.value
  values = {
    ccid     = local.environment.ccid
    endpoint = "chat.${local.environment.designer_endpoint}"
    plan     = local.environment.plan
  }
}
