//! `output`: the outputs of the root module.

use std::path::PathBuf;

use trunkline_api::{Diagnostic, Type, convert};

use super::state;
use crate::cli::Exit;
use crate::cli::args::OutputArgs;
use crate::cli::session::Session;
use crate::project::view;
use crate::report::json::state::{output_json, outputs_json};
use crate::report::value_text::{render_outputs, render_value};

/// Runs the command.
pub async fn run(args: &OutputArgs, started_in: PathBuf) -> Exit {
    let session = Session::offline(&args.common, started_in);
    let exit = output(&session, args).unwrap_or_else(|exit| exit);
    session.close(exit).await
}

fn output(session: &Session, args: &OutputArgs) -> Result<Exit, Exit> {
    if args.raw && args.json {
        let exit = session.fail(&[Diagnostic::error(
            "Invalid output format",
            "The -raw and -json options are mutually-exclusive.",
        )]);
        session.advise_help("output");
        return Err(exit);
    }
    if args.raw && args.name.is_none() {
        let exit = session.fail(&[Diagnostic::error(
            "Output name required",
            "You must give the name of a single output value when using the -raw option.",
        )]);
        session.advise_help("output");
        return Err(exit);
    }
    let state = match &args.state {
        Some(path) => state::file_to_read(session, path)?,
        None => session.snapshot_to_read()?,
    };
    let shown = view::read(state.as_ref(), &session.settings).map_err(|d| session.fail(&d))?;
    let outputs = &shown.outputs;
    let redact = session.redacts(args.redact);
    // A state without outputs is no error, even for a name: a script may ask before the first apply.
    if outputs.is_empty() && !args.json {
        session.show(&[Diagnostic::warning(
            "No outputs found",
            format!("The state file either has no outputs defined, or all the defined outputs are empty. Please define an output in your configuration with the `output` keyword and run `{0} refresh` for it to become available. If you are using interpolation, please verify the interpolated value is not empty. You can use the `{0} console` command to assist.", session.shell.style.command),
        )]);
        return Ok(Exit::Ok);
    }
    let Some(name) = &args.name else {
        if args.json {
            session
                .shell
                .out(&format!("{:#}\n", outputs_json(outputs, redact)));
        } else {
            session.shell.out(&render_outputs(
                outputs.iter().map(|o| (&*o.name, o.sensitive, &o.value)),
            ));
        }
        return Ok(Exit::Ok);
    };
    let Some(found) = outputs.iter().find(|o| &*o.name == name) else {
        return Err(session.fail(&[Diagnostic::error(
            format!("Output {name:?} not found"),
            format!("The output variable requested could not be found in the state file. If you recently added this to your configuration, be sure to run `{} apply`, since the state won't be updated with new output variables until that command is run.", session.shell.style.command),
        )]));
    };
    let hidden = redact && found.sensitive;
    let plain = found.value.clone().unmark_deep().0;
    if args.raw && hidden {
        return Err(session.fail(&[Diagnostic::error(
            "Sensitive output",
            format!("The output {name:?} is sensitive, and -redact (or TRUNKLINE_REDACT) leaves such values out. To see it, pass -redact=false."),
        )]));
    }
    if args.raw {
        let text = convert(&plain, &Type::String).ok();
        let Some(text) = text.as_ref().and_then(|t| t.as_str()) else {
            return Err(session.fail(&[Diagnostic::error(
                "Unsupported value for raw output",
                format!(
                    "The -raw option only supports strings, numbers, and boolean values, but output value {name:?} is {}.\n\nUse the -json option for machine-readable representations of output values that have complex types.",
                    plain.ty().friendly_name()
                ),
            )]));
        };
        session.shell.out(text);
    } else if args.json {
        session
            .shell
            .out(&format!("{}\n", output_json(&plain, hidden)));
    } else if hidden {
        session.shell.out("(sensitive value)\n");
    } else {
        session.shell.out(&format!("{}\n", render_value(&plain, 0)));
    }
    Ok(Exit::Ok)
}
