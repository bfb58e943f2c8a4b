//! Each rule about one object twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{DataSource, Resource};
use trunkline_api::provider::{Mode, ValidateRequest};
use trunkline_api::{Diagnostics, Schema, Severity, Value, coerce, json::implied};

use crate::Client;
use crate::publish::resource::Published;
use crate::{app, check, contact, contact_list, network, provisioning_set, user};

/// `severity id` of each problem, in order; of those without a number the summary.
pub(super) fn ids(problems: &Diagnostics) -> Vec<String> {
    let shown = |d: &trunkline_api::Diagnostic| {
        let severity = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        match d.detail.split_once(':') {
            Some((id, _)) if id.starts_with("AC") && id.len() == 4 => format!("{severity} {id}"),
            _ => format!("{severity} {}", d.summary),
        }
    };
    problems.iter().map(shown).collect()
}

/// A configuration of `schema` from sparse JSON, in which the text "?" stands for what is not known.
pub(super) fn config(schema: &Schema, sparse: &Json) -> Value {
    let shaped = coerce::conform(&implied(sparse), &schema.block).unwrap();
    shaped.map_leaves(&mut |leaf| match leaf.as_str() {
        Some("?") => Value::unknown(leaf.ty()),
        _ => leaf.clone(),
    })
}

