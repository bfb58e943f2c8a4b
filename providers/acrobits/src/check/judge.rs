//! Judges what live endpoints answered: the checks V1 to V17.
//!
//! Pure functions of answers; a finding never has a credential, nor the text of a document.

use serde_json::Value as Json;
use trunkline_http::HttpError;

use super::ask::Reply;
use crate::render::account::{self, Read, Unreadable};
use crate::render::contact::text;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) severity: &'static str,
    pub(super) passed: bool,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn new(
        check: &'static str,
        severity: &'static str,
        passed: bool,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            check,
            severity,
            passed,
            message: message.into(),
        }
    }

    /// The check's number.
    pub(super) fn number(&self) -> u8 {
        self.check
            .trim_start_matches('V')
            .parse()
            .unwrap_or(u8::MAX)
    }
}

type Findings = Vec<Finding>;
type Got = Result<Reply, HttpError>;

/// A finding that says one thing when it passed and another when not.
fn judge(
    check: &'static str,
    severity: &'static str,
    problem: Option<String>,
    good: &str,
) -> Finding {
    match problem {
        Some(message) => Finding::new(check, severity, false, message),
        None => Finding::new(check, severity, true, good),
    }
}

/// V1: https where credentials travel. Whether it may be asked at all.
pub(super) fn v1(what: &str, template: &str, secret: bool, findings: &mut Findings) -> bool {
    let https = template.starts_with("https://");
    let severity = if secret { "error" } else { "warning" };
    let problem = (!https).then(|| match secret {
        true => {
            format!("the URL of {what} is not https, and credentials would go over it in clear")
        }
        false => format!("the URL of {what} is not https"),
    });
    findings.push(judge("V1", severity, problem, &format!("{what}: https")));
    // On this machine nobody listens.
    let host = template.split("://").nth(1).unwrap_or_default();
    let local = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|h| host.starts_with(h));
    https || !secret || local
}

