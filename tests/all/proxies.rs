//! A proxy, or a page for signing in, between the program and a service: it answers 200 and has done nothing. Whatever is
//! made, changed or removed then counts as not done, the message says what came, and the next run does it. The same where the
//! service did it and a proxy spoiled its answer: nothing is made twice.
//!
//! One short life a vendor, with every kind of call that changes something; the sandbox's log of effects is the judge.

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::sandbox_process::{Row, SandboxProcess};
use crate::stage::SUNDAY;

/// Calls: the service, and the beginning of the method or, after a slash, of the path.
type Calls<'l> = &'l [(&'l str, &'l str)];

/// What is made, changed and removed, and by which calls.
struct Life<'l> {
    vendor: &'l str,
    /// Its variable `revision` is 1 for what is made and 2 for what is changed.
    configuration: &'l str,
    /// What `trunkline.hcl` says.
    own: &'l str,
    makes: Calls<'l>,
    changes: Calls<'l>,
    removes: Calls<'l>,
    /// Effect and kind of all that is made, each once.
    made: &'l [(&'l str, &'l str)],
}

/// Runs that may be needed afterwards: what is not known to be made is looked for first.
const MOST_RUNS: usize = 3;

const REVISION: &str = "variable \"revision\" {\n  type    = number\n  default = 1\n}\n";

impl Life<'_> {
    fn live(&self) {
        self.under("page");
        self.under("malformed");
    }

    /// What became of the objects that count.
    fn effects(&self, sandbox: &SandboxProcess) -> Vec<Row> {
        let mut rows = sandbox.effects();
        rows.retain(|row| self.made.iter().any(|(_, kind)| row.kind == *kind));
        rows
    }

    fn under(&self, action: &str) {
        let mut dir = Dir::with(&format!("{REVISION}{}", self.configuration));
        dir.write("trunkline.hcl", self.own);
        dir.set("TRUNKLINE_NOW", SUNDAY);
        let sandbox = SandboxProcess::start(&dir, 0);
        let begun = sandbox.get("/objects")[self.vendor].clone();
        for (line, calls) in [
            ("apply -auto-approve", self.makes),
            ("apply -auto-approve -var revision=2", self.changes),
            ("destroy -auto-approve -var revision=2", self.removes),
        ] {
            let what = format!("{}, {action}, {line}", self.vendor);
            let run = || dir.run(&format!("{line} -sandbox -no-color"));
            for (service, call) in calls {
                let part = if call.starts_with('/') {
                    "path"
                } else {
                    "method"
                };
                sandbox.fault(&json!({ "match": { "service": service, part: call }, "times": 0, "action": { action: true } }));
            }
            let before = self.effects(&sandbox);
            let output = run();
            assert!(!output.stderr.contains("panicked"), "{what}: {output}");
            let struck = |fault: &Value| fault["struck"].as_u64() > Some(0);
            let faults = sandbox.get("/faults");
            assert!(
                faults.as_array().unwrap().iter().all(struck),
                "{what}: {faults}"
            );
            if action == "page" {
                assert_eq!(output.code, Some(1), "{what}: {output}");
                let errors = output.stderr.matches("Error: ").count();
                let named = output.stderr.matches("text/html").count();
                assert!(errors > 0 && named == errors, "{what}: {output}");
                assert_eq!(self.effects(&sandbox), before, "{what}");
            }
            sandbox.heal();
            let last = (0..MOST_RUNS).map(|_| run()).find(|o| o.code == Some(0));
            assert!(last.is_some(), "{what}: {}", run());
            if calls == self.changes {
                assert_ne!(self.effects(&sandbox), before, "{what}");
            }
        }
        let effects = self.effects(&sandbox);
        for (effect, kind) in self.made {
            let is_it = |r: &&Row| r.effect == *effect && r.kind == *kind;
            let times = effects.iter().filter(is_it).count();
            assert_eq!(times, 1, "{}, {action}: {effect} {kind}", self.vendor);
        }
        let ended = sandbox.get("/objects")[self.vendor].clone();
        let (begun, ended) = (without_traces(begun), without_traces(ended));
        assert_eq!(begun, ended, "{}, {action}", self.vendor);
    }
}

/// Counts of objects without what a vendor keeps although it is removed, and without tokens.
fn without_traces(mut counts: Value) -> Value {
    for kind in ["token", "user", "signature_draft", "available_number"] {
        counts.as_object_mut().unwrap().remove(kind);
    }
    counts
}

