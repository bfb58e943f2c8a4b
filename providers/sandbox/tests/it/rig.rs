//! The one helper: starts a sandbox, speaks HTTP with it, keeps tokens.

use std::path::Path;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_sandbox::{Options, Running, Sandbox, Settings};

pub const API: &str = "genesyscloud.api";
pub const LOGIN: &str = "genesyscloud.login";
pub const NEXUS: &str = "digitalchannels.nexus";
pub const GWS: &str = "digitalchannels.gws";
pub const AUTH: &str = "digitalchannels.auth";
pub const RCI: &str = "sinchcontactpro.rci";

pub struct Rig {
    pub dir: TempDir,
    pub sandbox: Running,
    pub http: Client,
}

/// Status and body; the body is a text where it is not JSON.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<String>,
}

pub fn options(dir: &Path) -> Options {
    let mut options = Options::new(dir);
    options.seed = Some(1);
    options.start_time = Some(1_790_000_000);
    options
}

impl Rig {
    /// Seeded ids, a standing clock, no stale reads.
    pub async fn start() -> Self {
        Self::with(Settings {
            stale_reads: 0,
            role_cache_misses: 0,
            ..Settings::default()
        })
        .await
    }

    pub async fn with(settings: Settings) -> Self {
        let dir = TempDir::new().unwrap();
        let mut options = options(dir.path());
        options.settings = Some(settings);
        let sandbox = Sandbox::start(options).await.unwrap();
        Self {
            dir,
            sandbox,
            http: client(),
        }
    }

    pub async fn send(
        &self,
        service: &str,
        line: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Got> {
        let base = match service {
            "admin" => &self.sandbox.endpoints().admin,
            _ => &self.sandbox.endpoints().services[service],
        };
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = self.http.request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{base}{path}"),
        );
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .map(|v| v.to_str().unwrap().to_owned());
        let text = response.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok(Got {
            status,
            body,
            retry_after,
        })
    }

    pub async fn admin(&self, line: &str, body: Value) -> Value {
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        let got = self
            .send("admin", line, &[("content-type", "application/json")], body)
            .await
            .unwrap();
        assert!(got.status < 300, "{line}: {got:?}");
        got.body
    }

    pub async fn token_for(&self, id: &str, secret: &str) -> Got {
        let basic = basic(id, secret);
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(
            LOGIN,
            "POST /oauth/token",
            &headers,
            Some("grant_type=client_credentials".into()),
        )
        .await
        .unwrap()
    }