/// The media type without its parameters.
fn media_type(reply: &Reply) -> String {
    let whole = reply.answer.content_type();
    let kind = whole.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

fn is_json(kind: &str) -> bool {
    kind == "application/json" || kind.ends_with("+json")
}

fn is_xml(kind: &str) -> bool {
    matches!(kind, "application/xml" | "text/xml") || kind.ends_with("+xml")
}

/// V6: what provisioning answers; the account if it is one.
pub(super) fn provisioning(got: &Got, findings: &mut Findings) -> Option<Read> {
    let judged = got
        .as_ref()
        .map_err(HttpError::to_string)
        .and_then(|reply| {
            account_of(
                reply.answer.status(),
                &media_type(reply),
                &reply.answer.text(),
            )
        });
    let (problem, read) = match judged {
        Ok(read) => (None, Some(read)),
        Err(why) => (Some(format!("provisioning: {why}")), None),
    };
    findings.push(judge(
        "V6",
        "error",
        problem,
        "provisioning answers with an account",
    ));
    read
}

fn account_of(status: u16, kind: &str, body: &str) -> Result<Read, String> {
    if !(200..300).contains(&status) {
        return Err(format!(
            "the test user is answered with status {status}, not a success"
        ));
    }
    if !is_xml(kind) {
        return Err(format!("the content type is {kind:?}, not application/xml"));
    }
    let mut accounts = account::read(body).map_err(|e| match e {
        Unreadable::Ampersand(why) | Unreadable::Other(why) => why,
    })?;
    let read = accounts.drain(..).next().ok_or("there is no account")?;
    let missing = ["username", "password"]
        .into_iter()
        .find(|n| read.text(n).is_none_or(str::is_empty));
    match missing {
        Some(name) => Err(format!("the account has no <{name}>")),
        None => Ok(read),
    }
}

/// V7 and V8: the effective Network ID.
pub(super) fn network(
    read: &Read,
    multi: bool,
    cloud_id: &str,
    findings: &mut Findings,
) -> Option<String> {
    let given = read.text("networkId").filter(|id| !id.is_empty());
    if multi {
        let problem = given
            .is_none()
            .then(|| "the account has no <networkId>, which a multi-tenant app needs".to_owned());
        findings.push(judge(
            "V7",
            "error",
            problem,
            "the account has a Network ID",
        ));
        given?;
    }
    let network = given.unwrap_or(cloud_id);
    let text = format!("the effective Network ID is {network:?}");
    findings.push(Finding::new("V8", "info", true, text));
    Some(network.to_owned())
}

/// V11: an SMS number.
pub(super) fn v11(read: &Read, findings: &mut Findings) {
    let problem = read.numbers().is_empty().then(|| {
        "the account has no complete <number> with carrier and number in <smsNumbers>".to_owned()
    });
    findings.push(judge(
        "V11",
        "error",
        problem,
        "the account has an SMS number",
    ));
}

/// V12 and the second half of V13: a wrong password is refused.
pub(super) fn refused(check: &'static str, what: &str, got: &Got, findings: &mut Findings) {
    let problem = match got {
        Ok(reply) if reply.answer.is_success() => Some(format!("{what} takes a wrong password")),
        Ok(_) => None,
        Err(e) => Some(format!(
            "{what} could not be asked with a wrong password: {e}"
        )),
    };
    findings.push(judge(
        check,
        "error",
        problem,
        &format!("{what} refuses a wrong password"),
    ));
}

/// V13: external authentication takes the test user.
pub(super) fn authentication(got: &Got, findings: &mut Findings) {
    let problem = match got {
        Err(e) => Some(e.to_string()),
        Ok(reply) => authenticated(
            reply.answer.status(),
            &media_type(reply),
            &reply.answer.text(),
        )
        .err(),
    };
    let problem = problem.map(|why| format!("external authentication: {why}"));
    findings.push(judge(
        "V13",
        "error",
        problem,
        "external authentication takes the test user",
    ));
}

fn authenticated(status: u16, kind: &str, body: &str) -> Result<(), String> {
    if !(200..300).contains(&status) {
        return Err(format!(
            "the test user is answered with status {status}, so nobody is signed on"
        ));
    }
    // XML is what the vendor assumes where nothing is said [public].
    let parses = match kind {
        kind if is_json(kind) => serde_json::from_str::<Json>(body).is_ok(),
        _ => roxmltree::Document::parse(body).is_ok(),
    };
    match parses {
        true => Ok(()),
        false => {
            Err("the body cannot be parsed by its content type, so the vendor ignores it".into())
        }
    }
}

/// V2: a list of contacts.
pub(super) fn contacts(got: &Got, findings: &mut Findings) -> Option<Vec<Json>> {
    let judged = got
        .as_ref()
        .map_err(HttpError::to_string)
        .and_then(|reply| {
            list_of(
                reply.answer.status(),
                &media_type(reply),
                &reply.answer.text(),
            )
        });
    let (problem, list) = match judged {
        Ok(list) => (None, Some(list)),
        Err(why) => (Some(format!("contacts: {why}")), None),
    };
    findings.push(judge("V2", "error", problem, "contacts answer with a list"));
    list
}

fn list_of(status: u16, kind: &str, body: &str) -> Result<Vec<Json>, String> {
    if status != 200 {
        return Err(format!("they are answered with status {status}, not 200"));
    }
    if !is_json(kind) {
        return Err(format!(
            "the content type is {kind:?}, not application/json"
        ));
    }
    let json: Json = serde_json::from_str(body).map_err(|_| "the body is not JSON")?;
    match json.get("contacts").and_then(Json::as_array) {
        Some(list) => Ok(list.clone()),
        None => Err("the body has no array \"contacts\"".into()),
    }
}

/// V3, V4, V5, V9 and V10: who is in the list.
pub(super) fn members(
    list: &[Json],
    strict: bool,
    user: &str,
    network: Option<&str>,
    findings: &mut Findings,
) {
    let filled = |c: &Json, member| text(c, member).is_some_and(|t| !t.is_empty());
    let both = |c: &&Json| filled(c, "cloudUsername") && filled(c, "networkId");
    let one = |c: &&Json| filled(c, "cloudUsername") != filled(c, "networkId");
    let count =
        |n: usize, what: &str| (n > 0).then(|| format!("{n} of {} contacts {what}", list.len()));
    let halves = list.iter().filter(one).count();
    findings.push(judge(
        "V3",
        "error",
        count(halves, "have only one of cloudUsername and networkId"),
        "every contact has both of cloudUsername and networkId, or neither",
    ));
    if strict {
        let others = list.len() - list.iter().filter(both).count();
        let problem = count(others, "are none of messaging");
        findings.push(judge(
            "V4",
            "error",
            problem,
            "every contact is one of messaging",
        ));
    }
    let none = !list.iter().any(|c| both(&c));
    let problem = none.then(|| "no contact can be written to".to_owned());
    findings.push(judge(
        "V5",
        "warning",
        problem,
        "there is a contact of messaging",
    ));
    let Some(network) = network else { return };
    let own = list
        .iter()
        .filter(|c| text(c, "cloudUsername") == Some(user));
    let strangers = own
        .filter(|c| text(c, "networkId") != Some(network))
        .count();
    let problem = (strangers > 0).then(|| {
        format!("the test user is in the contacts with another networkId than {network:?}, the one that provisioning gives")
    });
    findings.push(judge(
        "V9",
        "error",
        problem,
        "contacts and provisioning agree on the test user's network",
    ));
    let others = list
        .iter()
        .filter(both)
        .filter(|c| text(c, "networkId") != Some(network))
        .count();
    let problem = count(others, &format!("are of other networks than {network:?}"));
    findings.push(judge(
        "V10",
        "warning",
        problem,
        "every contact is of the test user's network",
    ));
}

/// V14: contacts are not sent again when nothing changed.
pub(super) fn v14(again: Option<&Got>, findings: &mut Findings) {
    let problem = match again {
        None => Some(
            "contacts have no Last-Modified, so they are sent as a whole every time".to_owned(),
        ),
        Some(Ok(reply)) if reply.answer.status() == 304 => None,
        Some(Ok(reply)) => Some(format!(
            "contacts that did not change are answered with {}, not 304",
            reply.answer.status()
        )),
        Some(Err(e)) => Some(e.to_string()),
    };
    findings.push(judge(
        "V14",
        "info",
        problem,
        "contacts that did not change are not sent again",
    ));
}

/// V15: what is served is what was published.
pub(super) fn v15(wanted: &str, found: &str, findings: &mut Findings) {
    let problem = (!wanted.eq_ignore_ascii_case(found))
        .then(|| "the contacts that are served are not those that were published".to_owned());
    findings.push(judge(
        "V15",
        "error",
        problem,
        "the contacts are those that were published",
    ));
}

/// V16: an avatar is an image.
pub(super) fn v16(url: &str, got: &Got, findings: &mut Findings) {
    let problem = match got {
        Err(e) => Some(e.to_string()),
        Ok(reply) if reply.answer.status() != 200 => Some(format!(
            "the avatar {url:?} is answered with {}",
            reply.answer.status()
        )),
        Ok(reply) if !media_type(reply).starts_with("image/") => {
            Some(format!("the avatar {url:?} is no image"))
        }
        Ok(_) => None,
    };
    findings.push(judge(
        "V16",
        "info",
        problem,
        &format!("the avatar {url:?} is an image"),
    ));
}

/// V17: fast and small enough.
pub(super) fn slow(
    what: &str,
    got: &Got,
    most_ms: u128,
    most_bytes: Option<usize>,
    findings: &mut Findings,
) {
    let Ok(reply) = got else { return };
    let slow = reply.took.as_millis() > most_ms;
    let large = most_bytes.is_some_and(|most| reply.answer.bytes().len() > most);
    let problem = match (slow, large) {
        (true, _) => Some(format!("{what} took longer than {most_ms} ms")),
        (_, true) => Some(format!("{what} have {} bytes", reply.answer.bytes().len())),
        _ => None,
    };
    findings.push(judge(
        "V17",
        "warning",
        problem,
        &format!("{what}: in time"),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `check passed` of each finding.
    fn shown(findings: &Findings) -> Vec<String> {
        findings
            .iter()
            .map(|f| format!("{} {}", f.check, f.passed))
            .collect()
    }

    #[test]
    fn v1_credentials_need_https() {
        let mut found = Vec::new();
        assert!(!v1("contacts", "http://a.test/c", true, &mut found));
        assert!(v1("contacts", "http://a.test/c", false, &mut found));
        assert!(v1("contacts", "http://127.0.0.1:1/c", true, &mut found));
        assert!(v1("contacts", "https://a.test/c", true, &mut found));
        assert_eq!(
            shown(&found),
            ["V1 false", "V1 false", "V1 false", "V1 true"]
        );
        assert_eq!(found[1].severity, "warning");
    }

    #[test]
    fn v2_lists() {
        assert!(list_of(200, "application/json", r#"{"contacts":[]}"#).is_ok());
        for (status, kind, body) in [
            (404, "application/json", r#"{"contacts":[]}"#),
            (200, "text/html", r#"{"contacts":[]}"#),
            (200, "application/json", "{"),
            (200, "application/json", r#"{"contacts":{}}"#),
        ] {
            assert!(
                list_of(status, kind, body).is_err(),
                "{status} {kind} {body}"
            );
        }
    }

    #[test]
    fn v3_v4_v5_v9_v10_members() {
        let contact =
            |user: &str, network: &str| json!({"cloudUsername": user, "networkId": network});
        let judged = |list: &[Json], strict| {
            let mut found = Vec::new();
            members(list, strict, "john", Some("one"), &mut found);
            shown(&found)
        };
        let good = ["V3 true", "V4 true", "V5 true", "V9 true", "V10 true"];
        assert_eq!(
            judged(&[contact("john", "one"), contact("foo", "one")], true),
            good
        );
        assert_eq!(
            judged(&[contact("foo", "one"), json!({})], true)[1],
            "V4 false"
        );
        assert_eq!(
            judged(&[contact("foo", "one"), json!({"networkId": "one"})], false)[0],
            "V3 false"
        );
        assert_eq!(
            judged(&[json!({})], false),
            ["V3 true", "V5 false", "V9 true", "V10 true"]
        );
        assert_eq!(
            judged(&[contact("john", "two")], false)[2..],
            ["V9 false", "V10 false"]
        );
        assert_eq!(
            judged(&[contact("foo", "two")], false)[2..],
            ["V9 true", "V10 false"]
        );
    }

    #[test]
    fn v6_v7_v8_v11_accounts() {
        let whole = "<account><username>u</username><password>p</password><smsNumbers><number><carrier>sinch</carrier><number>1</number></number></smsNumbers></account>";
        let read = account_of(200, "application/xml", whole).unwrap();
        for (status, kind, body) in [
            (410, "application/xml", whole),
            (200, "application/json", whole),
            (
                200,
                "application/xml",
                "<account><username>u</username></account>",
            ),
            (200, "application/xml", "<a/>"),
        ] {
            assert!(
                account_of(status, kind, body).is_err(),
                "{status} {kind} {body}"
            );
        }
        let mut found = Vec::new();
        assert_eq!(network(&read, true, "ACME", &mut found), None);
        assert_eq!(
            network(&read, false, "ACME", &mut found).as_deref(),
            Some("ACME")
        );
        v11(&read, &mut found);
        v11(&Read::default(), &mut found);
        assert_eq!(
            shown(&found),
            ["V7 false", "V8 true", "V11 true", "V11 false"]
        );
    }

    #[test]
    fn v13_authentication_and_v15_hashes() {
        assert!(authenticated(200, "application/json", "{}").is_ok());
        assert!(authenticated(200, "", "<response/>").is_ok());
        assert!(authenticated(200, "application/json", "<response/>").is_err());
        assert!(authenticated(401, "application/json", "{}").is_err());
        let mut found = Vec::new();
        v15("AB", "ab", &mut found);
        v15("ab", "cd", &mut found);
        assert_eq!(shown(&found), ["V15 true", "V15 false"]);
    }
}
