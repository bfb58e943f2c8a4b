//! `data.acrobits_endpoint_check`: asks the live endpoints as the app and the vendor's sign-on would, with a test user.
//!
//! V1 to V17 of the project's facts: `ask` calls, `judge` judges what came. Credentials are in no finding.

mod ask;
mod judge;

use std::collections::BTreeMap;

use serde_json::Value as Json;
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::ExposeSecret;

use crate::client::Client;
use crate::publish::sha256;
use crate::rules;
use ask::{Asker, Reply};
use judge::Finding;

/// The data source.
pub(crate) const ENDPOINT_CHECK: &str = "acrobits_endpoint_check";

/// The data source.
pub(crate) struct EndpointCheck;

/// A password that is no user's.
const WRONG: &str = "trunkline-check-with-a-wrong-password";

/// Sizes and times beyond which a warning is given [assumed].
const LARGE_BYTES: i64 = 5_000_000;
const SLOW_MS: u128 = 5_000;

/// How many avatars are asked for.
const AVATARS: usize = 20;

fn finding_type() -> Type {
    let attributes = [
        ("check", Type::String),
        ("severity", Type::String),
        ("passed", Type::Bool),
        ("message", Type::String),
    ];
    Type::object(attributes)
}

impl DataSource<Client> for EndpointCheck {
    fn type_name(&self) -> &'static str {
        ENDPOINT_CHECK
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d).optional();
        let flag = |d: &str| of(Type::Bool, d).optional();
        let all = [
            (
                "cloud_id",
                of(Type::String, "The app's Cloud ID.").required(),
            ),
            (
                "tenancy",
                text("multi or single: whether provisioning must give a Network ID."),
            ),
            ("contacts_url", text("URL template of the contacts.")),
            (
                "provisioning_url",
                text("URL template of external provisioning."),
            ),
            (
                "ext_auth_url",
                text("URL template of external authentication."),
            ),
            (
                "ext_auth_from_provisioning",
                flag(
                    "Whether %username%, %password% and %host% of ext_auth_url come from the account XML, as in the vendor's provisioning flow.",
                ),
            ),
            (
                "contacts_auth_username",
                text("User name with which the app authenticates at the contacts."),
            ),
            ("contacts_auth_password", text("Its password.").sensitive()),
            (
                "test_cloud_username",
                text("The user who tests; the provider's by default."),
            ),
            (
                "test_cloud_password",
                text("That user's password.").sensitive(),
            ),
            ("test_host", text("The %host% of ext_auth_url.")),
            (
                "sms_gateway",
                flag("Whether the test user must have an SMS number."),
            ),
            (
                "strict_messaging",
                flag("Whether every contact must be one of messaging."),
            ),
            ("check_avatars", flag("Whether avatars are asked for too.")),
            (
                "contacts_sha256",
                text("The hash that the contacts must have."),
            ),
            (
                "max_contacts_bytes",
                of(
                    Type::Number,
                    "Size of the contacts beyond which a warning is given; 5000000 by default.",
                )
                .optional(),
            ),
            (
                "on_failure",
                text("error (default), or report: only `passed` and `findings` tell."),
            ),
            (
                "passed",
                of(Type::Bool, "Whether no check of severity error failed.").computed(),
            ),
            (
                "network_id",
                of(Type::String, "The test user's Network ID, by provisioning.").computed(),
            ),
            (
                "findings",
                of(
                    Type::list(finding_type()),
                    "Every check in the order of its number.",
                )
                .computed(),
            ),
        ];
        let block = Block::new(
            "Asks contacts, provisioning and external authentication as the app would, with a test user.",
        );
        let block = all.into_iter().fold(block, |block, (name, attribute)| {
            block.attribute(name, attribute)
        });
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::endpoint_check(&request.config)
    }

    fn read<'a>(&'a self, client: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match examine(client, &config).await {
                Ok((findings, network)) => outcome(&config, findings, network),
                Err(problem) => Outcome::failed(problem),
            }
        })
    }
}

fn outcome(config: &Value, mut findings: Vec<Finding>, network: Option<String>) -> Outcome {
    findings.sort_by_key(|f| f.number());
    let failed = |f: &&Finding| !f.passed && f.severity == "error";
    let passed = !findings.iter().any(|f| failed(&f));
    let shown = findings.iter().map(|f| {
        Value::object([
            ("check", Value::from(f.check)),
            ("severity", Value::from(f.severity)),
            ("passed", Value::bool(f.passed)),
            ("message", Value::string(f.message.as_str())),
        ])
    });
    let state = Value::object([
        ("passed", Value::bool(passed)),
        ("network_id", attrs::string_or_null(network)),
        ("findings", Value::list(finding_type(), shown)),
    ]);
    let mut outcome = Outcome::is(state);
    if attrs::text(config, "on_failure") == Some("report") {
        return outcome;
    }
    for finding in findings
        .iter()
        .filter(|f| !f.passed && f.severity != "info")
    {
        let text = format!("{}: {}", finding.check, finding.message);
        outcome = outcome.with(match finding.severity {
            "error" => Diagnostic::error("Endpoint Check Failed", text),
            _ => Diagnostic::warning("Endpoint Check", text),
        });
    }
    outcome
}

