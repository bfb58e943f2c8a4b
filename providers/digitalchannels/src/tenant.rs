//! Whose an object is: its `ccid` and the id built from it.
//!
//! An object is of its provider block's contact centre; its own `ccid` can only say so.

use trunkline_api::kit::Draft;
use trunkline_api::{Diagnostic, Diagnostics, Path, Type, Value};

use crate::api::Api;
use crate::settings::Settings;
use crate::values::{self, Text};

/// Plans `ccid`: what the configuration says, else the provider's, else what it was. An id that is not the
/// provider's is a problem (DC01).
pub(crate) fn plan(draft: &mut Draft, client: Option<&Api>) -> Value {
    let settings = client.map(Api::settings);
    let given = values::text(&draft.config, "ccid");
    if let (Text::Known(given), Some(settings)) = (given, settings)
        && !given.eq_ignore_ascii_case(&settings.ccid)
    {
        let text = format!(
            "DC01: This object is of contact centre {given}, but its provider block is of {}. Leave `ccid` out here, or \
             use a provider block (an alias) of the other contact centre.",
            settings.ccid
        );
        draft.problem(
            Diagnostic::error("Contact center ids differ", text).on(Path::attribute("ccid")),
        );
    }
    let ccid = match (
        values::text(&draft.config, "ccid"),
        settings,
        values::known(&draft.prior, "ccid"),
    ) {
        (Text::Known(given), ..) => Value::from(given),
        (Text::Unknown, ..) | (Text::Absent, None, None) => Value::unknown(Type::String),
        (Text::Absent, Some(settings), _) => Value::from(settings.ccid.as_str()),
        (Text::Absent, None, Some(prior)) => Value::from(prior),
    };
    draft.set("ccid", ccid.clone());
    ccid
}

/// `<ccid>/<rest>`, unknown when one of them is.
pub(crate) fn id(ccid: &Value, rest: &Value) -> Value {
    match (ccid.as_str(), rest.as_str()) {
        (Some(ccid), Some(rest)) => Value::from(format!("{ccid}/{rest}").as_str()),
        _ => Value::unknown(Type::String),
    }
}

/// Splits an import id `<ccid>/<rest>`, or takes it as `<rest>` of the provider's contact centre.
///
/// # Errors
/// The id is of another contact centre, or empty.
pub(crate) fn parse_id<'i>(
    id: &'i str,
    settings: &Settings,
    form: &str,
) -> Result<&'i str, Diagnostics> {
    let wrong = |text: String| Err(vec![Diagnostic::error("Invalid import id", text)]);
    match id.split_once('/') {
        Some((ccid, _)) if !ccid.eq_ignore_ascii_case(&settings.ccid) => wrong(format!(
            "The id {id:?} is of contact centre {ccid}, but the provider block is of {}. Use the id form {form}, or a \
             provider block of that contact centre.",
            settings.ccid
        )),
        Some((_, rest)) if !rest.is_empty() => Ok(rest),
        None if !id.is_empty() => Ok(id),
        _ => wrong(format!("The id {id:?} must have the form {form}.")),
    }
}
