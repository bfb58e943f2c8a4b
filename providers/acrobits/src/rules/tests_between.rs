//! Each rule between objects twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{DataSource, Resource};
use trunkline_api::provider::{DeclaredObject, Role};

use super::between;
use super::tests::{config, ids};
use crate::publish::resource::Published;
use crate::{Client, app, check, contact, contact_list, network, provisioning_set, settings, user};

/// Objects as a configuration declares them.
#[derive(Default)]
struct House(Vec<DeclaredObject>);

impl House {
    fn put(mut self, address: &str, role: Role, config: trunkline_api::Value) -> House {
        self.0.push(DeclaredObject {
            address: address.into(),
            provider: "acrobits".into(),
            role,
            config,
            provider_address: "provider.acrobits".into(),
            references: Vec::new(),
        });
        self
    }

    fn resource(self, resource: &dyn Resource<Client>, name: &str, sparse: &Json) -> House {
        let address = format!("{}.{name}", resource.type_name());
        let role = Role::Managed(resource.type_name().into());
        self.put(&address, role, config(&resource.schema(), sparse))
    }

    fn app(self, change: &Json) -> House {
        let app = json!({"cloud_id": "ACME", "tenancy": "multi"});
        self.resource(&app::App, "a", &merged(&app, change))
    }

    fn network(self, id: &str) -> House {
        self.resource(
            &network::Network,
            id,
            &json!({"cloud_id": "ACME", "id": id}),
        )
    }

    fn user(self, name: &str, change: &Json) -> House {
        let user = json!({"cloud_id": "ACME", "cloud_username": name, "network_id": "one", "sip_username": "B6",
            "sip_password": format!("secret-of-{name}"), "display_name": name});
        self.resource(&user::User, name, &merged(&user, change))
    }

    /// A list of messaging contacts: Cloud Username and network.
    fn list(self, members: &[(&str, &str)]) -> House {
        let contact = |(n, (user, network)): (usize, &(&str, &str))| {
            json!({"contactId": n.to_string(), "cloudUsername": user, "networkId": network})
                .to_string()
        };
        let contacts: Vec<String> = members.iter().enumerate().map(contact).collect();
        self.contacts(&json!(contacts))
    }

    fn contacts(self, contacts: &Json) -> House {
        let list = json!({"cloud_id": "ACME", "target": "http", "contacts": contacts});
        self.resource(&Published(contact_list::ContactList), "l", &list)
    }

    /// The last object's attribute comes from another object.
    fn from(mut self, attribute: &str, address: &str) -> House {
        let last = self.0.last_mut().unwrap();
        last.references
            .push((attribute.into(), address.into(), "".into()));
        self
    }

    fn set(self, change: &Json) -> House {
        let set = json!({"cloud_id": "ACME", "target": "s3", "accounts": {}});
        self.resource(
            &Published(provisioning_set::ProvisioningSet),
            "s",
            &merged(&set, change),
        )
    }

    fn provider(self, sparse: &Json) -> House {
        let block = config(&settings::schema(), sparse);
        self.put("provider.acrobits", Role::Provider, block)
    }

    fn ids(&self) -> Vec<String> {
        ids(&between(&self.0))
    }
}

