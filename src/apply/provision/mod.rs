//! One provisioner, run for one object: what it is told, what it prints, and what a failure says.
//!
//! Its configuration is known and checked when it comes here. It changes no state, and runs commands only through
//! [`Commands`], so that a rehearsal or a test runs none.

mod command;
mod remote;

use std::sync::Arc;

use trunkline_api::{BoxFuture, Diagnostic, Marks, Value};

use crate::address::Address;
use crate::event::{Event, Listener};

/// A command on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCommand {
    /// The program and its arguments; never empty.
    pub words: Vec<String>,
    /// The directory to run it in; where the program runs otherwise.
    pub directory: Option<String>,
    /// Variables beside those of this process.
    pub environment: Vec<(String, String)>,
}

/// How a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// What happened, e.g. `exit status 3`.
    pub why: String,
    /// The last of what it printed.
    pub output: String,
}

/// Takes a line that a command printed, without its end.
pub type LineSink<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Runs commands on this machine.
pub trait Commands: Send + Sync {
    /// Runs a command to its end. Standard output and standard error come as one stream of lines, while they are
    /// printed.
    fn run<'a>(
        &'a self,
        command: LocalCommand,
        line: LineSink<'a>,
    ) -> BoxFuture<'a, Result<(), CommandError>>;
}

/// What is done about provisioners.
#[derive(Clone)]
pub enum Provisioning {
    /// They run.
    Run(Arc<dyn Commands>),
    /// They are shown and skipped, as in a rehearsal.
    Show,
}

/// One run of a provisioner.
pub struct Provision {
    /// The object.
    pub address: Address,
    /// The kind.
    pub kind: Arc<str>,
    /// Its configuration.
    pub config: Value,
    /// The configuration of its connection.
    pub connection: Option<Value>,
}

/// Runs a provisioner. The problem has no place yet.
pub async fn run(
    provision: Provision,
    how: Provisioning,
    listener: Arc<dyn Listener>,
) -> Result<(), Diagnostic> {
    let Provision {
        address,
        kind,
        config,
        connection,
    } = provision;
    let command = config.attr("command").map(Value::marks_deep);
    let secret = command.is_some_and(|marks| suppressed(marks).is_some());
    let (config, marks) = config.unmark_deep();
    let hidden = suppressed(marks);
    listener.event(Event::ProvisionStart {
        address: address.clone(),
        provisioner: kind.to_string(),
    });
    let told = |text: &str| {
        for line in text.lines().map(str::trim_end).filter(|l| !l.is_empty()) {
            let line = hidden.clone().unwrap_or_else(|| line.to_owned());
            listener.event(Event::ProvisionOutput {
                address: address.clone(),
                provisioner: kind.to_string(),
                line,
            });
        }
    };
    let result = match (&*kind, how) {
        ("local-exec", Provisioning::Run(commands)) => {
            let hides = (hidden.as_deref(), secret);
            command::run(&config, hides, commands.as_ref(), &told).await
        }
        ("local-exec", Provisioning::Show) => {
            command::show(&config, &told);
            Ok(())
        }
        (_, Provisioning::Show) => {
            told("Not run in a rehearsal.");
            Ok(())
        }
        _ => remote::run(&kind, connection.as_ref()),
    };
    let (address, provisioner) = (address.clone(), kind.to_string());
    listener.event(match result {
        Ok(()) => Event::ProvisionComplete {
            address,
            provisioner,
        },
        Err(_) => Event::ProvisionErrored {
            address,
            provisioner,
        },
    });
    result
}

/// What stands in the place of every line where the configuration holds what must not be shown.
fn suppressed(marks: Marks) -> Option<String> {
    let why = match (marks.is_sensitive(), marks.is_ephemeral()) {
        (true, true) => "sensitive, ephemeral",
        (true, false) => "sensitive",
        (false, true) => "ephemeral",
        (false, false) => return None,
    };
    Some(format!("(output suppressed due to {why} value in config)"))
}

/// Whether a provisioner of this kind reaches another machine over its connection, which is not there yet.
#[must_use]
pub fn needs_connection(kind: &str) -> bool {
    kind != "local-exec"
}
