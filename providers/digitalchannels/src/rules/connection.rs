//! DC01–DC03, DC31, DC32: the contact-centre id, the provider's URL and key, the webhook URLs, literal secrets.

use trunkline_api::{Block, Diagnostic, Diagnostics, Path, Step, Value};

use super::declared::{Declared, Tenant};
use super::finding::{at, error, is_loopback, warning, web_url};
use crate::names;
use crate::values::{self, Text};

/// DC01 [seed]: a `ccid` is a UUID 8-4-4-4-12.
pub(super) fn dc01(config: &Value) -> Diagnostics {
    match values::known(config, "ccid") {
        Some(ccid) if !names::is_uuid(ccid) => vec![
            error(
                "DC01",
                "Invalid contact center id",
                format!(
                    "The contact-centre id {ccid:?} is not a UUID of the form \
                     45acae06-6b7c-4f97-9c76-471cb5c21bf7. It comes from Web Services and Applications."
                ),
            )
            .on(at("ccid")),
        ],
        _ => Vec::new(),
    }
}

/// DC01 [seed], between objects: the same id in the path (`ccid` of an object), in the `x-ccid` header (`ccid` of
/// its provider block) and as the webhook user name of a number order.
pub(super) fn dc01_between(declared: Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for object in declared.0 {
        let own = values::known(&object.config, "ccid");
        let block = declared
            .block_of(object)
            .and_then(|b| values::known(b, "ccid"));
        if let (Some(own), Some(block)) = (own, block)
            && !own.eq_ignore_ascii_case(block)
        {
            let text = format!(
                "This object is of contact centre {own}, but its provider block {} is of {block}. Leave `ccid` out \
                 here, or use a provider block (an alias) of the other contact centre.",
                object.provider_address
            );
            found.push(
                error("DC01", "Contact center ids differ", text)
                    .on(at("ccid"))
                    .about(&object.address),
            );
        }
    }
    let Some(ccids) = tenants_in_use(declared) else {
        return found;
    };
    for object in declared.foreign() {
        if let Some(user) = values::known(&object.config, "webhook_username")
            && !ccids.iter().any(|ccid| ccid.eq_ignore_ascii_case(user))
        {
            let text = format!(
                "The webhook user name {user:?} must be the contact-centre id of the Digital Channels tenant ({}): \
                 Digital Channels takes it for the tenant of every message. Use `username` of the data source \
                 digitalchannels_webhooks.",
                ccids.join(" or ")
            );
            let place = at("webhook_username");
            found.push(
                error("DC01", "Contact center ids differ", text)
                    .on(place)
                    .about(&object.address),
            );
        }
    }
    found
}

/// The ids of all provider blocks; `None` when there is none or one of them is not known.
fn tenants_in_use(declared: Declared<'_>) -> Option<Vec<String>> {
    let ids = declared
        .blocks()
        .map(|block| values::known(&block.config, "ccid").map(str::to_owned));
    ids.collect::<Option<Vec<_>>>()
        .filter(|ids| !ids.is_empty())
}

/// DC02 [seed], [assumed]: the provider's `url` is `http` or `https` with a host, without trailing slash or
/// `/nexus` path; `http` only on this machine. The same holds for `auth_url` and `gws_url`.
pub(super) fn dc02(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in ["url", "auth_url", "gws_url"] {
        if let Some(text) = values::known(config, name) {
            found.extend(base_url(name, text));
        }
    }
    found
}

fn base_url(name: &str, text: &str) -> Option<Diagnostic> {
    let wrong = |why: &str| {
        let text =
            format!("`{name}` is {text:?}, {why} Write it like https://digital.example.com.");
        Some(error("DC02", "Invalid base URL", text).on(at(name)))
    };
    let Some(url) = web_url(text) else {
        return wrong("which is not an http or https URL with a host.");
    };
    if text.ends_with('/') {
        return wrong("but must not end with a slash, because every path is put behind it.");
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return wrong("but must have no query, fragment or user name.");
    }
    if url
        .path_segments()
        .into_iter()
        .flatten()
        .any(|part| part == "nexus")
    {
        return wrong("but must not contain the path /nexus, which is added to it.");
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        let text = format!(
            "`{name}` is {text:?}: keys and secrets would cross the network in clear. Use https."
        );
        return Some(warning("DC02", "Unencrypted base URL", text).on(at(name)));
    }
    None
}

/// DC03 [seed]: an API key is a UUID. The key itself is not shown.
pub(super) fn dc03(config: &Value) -> Diagnostics {
    match values::known(config, "api_key") {
        Some(key) if !names::is_uuid(key) => vec![
            warning(
                "DC03",
                "Unusual API key",
                format!(
                    "The `api_key` of {} characters is not a UUID, as the keys of Digital Channels are. Check that it \
                     is the key itself and not, say, its name.",
                    key.chars().count()
                ),
            )
            .on(at("api_key")),
        ],
        _ => Vec::new(),
    }
}

/// DC31 [seed]: the webhook URLs given to Genesys Cloud are `{url}/nexus/v3/sms/message` and `/receipt`.
pub(super) fn dc31(declared: Declared<'_>) -> Diagnostics {
    let urls = declared
        .blocks()
        .map(|block| values::known(&block.config, "url"));
    let Some(urls) = urls
        .collect::<Option<Vec<_>>>()
        .filter(|urls| !urls.is_empty())
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for object in declared.foreign() {
        for (name, path) in [("mo_url", names::MO_PATH), ("dr_url", names::DR_PATH)] {
            let Some(given) = values::known(&object.config, name) else {
                continue;
            };
            let expected: Vec<String> = urls.iter().map(|url| format!("{url}{path}")).collect();
            if !expected.iter().any(|url| url == given) {
                let text = format!(
                    "`{name}` is {given:?}, but messages must reach Digital Channels at {}. Use `{name}` of the data \
                     source digitalchannels_webhooks.",
                    expected.join(" or ")
                );
                found.push(
                    error("DC31", "Wrong webhook URL", text)
                        .on(at(name))
                        .about(&object.address),
                );
            }
        }
    }
    found
}

/// DC32 [assumed]: secrets are not written as literals.
pub(super) fn dc32(block: &Block, config: &Value, literals: &[Path]) -> Diagnostics {
    let written = |path: &&Path| {
        is_secret(block, path) && path.get(config).is_some_and(|value| !value.is_null())
    };
    let warn = |path: &Path| {
        let text = format!(
            "`{path}` is a secret and is written in the configuration as it is, so everybody who can read the \
             repository has it. Take it from a sensitive variable or from another object."
        );
        warning("DC32", "Secret written as a literal", text).on(path.clone())
    };
    literals.iter().filter(written).map(warn).collect()
}

/// Whether the path leads to, or into, a sensitive attribute.
fn is_secret(block: &Block, path: &Path) -> bool {
    let mut block = block;
    for step in &path.0 {
        let Step::Attribute(name) = step else {
            continue;
        };
        if let Some(attribute) = block.attributes.get(name) {
            return attribute.sensitive;
        }
        match block.blocks.get(name) {
            Some(nested) => block = &nested.block,
            None => return false,
        }
    }
    false
}

/// Whether a text attribute is there at all, known or not.
pub(super) fn is_given(text: Text<'_>) -> bool {
    text != Text::Absent
}

/// Shown in messages for a tenant.
pub(super) fn tenant_name(tenant: &Tenant) -> String {
    match tenant {
        Tenant::Ccid(ccid) => format!("contact centre {ccid}"),
        Tenant::Block(address) => format!("the contact centre of {address}"),
    }
}
