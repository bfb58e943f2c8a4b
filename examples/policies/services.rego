# Messaging services are not deleted, nor replaced, which deletes them too: customers' messages would get lost.
package services

import rego.v1

services := {
	"digitalchannels_service_sms",
	"digitalchannels_service_portico_sms",
	"digitalchannels_service_purecloud_idp",
	"sinchcontactpro_messaging_service",
	"sinchconversation_app",
}

deny_delete contains msg if {
	some change in input.resource_changes
	change.type in services
	"delete" in change.change.actions
	msg := sprintf("%s would be deleted; messaging services are retired by hand", [change.address])
}