#[test]
fn a_page_is_no_success_of_genesys_cloud() {
    let api = "genesyscloud.api";
    Life {
        vendor: "genesyscloud",
        configuration: r#"
provider "genesyscloud" {
  aws_region = "us-east-1"
}

resource "genesyscloud_auth_role" "r" {
  name        = "Senders"
  description = "Revision ${var.revision}"

  permission_policies {
    domain      = "messaging"
    entity_name = "*"
    action_set  = ["*"]
  }
}

resource "genesyscloud_user" "u" {
  name       = "Ann"
  email      = "ann@acme.test"
  department = "Revision ${var.revision}"
}

resource "genesyscloud_role_grant" "g" {
  subject_id = genesyscloud_user.u.id
  role_id    = genesyscloud_auth_role.r.id
}
"#,
        own: "",
        makes: &[(api, "POST")],
        changes: &[(api, "PUT"), (api, "PATCH")],
        removes: &[(api, "DELETE")],
        made: &[("create", "role"), ("create", "user"), ("grant", "grant")],
    }
    .live();
}

#[test]
fn a_page_is_no_success_of_digital_channels() {
    let (nexus, gws) = ("digitalchannels.nexus", "digitalchannels.gws");
    Life {
        vendor: "digitalchannels",
        configuration: r#"
provider "digitalchannels" {
  url               = "https://digital.acme.test"
  ccid              = "dc000000-0000-4000-8000-000000000001"
  auth_url          = "https://auth.acme.test"
  gws_url           = "https://gws.acme.test"
  sender_id_backend = "options_api"
}

resource "digitalchannels_api_key" "k" {
  tenant      = "*"
  name        = "Portal"
  permissions = ["nexus:cluster:*"]
  enabled     = var.revision == 1
}

resource "digitalchannels_service_mgage_sms" "m" {
  url      = "http://directtext.mgage.com"
  username = "acme"
  password = "sandbox-only-not-a-secret-${var.revision}"
}

resource "digitalchannels_sender_id" "s" {
  name                = "SMS_Main"
  sender_id           = 16504
  designer_endpoint   = "Main${var.revision}"
  sms_provider        = "mGage"
  number_acknowledged = true
}
"#,
        own: "",
        makes: &[(nexus, "POST"), (gws, "PUT")],
        changes: &[(nexus, "PUT"), (gws, "PUT")],
        removes: &[(nexus, "DELETE"), (gws, "PUT")],
        made: &[
            ("create", "apikey"),
            ("create", "service"),
            ("create", "option_section"),
        ],
    }
    .live();
}

#[test]
fn a_page_is_no_success_of_contact_pro() {
    let rci = "sinchcontactpro.rci";
    Life {
        vendor: "sinchcontactpro",
        configuration: r#"
provider "sinchcontactpro" {
  base_url = "https://gateway.acme.test/p/rci"
}

resource "sinchcontactpro_messaging_service" "s" {
  name               = "Wavy"
  type               = "wavy"
  service_connection = "https://api.wavy.test/v${var.revision}/send"

  authentication {
    authentication_id = "acme"
    secret            = "sandbox-only-not-a-secret-${var.revision}"
  }
}

data "sinchcontactpro_user_group" "senders" {
  name = "External Senders"
}

resource "sinchcontactpro_user" "u" {
  first_name = "Portal"
  last_name  = "Sender ${var.revision}"
  login      = "portal.sender"
  password   = "Sandbox-only-${var.revision}-sender"
  groups     = [data.sinchcontactpro_user_group.senders.id]
}

data "sinchcontactpro_role" "messaging" {
  name = "Messaging Service User"
}

resource "sinchcontactpro_messaging_service_right" "r" {
  user_id = sinchcontactpro_user.u.id
  role_id = data.sinchcontactpro_role.messaging.id
}

resource "sinchcontactpro_queue" "q" {
  name         = "Messages"
  queue_length = 10 * var.revision
}
"#,
        own: "change_window \"business_hours\" {\n  timezone = \"Europe/Berlin\"\n  \
            types = [\"sinchcontactpro_messaging_service\"]\n  actions = [\"update\", \"delete\"]\n  \
            hold {\n    days = [\"mon\"]\n    from = \"08:00\"\n    to = \"18:00\"\n  }\n}\n",
        makes: &[(rci, "POST")],
        changes: &[(rci, "PUT")],
        removes: &[(rci, "DELETE")],
        made: &[
            ("create", "messaging_service"),
            ("create", "user"),
            ("grant", "user_role"),
            ("create", "queue"),
        ],
    }
    .live();
}

