//! The endpoints that a softphone app calls and a customer hosts: contacts, provisioning, external authentication.
//!
//! Requests and bodies: the vendor's own sample service (public) and the reference document; the body of the
//! authentication is [assumed]. It must not say which of user and password was wrong.

use serde_json::{Value, json};

use super::{VENDOR, documents, seed};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

fn xml(status: u16, body: String) -> Reply {
    let mut reply = Reply::empty(status);
    reply.content_type = "application/xml; charset=utf-8";
    reply.body = body.into_bytes();
    reply
}

fn message(status: u16, text: &str) -> Refusal {
    Reply::json(status, json!({ "message": text })).into()
}

/// The Cloud ID of a request: capitals, and both versions of an app share their data (as the sample service does).
fn cloud_id(request: &Request) -> String {
    let id = request.query("cloud_id").unwrap_or_default();
    id.trim_end_matches('*').to_uppercase()
}

/// `{app}`.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    let open = |reply: Reply| {
        reply
            .with_header("access-control-allow-origin", "*")
            .with_header("access-control-allow-methods", "GET, OPTIONS")
    };
    match (request.path.as_str(), request.method.as_str()) {
        ("/contacts", "OPTIONS") => Ok(open(Reply::empty(204))),
        ("/contacts", "GET" | "HEAD") => contacts(world, request).map(open),
        ("/provisioning", "GET" | "POST") => provisioning(world, request),
        ("/auth", "GET" | "POST") => authentication(world, request),
        ("/contacts" | "/provisioning" | "/auth", _) => Err(Reply::empty(405).into()),
        _ => Err(message(404, "no such endpoint")),
    }
}

fn users_of(world: &World, app: &str) -> Result<Vec<Value>, Refusal> {
    Ok(world.store.children(VENDOR, "app_user", app)?)
}

fn contacts(world: &mut World, request: &Request) -> Answer {
    let id = cloud_id(request);
    let Some(app) = world.store.get(VENDOR, "app", &id)? else {
        return Err(message(404, "unknown cloud_id"));
    };
    let Some(caller) = request.query("cloud_username").filter(|u| !u.is_empty()) else {
        return Err(message(400, "cloud_username is required"));
    };
    let mut list = Vec::new();
    for user in users_of(world, &id)? {
        let name = user["cloudUsername"].as_str().unwrap_or_default();
        if name.eq_ignore_ascii_case(caller) {
            continue;
        }
        let entries: Vec<Value> = user["numbers"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(i, n)| json!({ "entryId": format!("tel:{i}"), "label": "work", "type": "tel", "uri": n }))
            .collect();
        let mut contact = json!({
            "contactId": user["sipUsername"], "cloudUsername": name, "displayName": user["displayName"],
            "contactEntries": entries,
        });
        if user["networkId"].is_string() {
            contact["networkId"] = user["networkId"].clone();
        } else if world.settings.acrobits.contacts_default_network {
            contact["networkId"] = id.as_str().into();
        }
        list.push(contact);
    }
    let body = json!({ "contacts": list }).to_string().into_bytes();
    let sum = documents::sha256(&body);
    let document = json!({ "etag": sum.get(..32), "changedMs": app["changedMs"] });
    let mut reply = documents::answer(request, &document);
    if reply.status == 200 {
        reply.body = body;
        reply.content_type = "application/json; charset=utf-8";
    }
    Ok(reply)
}

/// The parameters of a call: the query, and a form if there is one.
fn parameters(request: &Request) -> Vec<(String, String)> {
    let mut all = request.query.clone();
    all.extend(request.form().unwrap_or_default());
    all
}

fn provisioning(world: &mut World, request: &Request) -> Answer {
    let sent = parameters(request);
    let of = |name: &str| {
        sent.iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .filter(|v| !v.is_empty())
    };
    let refuse = |status, text: &str| Err(xml(status, format!("<message>{text}</message>")).into());
    let (Some(user), Some(password), Some(id)) =
        (of("cloud_username"), of("cloud_password"), of("cloud_id"))
    else {
        return refuse(
            400,
            "cloud_username, cloud_password and cloud_id are required",
        );
    };
    let id = id.trim_end_matches('*').to_uppercase();
    let found = users_of(world, &id)?.into_iter().find(|u| {
        u["cloudUsername"]
            .as_str()
            .is_some_and(|n| n.eq_ignore_ascii_case(user))
            && u["cloudPassword_sha256"].as_str() == Some(sha256_hex(password).as_str())
    });
    // The status for wrong credentials is the one of the vendor's sample service.
    let Some(found) = found else {
        return refuse(410, "Wrong user name or password");
    };
    let text = |name: &str| escape(found[name].as_str().unwrap_or_default());
    let mut account = format!(
        "<account><username>{}</username><password>{}</password>",
        text("sipUsername"),
        text("sipPassword")
    );
    if found["networkId"].is_string() {
        account += &format!("<networkId>{}</networkId>", text("networkId"));
    }
    let numbers: String = found["smsNumbers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|n| {
            let part = |name: &str| escape(n[name].as_str().unwrap_or_default());
            format!(
                "<number><carrier>{}</carrier><number>{}</number></number>",
                part("carrier"),
                part("number")
            )
        })
        .collect();
    if !numbers.is_empty() {
        account += &format!("<smsNumbers>{numbers}</smsNumbers>");
    }
    Ok(xml(200, format!("{account}</account>")))
}

fn authentication(world: &mut World, request: &Request) -> Answer {
    let sent = parameters(request);
    let of = |name: &str| {
        sent.iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v.as_str())
    };
    let id = of("cloud_id").trim_end_matches('*').to_uppercase();
    let (user, password) = (of("username"), of("password"));
    if id.is_empty() || user.is_empty() || password.is_empty() {
        return Err(message(400, "username, password and cloud_id are required"));
    }
    // The template may carry the login from the device, or what provisioning has returned.
    let found = users_of(world, &id)?.into_iter().find(|u| {
        let cloud = u["cloudUsername"]
            .as_str()
            .is_some_and(|n| n.eq_ignore_ascii_case(user))
            && u["cloudPassword_sha256"].as_str() == Some(sha256_hex(password).as_str());
        cloud || (u["sipUsername"] == user && u["sipPassword"] == password)
    });
    let Some(found) = found else {
        return Err(message(401, "not authorised"));
    };
    let host = if of("host").is_empty() {
        "sip.acme.test"
    } else {
        of("host")
    };
    let uri = format!(
        "sip:{}@{host}",
        found["sipUsername"].as_str().unwrap_or_default()
    );
    if world.settings.acrobits.ext_auth_xml {
        return Ok(xml(
            200,
            format!(
                "<response><phoneNumbers/><uri>{}</uri></response>",
                escape(&uri)
            ),
        ));
    }
    Ok(Reply::json(200, json!({ "phoneNumbers": [], "uri": uri })))
}

/// The provider arguments that name these endpoints.
pub(crate) fn urls(base: &str) -> [(&'static str, String); 3] {
    let id = seed::CLOUD_ID;
    [
        (
            "contacts_url",
            format!("{base}/contacts?cloud_id={id}&cloud_username=%account[cloud_username]%"),
        ),
        (
            "provisioning_url",
            format!(
                "{base}/provisioning?cloud_username=%username%&cloud_password=%password%&cloud_id=%fullcode%"
            ),
        ),
        (
            "ext_auth_url",
            format!(
                "{base}/auth?username=%username%&host=%host%&password=%password%&cloud_id={id}"
            ),
        ),
    ]
}
