# Nothing is bought without a comment that says who owns it.
package purchases

import rego.v1

bought contains change if {
	some call in input.trunkline.attention
	"purchase" in call.calls
	some change in input.resource_changes
	change.address == call.address
}

has_owner(change) if {
	some field in ["comment", "owner", "display_name"]
	text := change.change.after[field]
	is_string(text)
	trim_space(text) != ""
}

deny_purchase contains msg if {
	some change in bought
	not has_owner(change)
	msg := sprintf("%s buys something and names no owner: give it a comment", [change.address])
}