fn merged(base: &Json, change: &Json) -> Json {
    let mut base = base.clone();
    for (name, value) in change.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn house() -> House {
    House::default()
}

/// A multi-tenant app with one network.
fn multi() -> House {
    house().app(&json!({})).network("one")
}

fn account(nodes: &str) -> String {
    format!("<account><username>u</username><password>p</password>{nodes}</account>")
}

const NONE: [&str; 0] = [];

#[test]
fn ac06_contact_and_provisioning_agree_on_the_network() {
    let two = || multi().network("two").user("john", &json!({}));
    assert_eq!(two().list(&[("john", "two")]).ids(), ["error AC06"]);
    assert_eq!(two().list(&[("john", "one")]).ids(), NONE);
    let contact = |network: &str| json!({"cloud_id": "ACME", "contact_id": "x", "display_name": "X", "cloud_username": "john", "network_id": network});
    assert_eq!(
        two()
            .resource(&contact::Contact, "c", &contact("two"))
            .ids(),
        ["error AC06"]
    );
    assert_eq!(
        two()
            .resource(&contact::Contact, "c", &contact("one"))
            .ids(),
        NONE
    );
}

#[test]
fn ac06_the_same_name_in_two_networks_is_two_users() {
    let both = multi().network("two").user("john", &json!({}));
    let both = both.user("john", &json!({"network_id": "two"}));
    assert_eq!(both.list(&[("john", "one"), ("john", "two")]).ids(), NONE);
}

#[test]
fn ac07_networks_are_declared() {
    assert_eq!(
        multi().user("john", &json!({"network_id": "two"})).ids(),
        ["error AC07"]
    );
    assert_eq!(
        multi()
            .network("two")
            .user("john", &json!({"network_id": "two"}))
            .ids(),
        NONE
    );
    assert_eq!(
        multi()
            .network("?")
            .user("john", &json!({"network_id": "two"}))
            .ids(),
        NONE
    );
    let set = json!({"accounts": {"eve": account("<networkId>one</networkId>")}});
    assert_eq!(
        multi().set(&set).list(&[("eve", "three")]).ids(),
        ["error AC07"]
    );
    assert_eq!(multi().set(&set).list(&[("eve", "one")]).ids(), NONE);
}

#[test]
fn ac08_in_a_single_tenant_app_it_is_the_cloud_id() {
    let single = || {
        house()
            .app(&json!({"tenancy": "single"}))
            .user("john", &json!({"network_id": null}))
    };
    assert_eq!(single().list(&[("john", "ACME*")]).ids(), ["error AC08"]);
    assert_eq!(single().list(&[("john", "acme")]).ids(), ["error AC08"]);
    assert_eq!(single().list(&[("john", "ACME")]).ids(), NONE);
}

#[test]
fn ac09_multi_tenant_accounts_have_a_network() {
    assert_eq!(
        multi().user("john", &json!({"network_id": null})).ids(),
        ["error AC09"]
    );
    assert_eq!(multi().user("john", &json!({})).ids(), NONE);
    let set = |nodes: &str| {
        multi()
            .set(&json!({"accounts": {"eve": account(nodes)}}))
            .ids()
    };
    assert_eq!(set(""), ["error AC09"]);
    assert_eq!(set("<networkId> </networkId>"), ["error AC09"]);
    assert_eq!(set("<networkId>one</networkId>"), NONE);
    let single = house().app(&json!({"tenancy": "single"}));
    assert_eq!(
        single.set(&json!({"accounts": {"eve": account("")}})).ids(),
        NONE
    );
    let row = |network: Json| {
        let row = json!({"cloud_username": "eve", "networkId": network, "numbers": [], "sms": [], "extra": {}});
        multi()
            .set(&json!({"format": "csv", "accounts": null, "users": [row.to_string()]}))
            .ids()
    };
    assert_eq!(row(Json::Null), ["error AC09"]);
    assert_eq!(row(json!("one")), NONE);
}

#[test]
fn ac10_contacts_are_users() {
    assert_eq!(multi().list(&[("john", "one")]).ids(), ["warning AC10"]);
    assert_eq!(
        multi()
            .user("john", &json!({}))
            .list(&[("john", "one")])
            .ids(),
        NONE
    );
    assert_eq!(
        multi().user("?", &json!({})).list(&[("john", "one")]).ids(),
        NONE
    );
}

#[test]
fn ac11_users_are_in_a_list() {
    let app = json!({"messaging": true, "ext_auth_url": "https://a.test/"});
    let with = |user: Json| {
        house()
            .app(&app)
            .network("one")
            .user("john", &user)
            .set(&json!({}))
    };
    assert_eq!(with(json!({})).list(&[]).ids(), ["warning AC11"]);
    assert_eq!(with(json!({})).list(&[("john", "one")]).ids(), NONE);
    assert_eq!(with(json!({"listed": false})).list(&[]).ids(), NONE);
    let unknown = || with(json!({})).contacts(&json!(["?"]));
    assert_eq!(unknown().from("contacts", "acrobits_user.john").ids(), NONE);
    assert_eq!(
        unknown().from("contacts", "acrobits_user.other").ids(),
        ["warning AC11"]
    );
    assert_eq!(unknown().ids(), NONE);
}

#[test]
fn ac20_carriers_are_known() {
    let sms = |carrier: &str| json!({"sms_number": [{"carrier": carrier, "number": "1234567"}]});
    let gateway = |carrier: &str| {
        house()
            .app(&json!({"sms_gateway": true}))
            .network("one")
            .user("john", &sms(carrier))
    };
    assert_eq!(gateway("twilio").ids(), ["error AC20"]);
    assert_eq!(gateway("bandwidth").ids(), NONE);
    let block = |carriers: Json| json!({ "sms_carriers": carriers });
    assert_eq!(
        gateway("twilio").provider(&block(json!(["twilio"]))).ids(),
        NONE
    );
    assert_eq!(
        gateway("sinch").provider(&block(json!(["twilio"]))).ids(),
        ["error AC20"]
    );
}

#[test]
fn ac21_a_number_is_one_users() {
    let sms = json!({"sms_number": [{"carrier": "sinch", "number": "1234567"}]});
    let two = |app: Json| {
        house()
            .app(&merged(&json!({"sms_gateway": true}), &app))
            .network("one")
            .user("john", &sms)
            .user("eve", &sms)
            .ids()
    };
    assert_eq!(two(json!({})), ["error AC21"]);
    assert_eq!(two(json!({"shared_sms_numbers": true})), NONE);
}

#[test]
fn ac22_gateway_and_numbers_go_together() {
    let sms = json!({"sms_number": [{"carrier": "sinch", "number": "1234567"}]});
    let with = |gateway: bool, user: &Json| {
        house()
            .app(&json!({"sms_gateway": gateway}))
            .network("one")
            .user("john", user)
            .ids()
    };
    assert_eq!(with(true, &json!({})), ["error AC22"]);
    assert_eq!(with(true, &sms), NONE);
    assert_eq!(with(false, &sms), ["warning AC22"]);
    assert_eq!(with(false, &json!({})), NONE);
}

#[test]
fn ac23_messaging_needs_its_parts() {
    let app = json!({"messaging": true, "ext_auth_url": "https://a.test/"});
    let whole = || house().app(&app).list(&[]).set(&json!({}));
    assert_eq!(whole().ids(), NONE);
    assert_eq!(
        house()
            .app(&json!({"messaging": true}))
            .list(&[])
            .set(&json!({}))
            .ids(),
        ["error AC23"]
    );
    assert_eq!(house().app(&app).set(&json!({})).ids(), ["error AC23"]);
    assert_eq!(house().app(&app).list(&[]).ids(), ["error AC23"]);
    let single = merged(&app, &json!({"tenancy": "single"}));
    assert_eq!(house().app(&single).list(&[]).ids(), NONE);
    // Served by other means, and checked.
    let source = check::EndpointCheck;
    let sparse = json!({"cloud_id": "ACME", "provisioning_url": "https://a.test/%username%"});
    let checked = house().app(&app).list(&[]).put(
        "data.acrobits_endpoint_check.c",
        Role::Data(source.type_name().into()),
        config(&source.schema(), &sparse),
    );
    assert_eq!(checked.ids(), NONE);
}

#[test]
fn ac29_no_declared_secret_is_shown() {
    let with = |notes: &str| {
        let contact = json!({"contactId": "1", "notes": notes}).to_string();
        multi()
            .user("john", &json!({}))
            .contacts(&json!([contact]))
            .ids()
    };
    assert_eq!(with("secret-of-john"), ["error AC29"]);
    assert_eq!(with("not a secret of john"), NONE);
    let entry = |uri: &str| {
        multi()
            .user("john", &json!({"entry": [{"uri": uri}]}))
            .ids()
    };
    assert_eq!(entry("secret-of-john"), ["error AC29"]);
    assert_eq!(entry("1000"), NONE);
}

#[test]
fn ac30_accounts_go_to_no_public_place() {
    let at = |target: &str, block: Json| {
        multi()
            .provider(&block)
            .set(&json!({"target": target}))
            .ids()
    };
    assert_eq!(at("s3", json!({"s3_public": true})), ["error AC30"]);
    assert_eq!(at("http", json!({"publish_public": true})), ["error AC30"]);
    assert_eq!(
        at("directory", json!({"directory_public": true})),
        ["error AC30"]
    );
    assert_eq!(
        at(
            "s3",
            json!({"publish_public": true, "directory_public": true})
        ),
        NONE
    );
    let path = |path: &str| multi().set(&json!({"path": path})).ids();
    assert_eq!(path("public/{cloud_username}.xml"), ["error AC30"]);
    assert_eq!(path("private/{cloud_username}.xml"), NONE);
}

#[test]
fn a_problem_names_what_it_is_about_and_no_secret() {
    let contact = json!({"contactId": "1", "notes": "secret-of-john"}).to_string();
    let house = multi().user("john", &json!({})).contacts(&json!([contact]));
    let problem = between(&house.0).remove(0);
    assert_eq!(problem.address.as_deref(), Some("acrobits_contact_list.l"));
    assert!(
        !problem.detail.contains("secret-of-john"),
        "{}",
        problem.detail
    );
}
