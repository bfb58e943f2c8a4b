//! `remote-exec` and `file`: what is wrong with a connection, and that there are none yet.
//!
//! It reaches no machine.

use trunkline_api::{Diagnostic, Value};

/// Says why a provisioner of `kind` cannot run.
pub fn run(kind: &str, connection: Option<&Value>) -> Result<(), Diagnostic> {
    let problem = |detail: String| Diagnostic::error(format!("{kind} provisioner error"), detail);
    let Some(connection) = connection else {
        return Err(problem(
            "Missing connection configuration for provisioner.".into(),
        ));
    };
    let connection = connection.clone().unmark_deep().0;
    let text = |name: &str| connection.attr(name).and_then(Value::as_str);
    let kind_of = text("type").filter(|t| !t.is_empty()).unwrap_or("ssh");
    if !matches!(kind_of, "ssh" | "winrm") {
        return Err(problem(format!(
            "connection type '{kind_of}' not supported"
        )));
    }
    if text("host").unwrap_or_default().is_empty() {
        return Err(problem("host for provisioner cannot be empty".into()));
    }
    Err(problem(format!(
        "Trunkline cannot connect to other machines over {kind_of} yet. Use a \"local-exec\" provisioner that calls {kind_of} itself."
    )))
}