#[test]
fn a_page_is_no_success_of_conversation() {
    let (eu, numbers) = ("sinchconversation.eu", "sinchconversation.numbers");
    Life {
        vendor: "sinchconversation",
        configuration: r#"
provider "sinchconversation" {
  project_id           = "5c000000-0000-4000-8000-000000000001"
  region               = "eu"
  allow_app_deletion   = true
  allow_number_release = true
}

resource "sinchconversation_app" "a" {
  display_name          = "Messages"
  message_retry_seconds = 100 * var.revision
}

resource "sinchconversation_webhook" "w" {
  app_id   = sinchconversation_app.a.id
  target   = "https://callbacks.acme.test/in"
  triggers = ["MESSAGE_INBOUND"]
  secret   = "sandbox-only-not-a-secret-${var.revision}"
}

resource "sinchconversation_number" "n" {
  phone_number = "+447700900100"
  region_code  = "GB"
  type         = "MOBILE"
  display_name = "Number ${var.revision}"
}
"#,
        own: "",
        makes: &[(eu, "POST"), (numbers, "POST")],
        changes: &[(eu, "PATCH"), (numbers, "PATCH")],
        removes: &[(eu, "DELETE"), (numbers, "POST")],
        made: &[
            ("create", "app"),
            ("create", "webhook"),
            ("purchase", "active_number"),
        ],
    }
    .live();
}

#[test]
fn a_page_is_no_success_of_chat_app() {
    let api = "chatapp.api";
    Life {
        vendor: "chatapp",
        configuration: r#"
provider "chatapp" {
  mode = "api"
}

resource "chatapp_business_system" "s" {
  cust_space_id   = "cams-sandbox0001"
  name            = "Orders"
  api_request_url = "https://erp.acme.test/${var.revision}"
}

resource "chatapp_intent" "i" {
  cust_space_id = "cams-sandbox0001"
  system_id     = chatapp_business_system.s.system_id
  code          = "order"
  name          = "Order ${var.revision}"
}

resource "chatapp_template" "t" {
  cust_space_id = "cams-sandbox0001"
  name          = "order_shipped"
  language      = "en"
  category      = "UTILITY"
  template_type = "WHATSAPP"

  component {
    type = "BODY"
    text = "Hello $(name), it is on its way"
  }
}
"#,
        own: "",
        makes: &[(api, "/Create")],
        changes: &[(api, "/Update")],
        removes: &[(api, "/Delete")],
        made: &[
            ("create", "business_system"),
            ("create", "intent"),
            ("create", "message_template"),
        ],
    }
    .live();
}

#[test]
fn a_page_is_no_success_of_a_place_to_publish() {
    let (put, s3) = ("acrobits.publish", "acrobits.s3");
    Life {
        vendor: "acrobits",
        configuration: r#"
provider "acrobits" {
  publish_url = "https://files.acme.test"
  s3_endpoint = "https://s3.acme.test"
  s3_bucket   = "acme-provisioning"
}

resource "acrobits_app" "a" {
  cloud_id         = "ACMEMT"
  tenancy          = "multi"
  contacts_url     = "https://voip.acme.test/contacts?cloud_id=ACMEMT&cloud_username=%account[cloud_username]%"
  provisioning_url = "https://voip.acme.test/provisioning?cloud_username=%username%&cloud_password=%password%&cloud_id=%fullcode%"
}

resource "acrobits_network" "n" {
  cloud_id = acrobits_app.a.cloud_id
  id       = "north"
}

resource "acrobits_user" "u" {
  cloud_id       = acrobits_app.a.cloud_id
  cloud_username = "ann"
  display_name   = "Ann ${var.revision}"
  network_id     = acrobits_network.n.id
  sip_username   = "1001"
  sip_password   = "sandbox-only-not-a-secret-${var.revision}"

  entry {
    label = "work"
    uri   = "1001"
  }
}

resource "acrobits_contact_list" "l" {
  cloud_id = acrobits_app.a.cloud_id
  contacts = [acrobits_user.u.contact]
  path     = "contacts/{network_id}.json"
  target   = "http"
}

resource "acrobits_contact_list" "b" {
  cloud_id = acrobits_app.a.cloud_id
  contacts = [acrobits_user.u.contact]
  path     = "contacts/{network_id}.json"
  target   = "s3"
}
"#,
        own: "",
        makes: &[(put, "PUT"), (s3, "PUT")],
        changes: &[(put, "PUT"), (s3, "PUT")],
        removes: &[(put, "DELETE"), (s3, "DELETE")],
        made: &[("create", "published_document"), ("create", "bucket_object")],
    }
    .live();
}