    /// The bootstrap client's token.
    pub async fn token(&self) -> String {
        let settings = &self.sandbox.endpoints().settings["genesyscloud"];
        let got = self
            .token_for(&settings["oauthclient_id"], &settings["oauthclient_secret"])
            .await;
        got.body["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn api(&self, token: &str, line: &str, body: Value) -> Got {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        self.send(API, line, &headers, body).await.unwrap()
    }

    pub fn ccid(&self) -> String {
        self.sandbox.endpoints().settings["digitalchannels"]["ccid"].clone()
    }

    pub fn api_key(&self) -> String {
        self.sandbox.endpoints().settings["digitalchannels"]["api_key"].clone()
    }

    /// A provisioning call with the bootstrap key; `{ccid}` stands for the contact centre.
    pub async fn service(&self, line: &str, body: Value) -> Got {
        let (ccid, key) = (self.ccid(), self.api_key());
        let headers = [
            ("x-api-key", key.as_str()),
            ("x-ccid", ccid.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        let line = line.replace("/…", &format!("/nexus/v3/provisioning/services/{ccid}"));
        self.send(NEXUS, &line, &headers, body).await.unwrap()
    }

    pub async fn auth_token(&self) -> String {
        let settings = &self.sandbox.endpoints().settings["digitalchannels"];
        let basic = basic(&settings["auth_client_id"], &settings["auth_client_secret"]);
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let form = format!(
            "grant_type=password&client_id={}&username={}&password={}",
            settings["auth_client_id"], settings["auth_username"], settings["auth_password"]
        );
        let got = self
            .send(AUTH, "POST /auth/v3/oauth/token", &headers, Some(form))
            .await
            .unwrap();
        got.body["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{got:?}"))
            .to_owned()
    }

    pub async fn bearer_call(&self, service: &str, token: &str, line: &str, body: Value) -> Got {
        let bearer = format!("Bearer {token}");
        let key = self.api_key();
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-api-key", key.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        self.send(service, line, &headers, body).await.unwrap()
    }

    /// A call of Contact Pro's RCI as its API user, with the `Accept` that the method asks for.
    pub async fn rci(&self, line: &str, body: Value) -> Got {
        let settings = &self.sandbox.endpoints().settings["sinchcontactpro"];
        let basic = basic(&settings["username"], &settings["password"]);
        let accept = if line.starts_with("POST") {
            "text/html"
        } else {
            "application/json"
        };
        let headers = [
            ("authorization", basic.as_str()),
            ("x-api-key", settings["api_key"].as_str()),
            ("accept", accept),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        self.send(RCI, line, &headers, body).await.unwrap()
    }

    /// Creates by `POST` and returns the id.
    pub async fn rci_create(&self, path: &str, body: Value) -> String {
        let got = self.rci(&format!("POST {path}"), body).await;
        let id = got.body.as_str().unwrap_or_default().to_owned();
        assert!(got.status == 201 && id.len() == 32, "{path}: {got:?}");
        id
    }

    /// A token of the seeded access key.
    pub async fn sinch_token(&self) -> String {
        let settings = &self.sandbox.endpoints().settings["sinchconversation"];
        let basic = basic(&settings["key_id"], &settings["key_secret"]);
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let form = "grant_type=client_credentials".to_owned();
        let line = "POST /oauth2/token";
        let got = self.send("sinchconversation.auth", line, &headers, Some(form));
        let got = got.await.unwrap();
        got.body["access_token"].as_str().unwrap().to_owned()
    }

    /// A call of a Sinch service; `/…` stands for the project's path.
    pub async fn sinch(&self, token: &str, service: &str, line: &str, body: Value) -> Got {
        let project = &self.sandbox.endpoints().settings["sinchconversation"]["project_id"];
        let line = line.replace("/…", &format!("/v1/projects/{project}"));
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        let body = if body.is_null() {
            None
        } else {
            headers.push(("content-type", "application/json"));
            Some(body.to_string())
        };
        let service = format!("sinchconversation.{service}");
        self.send(&service, &line, &headers, body).await.unwrap()
    }

    /// Effects as `source effect kind lost`, one a line.
    pub async fn effects(&self) -> Vec<String> {
        let log = self.admin("GET /log?effects=true", Value::Null).await;
        let text = |e: &Value, name: &str| e[name].as_str().unwrap().to_owned();
        log.as_array()
            .unwrap()
            .iter()
            .map(|e| {
                let lost = if e["lost"] == true { " lost" } else { "" };
                format!(
                    "{} {} {}{lost}",
                    text(e, "source"),
                    text(e, "effect"),
                    text(e, "kind")
                )
            })
            .collect()
    }
}

pub fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

pub fn basic(user: &str, password: &str) -> String {
    // Base64 by hand keeps the tests independent of the crate's own choice.
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = format!("{user}:{password}").into_bytes();
    let mut out = String::from("Basic ");
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = ALPHABET[(n >> (18 - 6 * i) & 63) as usize] as char;
            out.push(if i > chunk.len() { '=' } else { digit });
        }
    }
    out
}

/// A role body with policies for the whole of these domains.
pub fn role(name: &str, domains: &[&str]) -> Value {
    let policies: Vec<Value> = domains
        .iter()
        .map(|d| json!({ "domain": d, "entityName": "*", "actionSet": ["*"] }))
        .collect();
    json!({ "name": name, "permissionPolicies": policies })
}

pub fn client_body(name: &str, role: &Value) -> Value {
    json!({ "name": name, "authorizedGrantType": "CLIENT-CREDENTIALS", "roleDivisions": [ { "roleId": role } ],
            "accessTokenValiditySeconds": 600, "state": "active" })
}
