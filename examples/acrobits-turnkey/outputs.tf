output "portal_sheet" {
  description = "What to enter in the portal, for the live and for the editable version."
  value       = acrobits_app.main.portal_sheet
}

output "contact_files" {
  description = "Files of contacts below the publish URL."
  value       = acrobits_contact_list.main.keys
}

output "firewall" {
  description = "Rules that let the vendor in."
  value       = data.acrobits_firewall_snippet.allowlist.snippet
}

output "endpoints_passed" {
  description = "Whether the live endpoints keep the rules."
  value       = data.acrobits_endpoint_check.live.passed
}
