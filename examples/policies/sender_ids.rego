# Sender ids are only those that the company has registered. What is known after apply cannot be judged, and is warned of.
package sender_ids

import rego.v1

allowed := {"38736", "8005550123"}

wanted contains change if {
	some change in input.resource_changes
	change.type == "digitalchannels_sender_id"
	some action in change.change.actions
	action in {"create", "update"}
}

deny_sender_id contains msg if {
	some change in wanted
	id := change.change.after.sender_id
	id != null
	not id in allowed
	msg := sprintf("%s: the sender id %s is not on the list of allowed ones", [change.address, id])
}

warn_unknown contains msg if {
	some change in wanted
	change.change.after_unknown.sender_id == true
	msg := sprintf("%s: its sender id is known only after apply", [change.address])
}