/// The findings, and the test user's Network ID.
async fn examine(
    client: &Client,
    config: &Value,
) -> Result<(Vec<Finding>, Option<String>), Diagnostic> {
    let asker = Asker::new(client, config).await?;
    let multi = attrs::text(config, "tenancy") == Some("multi");
    let mut findings = Vec::new();
    let mut account = BTreeMap::new();
    let mut network = None;
    if let Some(template) = attrs::text(config, "provisioning_url") {
        let safe = judge::v1("provisioning", template, true, &mut findings);
        if safe {
            let reply = asker.get(template, &asker.cloud(None)).await;
            let read = judge::provisioning(&reply, &mut findings);
            if let Some(read) = read {
                if let Some(password) = read.text("password") {
                    client.keep_secret(password);
                }
                network = judge::network(&read, multi, asker.cloud_id(), &mut findings);
                if attrs::flag(config, "sms_gateway") == Some(true) {
                    judge::v11(&read, &mut findings);
                }
                account.extend(read.nodes.iter().cloned());
            }
            judge::slow("provisioning", &reply, SLOW_MS, None, &mut findings);
            let wrong = asker.get_once(template, &asker.cloud(Some(WRONG))).await;
            judge::refused("V12", "provisioning", &wrong, &mut findings);
        }
    }
    if let Some(template) = attrs::text(config, "ext_auth_url")
        && judge::v1("external authentication", template, true, &mut findings)
    {
        let from = attrs::flag(config, "ext_auth_from_provisioning") == Some(true);
        let login = |wrong| asker.login(from.then_some(&account), wrong);
        let reply = asker.get(template, &login(None)).await;
        judge::authentication(&reply, &mut findings);
        judge::slow(
            "external authentication",
            &reply,
            SLOW_MS,
            None,
            &mut findings,
        );
        let wrong = asker.get_once(template, &login(Some(WRONG))).await;
        judge::refused("V13", "external authentication", &wrong, &mut findings);
    }
    if let Some(template) = attrs::text(config, "contacts_url") {
        contacts(
            client,
            config,
            template,
            &asker,
            &account,
            network.as_deref(),
            &mut findings,
        )
        .await;
    }
    Ok((findings, network))
}

async fn contacts(
    client: &Client,
    config: &Value,
    template: &str,
    asker: &Asker<'_>,
    account: &BTreeMap<String, String>,
    network: Option<&str>,
    findings: &mut Vec<Finding>,
) {
    let secret = asker.has_contacts_login() || crate::template::carries_password(template);
    if !judge::v1("contacts", template, secret, findings) {
        return;
    }
    let values = asker.account(account);
    let reply = asker.get_contacts(template, &values, None).await;
    let Some(list) = judge::contacts(&reply, findings) else {
        return;
    };
    let strict = attrs::flag(config, "strict_messaging") == Some(true);
    judge::members(
        &list,
        strict,
        asker.username().expose_secret(),
        network,
        findings,
    );
    let most = attrs::integer(config, "max_contacts_bytes").unwrap_or(LARGE_BYTES);
    judge::slow(
        "contacts",
        &reply,
        SLOW_MS,
        usize::try_from(most).ok(),
        findings,
    );
    if let Ok(Reply { answer, .. }) = &reply {
        if let Some(wanted) = attrs::text(config, "contacts_sha256") {
            judge::v15(wanted, &sha256(answer.bytes()), findings);
        }
        match answer.header("last-modified") {
            None => judge::v14(None, findings),
            Some(since) => {
                let again = asker.get_contacts(template, &values, Some(since)).await;
                judge::v14(Some(&again), findings);
            }
        }
    }
    if attrs::flag(config, "check_avatars") == Some(true) {
        avatars(client, &list, asker, findings).await;
    }
}

async fn avatars(client: &Client, list: &[Json], asker: &Asker<'_>, findings: &mut Vec<Finding>) {
    let mut urls: Vec<&str> = Vec::new();
    for contact in list {
        for member in ["avatar", "largeAvatar"] {
            if let Some(url) = crate::render::contact::text(contact, member)
                && !urls.contains(&url)
            {
                urls.push(url);
            }
        }
    }
    if matches!(client.world, trunkline_api::provider::World::Sandbox(_)) {
        let text = "avatars are not asked for in a rehearsal";
        findings.push(Finding::new("V16", "info", true, text));
        return;
    }
    for url in urls.into_iter().take(AVATARS) {
        let reply = asker.get_plain(url).await;
        judge::v16(url, &reply, findings);
    }
}