fn merged(base: &Json, change: &Json) -> Json {
    let mut base = base.clone();
    for (name, value) in change.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn judged(resource: &dyn Resource<Client>, sparse: &Json) -> Vec<String> {
    let problems = resource.validate(&ValidateRequest {
        mode: Mode::Managed,
        type_name: resource.type_name().into(),
        config: config(&resource.schema(), sparse),
        literals: Vec::new(),
    });
    ids(&problems)
}

fn an_app(change: Json) -> Vec<String> {
    judged(
        &app::App,
        &merged(&json!({"cloud_id": "ACME", "tenancy": "multi"}), &change),
    )
}

fn a_user(change: Json) -> Vec<String> {
    let base = json!({"cloud_id": "ACME", "cloud_username": "john", "sip_username": "B6", "sip_password": "pw", "display_name": "John"});
    judged(&user::User, &merged(&base, &change))
}

fn a_contact(change: Json) -> Vec<String> {
    let base = json!({"cloud_id": "ACME", "contact_id": "taxi", "display_name": "Taxi"});
    judged(&contact::Contact, &merged(&base, &change))
}

/// A list of these contacts.
fn a_list(contacts: &[Json]) -> Vec<String> {
    let texts: Vec<String> = contacts.iter().map(Json::to_string).collect();
    judged(
        &Published(contact_list::ContactList),
        &json!({"cloud_id": "ACME", "target": "http", "contacts": texts}),
    )
}

/// A list with one contact that is changed like this.
fn listed(change: Json) -> Vec<String> {
    a_list(&[merged(
        &json!({"contactId": "1", "displayName": "One"}),
        &change,
    )])
}

fn a_document(text: &str) -> Vec<String> {
    judged(
        &Published(contact_list::ContactList),
        &json!({"cloud_id": "ACME", "target": "http", "document": text}),
    )
}

/// A set with this account.
fn an_account(xml: &str) -> Vec<String> {
    judged(
        &Published(provisioning_set::ProvisioningSet),
        &json!({"cloud_id": "ACME", "target": "s3", "accounts": {"john": xml}}),
    )
}

/// An account with these nodes beside user and password.
fn account_with(nodes: &str) -> Vec<String> {
    an_account(&format!(
        "<account><username>u</username><password>p</password>{nodes}</account>"
    ))
}

fn a_csv(users: &[Json], template: Json) -> Vec<String> {
    let users: Vec<String> = users.iter().map(Json::to_string).collect();
    judged(
        &Published(provisioning_set::ProvisioningSet),
        &json!({"cloud_id": "ACME", "target": "s3", "format": "csv", "users": users, "template": template}),
    )
}

const NONE: [&str; 0] = [];

#[test]
fn ac01_lists_are_objects_with_an_array_of_objects() {
    for bad in [
        "[]",
        "{}",
        r#"{"contacts":{}}"#,
        r#"{"contacts":["x"]}"#,
        "no json",
    ] {
        assert_eq!(a_document(bad), ["error AC01"], "{bad}");
    }
    assert_eq!(a_list(&[json!("x")]), ["error AC01"]);
    assert_eq!(a_document(r#"{"contacts":[]}"#), NONE);
    assert_eq!(listed(json!({})), NONE);
}

#[test]
fn ac02_contacts_have_an_id_each_of_its_own() {
    assert_eq!(a_list(&[json!({"displayName": "One"})]), ["error AC02"]);
    assert_eq!(listed(json!({"contactId": ""})), ["error AC02"]);
    let one = json!({"contactId": "1", "displayName": "One"});
    assert_eq!(a_list(&[one.clone(), one.clone()]), ["error AC02"]);
    assert_eq!(a_list(&[one, json!({"contactId": "2"})]), NONE);
    assert_eq!(a_contact(json!({"contact_id": ""})), ["error AC02"]);
    assert_eq!(a_contact(json!({"contact_id": "0"})), NONE);
}

#[test]
fn ac03_messaging_contacts_have_both_identifiers() {
    assert_eq!(listed(json!({"cloudUsername": "john"})), ["error AC03"]);
    assert_eq!(listed(json!({"networkId": "n"})), ["error AC03"]);
    assert_eq!(
        listed(json!({"cloudUsername": "john", "networkId": "n"})),
        NONE
    );
    assert_eq!(a_contact(json!({"cloud_username": "john"})), ["error AC03"]);
    assert_eq!(
        a_contact(json!({"cloud_username": "john", "network_id": "n"})),
        NONE
    );
    let strict = |contact: Json| {
        let list = json!({"cloud_id": "ACME", "target": "http", "strict_messaging": true, "contacts": [contact.to_string()]});
        judged(&Published(contact_list::ContactList), &list)
    };
    assert_eq!(strict(json!({"contactId": "1"})), ["error AC03"]);
    assert_eq!(
        strict(json!({"contactId": "1", "cloudUsername": "john", "networkId": "n"})),
        NONE
    );
}

#[test]
fn ac04_identifiers_have_no_blanks_around() {
    for bad in ["", " john", "john\t", "jo\u{7f}hn"] {
        assert_eq!(
            a_user(json!({"cloud_username": bad})),
            ["error AC04"],
            "{bad:?}"
        );
        let member = json!({"cloudUsername": bad, "networkId": "n"});
        assert_eq!(listed(member), ["error AC04"], "{bad:?}");
        let net = json!({"id": bad, "cloud_id": "ACME"});
        assert_eq!(judged(&network::Network, &net), ["error AC04"], "{bad:?}");
    }
    assert_eq!(
        a_user(json!({"cloud_username": "john doe", "network_id": "my net"})),
        NONE
    );
    assert_eq!(
        judged(&network::Network, &json!({"id": "n", "cloud_id": "ACME"})),
        NONE
    );
}

#[test]
fn ac05_a_user_is_once_in_a_list() {
    let member = |id: &str, network: &str| json!({"contactId": id, "cloudUsername": "john", "networkId": network});
    assert_eq!(
        a_list(&[member("1", "n"), member("2", "n")]),
        ["error AC05"]
    );
    assert_eq!(a_list(&[member("1", "n"), member("2", "m")]), NONE);
}

#[test]
fn ac12_entries() {
    let entries = |entries: Json| listed(json!({ "contactEntries": entries }));
    let good = json!({"entryId": "tel:0", "type": "tel", "uri": "1000", "label": "work"});
    assert_eq!(
        entries(json!([merged(&good, &json!({"type": "fax"}))])),
        ["error AC12"]
    );
    assert_eq!(
        entries(json!([merged(&good, &json!({"uri": " "}))])),
        ["error AC12"]
    );
    assert_eq!(entries(json!([good, good])), ["error AC12"]);
    assert_eq!(entries(json!(["1000"])), ["error AC12"]);
    assert_eq!(
        entries(json!([
            good,
            merged(&good, &json!({"entryId": "tel:1", "type": "email"}))
        ])),
        NONE
    );
    assert_eq!(
        a_user(json!({"entry": [{"type": "fax", "uri": "1"}]})),
        ["error AC12"]
    );
    assert_eq!(a_user(json!({"entry": [{"uri": ""}]})), ["error AC12"]);
    assert_eq!(
        a_user(json!({"entry": [{"uri": "1", "entry_id": "a"}, {"uri": "2", "entry_id": "a"}]})),
        ["error AC12"]
    );
    assert_eq!(
        a_user(json!({"entry": [{"uri": "1"}, {"uri": "2", "type": "url"}]})),
        NONE
    );
}

#[test]
fn ac13_values_are_texts() {
    assert_eq!(listed(json!({"displayName": 1})), ["error AC13"]);
    assert_eq!(listed(json!({"contactId": 1})), ["error AC13"]);
    assert_eq!(listed(json!({"contactEntries": "x"})), ["error AC13"]);
    let uri = |uri: Json| {
        listed(json!({"contactEntries": [{"entryId": "tel:0", "type": "tel", "uri": uri}]}))
    };
    assert_eq!(uri(json!(1000)), ["error AC13"]);
    assert_eq!(uri(json!("1000")), NONE);
}

#[test]
fn ac14_avatars_are_addresses() {
    for bad in [
        "avatar.png",
        "https://",
        "https://a b/x.png",
        "ftp://a.test/x",
    ] {
        assert_eq!(a_user(json!({"avatar": bad})), ["error AC14"], "{bad}");
        assert_eq!(listed(json!({"largeAvatar": bad})), ["error AC14"], "{bad}");
    }
    assert_eq!(
        a_user(json!({"large_avatar": "http://a.test/x.png"})),
        ["warning AC14"]
    );
    assert_eq!(
        a_user(json!({"large_avatar": "https://a.test/x.png"})),
        NONE
    );
    assert_eq!(listed(json!({"avatar": "https://a.test/x.png"})), NONE);
}

#[test]
fn ac15_birthdays_are_dates() {
    for bad in ["1.2.1970", "1970-13-01", "1970-1-1", ""] {
        assert_eq!(a_user(json!({"birthday": bad})), ["error AC15"], "{bad}");
        assert_eq!(listed(json!({"birthday": bad})), ["error AC15"], "{bad}");
    }
    assert_eq!(a_user(json!({"birthday": "1970-12-31"})), NONE);
    assert_eq!(listed(json!({"birthday": "1970-12-31"})), NONE);
}

#[test]
fn ac16_unknown_members() {
    assert_eq!(listed(json!({"category": "x"})), ["warning AC16"]);
    assert_eq!(listed(json!({"company": "x", "countryCode": "SE"})), NONE);
}

#[test]
fn ac17_accounts_are_well_formed() {
    let whole = "<account><username>u</username><password>p</password></account>";
    for bad in [
        "<account><username>u</username>",
        "<accounts></accounts>",
        "<user/>",
        &format!("<!DOCTYPE account>{whole}"),
        &format!("<!DOCTYPE account [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{whole}"),
    ] {
        assert_eq!(an_account(bad), ["error AC17"], "{bad}");
    }
    assert_eq!(an_account(whole), NONE);
    assert_eq!(
        an_account(&format!("<accounts>{whole}{whole}</accounts>")),
        NONE
    );
    assert_eq!(a_user(json!({"extra": {"a b": "x"}})), ["error AC17"]);
    assert_eq!(a_user(json!({"sip_password": "a\u{1}"})), ["error AC17"]);
    assert_eq!(a_user(json!({"extra": {"transport": "tls+sip:"}})), NONE);
}

#[test]
fn ac18_accounts_are_complete() {
    assert_eq!(
        an_account("<account><username>u</username></account>"),
        ["error AC18"]
    );
    assert_eq!(
        an_account("<account><username/><password>p</password></account>"),
        ["error AC18"]
    );
    assert_eq!(account_with("<title></title>"), ["error AC18"]);
    assert_eq!(account_with("<title>Work</title>"), NONE);
    assert_eq!(a_user(json!({"sip_username": ""})), ["error AC18"]);
    assert_eq!(a_user(json!({"sip_password": ""})), ["error AC18"]);
    assert_eq!(a_user(json!({"extra": {"title": ""}})), ["error AC18"]);
    assert_eq!(a_user(json!({"extra": {"title": "Work"}})), NONE);
}

#[test]
fn ac19_nodes_occur_once() {
    assert_eq!(
        account_with("<networkId>a</networkId><networkId>b</networkId>"),
        ["error AC19"]
    );
    assert_eq!(account_with("<smsNumbers/><smsNumbers/>"), ["error AC19"]);
    assert_eq!(
        account_with("<networkId>a</networkId><host>b</host><host>c</host>"),
        NONE
    );
    assert_eq!(a_user(json!({"extra": {"networkId": "x"}})), ["error AC19"]);
    assert_eq!(
        a_user(json!({"extra": {"host": "x"}, "extra_secrets": {"host": "y"}})),
        ["error AC19"]
    );
    assert_eq!(
        a_user(json!({"extra": {"host": "x"}, "extra_secrets": {"key": "y"}})),
        NONE
    );
}

#[test]
fn ac20_sms_numbers_have_carrier_and_number() {
    let entry = |inner: &str| {
        account_with(&format!(
            "<smsNumbers><number>{inner}</number></smsNumbers>"
        ))
    };
    let number = "<number>1234567890</number>";
    assert_eq!(entry(number), ["error AC20"]);
    assert_eq!(entry("<carrier>sinch</carrier>"), ["error AC20"]);
    assert_eq!(
        entry(&format!("<carrier>sinch</carrier>{number}{number}")),
        ["error AC20"]
    );
    assert_eq!(
        entry(&format!("<carrier>Sinch</carrier>{number}")),
        ["error AC20"]
    );
    assert_eq!(entry(&format!("<carrier>sinch</carrier>{number}")), NONE);
    let sms = |carrier: &str| {
        a_user(json!({"sms_number": [{"carrier": carrier, "number": "1234567890"}]}))
    };
    assert_eq!(sms("Sinch"), ["error AC20"]);
    assert_eq!(sms("sinch"), NONE);
}

#[test]
fn ac21_sms_numbers_are_digits() {
    let number =
        |number: &str| a_user(json!({"sms_number": [{"carrier": "sinch", "number": number}]}));
    for bad in ["123456", "1234567890123456", "12345abcde", ""] {
        assert_eq!(number(bad), ["error AC21"], "{bad}");
    }
    assert_eq!(number("+1234567890"), ["warning AC21"]);
    assert_eq!(number("123-456-7890"), ["warning AC21"]);
    assert_eq!(number("1234567"), NONE);
    let xml = |n: &str| {
        account_with(&format!(
            "<smsNumbers><number><carrier>sinch</carrier><number>{n}</number></number></smsNumbers>"
        ))
    };
    assert_eq!(xml("12"), ["error AC21"]);
    assert_eq!(xml("123456789012345"), NONE);
}

#[test]
fn ac24_passwords_go_over_https() {
    assert_eq!(
        an_app(json!({"ext_auth_url": "http://a.test/?u=%username%"})),
        ["error AC24"]
    );
    assert_eq!(
        an_app(json!({"ext_auth_url": "https://a.test/?u=%username%"})),
        NONE
    );
    assert_eq!(
        an_app(json!({"provisioning_url": "http://a.test/?p=%password%"})),
        ["error AC24"]
    );
    assert_eq!(
        an_app(json!({"provisioning_url": "http://a.test/?u=%username%"})),
        NONE
    );
    assert_eq!(
        an_app(json!({"contacts_url": "http://a.test/?p=%account[password]%"})),
        ["error AC24"]
    );
    assert_eq!(
        an_app(json!({"contacts_url": "http://a.test/", "contacts_auth_password": "x"})),
        ["error AC24"]
    );
    assert_eq!(
        an_app(json!({"contacts_url": "http://a.test/?u=%account[username]%"})),
        NONE
    );
}

#[test]
fn ac25_placeholders() {
    for bad in [
        "https://a.test/?p=100%",
        "https://a.test/?u=%user name%",
        "https://a.test/?u=%account[x%",
    ] {
        assert_eq!(
            an_app(json!({"contacts_url": bad})),
            ["error AC25"],
            "{bad}"
        );
    }
    assert_eq!(
        an_app(json!({"contacts_url": "https://a.test/%installid%?c=%20%account[x]%"})),
        NONE
    );
    assert_eq!(
        an_app(json!({"contacts_url": "https://a.test/%password%"})),
        ["error AC25"]
    );
    assert_eq!(
        an_app(json!({"provisioning_url": "https://a.test/%account[x]%"})),
        ["error AC25"]
    );
    assert_eq!(
        an_app(json!({"provisioning_url": "https://a.test/?c=%fullcode%&u=%username%"})),
        NONE
    );
    assert_eq!(
        an_app(json!({"provisioning_url": "a.test"})),
        ["error AC25"]
    );
    let checked = |url: &str| {
        let source = check::EndpointCheck;
        let request = ValidateRequest {
            mode: Mode::Data,
            type_name: source.type_name().into(),
            config: config(
                &source.schema(),
                &json!({"cloud_id": "ACME", "provisioning_url": url}),
            ),
            literals: Vec::new(),
        };
        ids(&source.validate(&request))
    };
    assert_eq!(checked("https://a.test/%host%"), ["error AC25"]);
    assert_eq!(checked("https://a.test/%username%"), NONE);
}

#[test]
fn ac26_documents_are_escaped() {
    assert_eq!(
        account_with("<extProvUrl>https://a.test/?a=1&b=2</extProvUrl>"),
        ["error AC26"]
    );
    assert_eq!(
        account_with("<extProvUrl>https://a.test/?a=1&amp;b=2</extProvUrl>"),
        NONE
    );
}

#[test]
fn ac27_cloud_ids() {
    for bad in ["ACME*", "AC@ME", "acme", "", " "] {
        assert_eq!(an_app(json!({"cloud_id": bad})), ["error AC27"], "{bad}");
    }
    assert_eq!(an_app(json!({"cloud_id": "ACME-1"})), NONE);
}

#[test]
fn ac28_the_sample_service_can_read_it() {
    let john = |display: &str| json!({"cloud_username": "john", "username": "B6", "password": "p", "display_name": display, "numbers": [], "sms": [], "extra": {}});
    let long = |n: usize| "x".repeat(n);
    // Commas and the other cells are 24 bytes.
    assert_eq!(a_csv(&[john(&long(990))], Json::Null), ["error AC28"]);
    assert_eq!(a_csv(&[john(&long(960))], Json::Null), NONE);
    let template = |column: &str| {
        json!(format!(
            "<account><username>{{{column}}}</username></account>"
        ))
    };
    assert_eq!(a_csv(&[john("J")], template("sip")), ["error AC28"]);
    assert_eq!(a_csv(&[john("J")], template("username")), NONE);
    let sms = |n: usize| {
        merged(
            &john("J"),
            &json!({"sms": vec![json!(["sinch", "1234567"]); n]}),
        )
    };
    assert_eq!(a_csv(&[sms(1), sms(2)], Json::Null), ["error AC28"]);
    assert_eq!(a_csv(&[sms(2), sms(2)], Json::Null), NONE);
}

#[test]
fn ac29_contacts_have_no_password() {
    assert_eq!(listed(json!({"password": "x"})), ["error AC29"]);
    assert_eq!(listed(json!({"notes": "password"})), NONE);
}

#[test]
fn ac31_the_notification_extension_is_attested() {
    let ios = json!({"messaging": true, "ios": "white_label"});
    assert_eq!(an_app(ios.clone()), ["error AC31"]);
    assert_eq!(
        an_app(merged(&ios, &json!({"ios_notification_extension": false}))),
        ["error AC31"]
    );
    assert_eq!(
        an_app(merged(&ios, &json!({"ios_notification_extension": true}))),
        NONE
    );
    assert_eq!(
        an_app(json!({"messaging": true, "ios": "full_service"})),
        NONE
    );
    assert_eq!(
        an_app(json!({"messaging": false, "ios": "white_label"})),
        NONE
    );
}

#[test]
fn ac32_carddav_is_not_verifiable() {
    assert_eq!(
        an_app(json!({"contact_source": "carddav"})),
        ["warning AC32"]
    );
    assert_eq!(an_app(json!({"contact_source": "web_service"})), NONE);
}

#[test]
fn what_is_not_known_breaks_nothing() {
    assert_eq!(
        an_app(json!({"cloud_id": "?", "tenancy": "?", "ext_auth_url": "?", "messaging": true})),
        NONE
    );
    assert_eq!(
        a_user(json!({"cloud_username": "?", "sip_password": "?", "avatar": "?", "birthday": "?"})),
        NONE
    );
    assert_eq!(
        judged(
            &Published(contact_list::ContactList),
            &json!({"cloud_id": "ACME", "target": "?", "contacts": ["?"]})
        ),
        NONE
    );
    assert_eq!(an_account("?"), NONE);
}
