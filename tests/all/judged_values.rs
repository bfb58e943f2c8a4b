//! Rules see what a plan knows: the values of variables, for rules between objects on both sides. What is sensitive they see
//! too, and do not tell.
//!
//! What each rule says is its provider's to test.

use crate::harness::{Dir, Output};
use crate::stage::SUNDAY;

/// A Conversation app behind Contact Pro, whose secret is told to both by variables of their own, in a module.
const MAIN: &str = r#"
terraform {
  required_providers {
    sinchcontactpro   = { source = "trunkline/sinchcontactpro" }
    sinchconversation = { source = "trunkline/sinchconversation" }
  }
}

provider "sinchcontactpro" {
  base_url = "https://gateway.acme.test/p/rci"
}

provider "sinchconversation" {
  project_id         = "5c000000-0000-4000-8000-000000000001"
  region             = "eu"
  allow_app_deletion = true
}

variable "theirs" {
  sensitive = true
  default   = "sandbox-only-not-a-secret-one"
}

variable "ours" {
  sensitive = true
  default   = "sandbox-only-not-a-secret-one"
}

resource "sinchconversation_app" "a" {
  display_name    = "All"
  processing_mode = "DISPATCH"
}

resource "sinchconversation_webhook" "w" {
  app_id   = sinchconversation_app.a.id
  target   = "https://login-eu-c1.cc.sinch.com/acme/sms/sinchconversation/all"
  triggers = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  secret   = var.theirs
}

module "service" {
  source = "./service"
  app_id = sinchconversation_app.a.id
  secret = var.ours
}
"#;

const SERVICE: &str = r#"
terraform {
  required_providers {
    sinchcontactpro = { source = "trunkline/sinchcontactpro" }
  }
}

variable "app_id" {}

variable "secret" {
  sensitive = true
}

resource "sinchcontactpro_messaging_service" "s" {
  name               = "Conversation"
  type               = "sinchconversation"
  service_connection = "https://eu.conversation.api.sinch.com/v1/projects/5c000000-0000-4000-8000-000000000001/messages:send"

  authentication {
    authentication_id = "key@${var.app_id}"
    secret            = var.secret
  }

  authentication {
    authentication_id = "webhook"
    secret            = var.secret
    triggers          = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
  }
}
"#;

const WINDOW: &str = r#"
change_window "business_hours" {
  timezone = "Europe/Berlin"
  types    = ["sinchcontactpro_messaging_service", "sinchconversation_app", "sinchconversation_webhook"]
  actions  = ["update", "delete"]
  hold {
    days = ["mon"]
    from = "08:00"
    to   = "18:00"
  }
}
"#;

fn run(dir: &Dir, line: &str) -> Output {
    dir.run(&format!("{line} -no-color"))
}

#[test]
fn secrets_of_both_sides_are_compared_when_the_variables_are_known() {
    let mut dir = Dir::with(MAIN);
    dir.write("service/main.tf", SERVICE);
    dir.write("trunkline.hcl", WINDOW);
    dir.set("TRUNKLINE_NOW", SUNDAY);
    // Nothing is known to a validation: two variables may well be one secret.
    let output = run(&dir, "validate");
    assert_eq!(output.code, Some(0), "{output}");
    let output = run(&dir, "plan -sandbox");
    assert_eq!(output.code, Some(0), "{output}");

    for given in [
        "-var=ours=another-secret-of-the-sandbox",
        "-var-file=ours.tfvars",
    ] {
        dir.write("ours.tfvars", "ours = \"another-secret-of-the-sandbox\"\n");
        let output = run(&dir, &format!("plan -sandbox {given}"));
        assert_eq!(output.code, Some(1), "{output}");
        for said in [
            "CP-11: ",
            "module.service.sinchcontactpro_messaging_service.s",
        ] {
            assert!(output.stderr.contains(said), "{said}: {output}");
        }
        assert!(!output.to_string().contains("another-secret"), "{output}");
        assert!(!output.to_string().contains("sandbox-only"), "{output}");
    }
    // What is not to be made need not fit: it can always be destroyed.
    let output = run(&dir, "apply -auto-approve -sandbox");
    assert_eq!(output.code, Some(0), "{output}");
    let output = run(
        &dir,
        "destroy -auto-approve -sandbox -var=ours=another-secret-of-the-sandbox",
    );
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn a_rule_does_not_tell_what_is_sensitive() {
    let dir = Dir::with(
        r#"
provider "digitalchannels" {
  url               = "https://digital.acme.test"
  ccid              = "dc000000-0000-4000-8000-000000000001"
  existing_services = ["PurecloudIDP", "PorticoSMS", "SMS"]
}

variable "number" {
  sensitive = true
}

resource "digitalchannels_sender_id" "s" {
  for_each            = toset(["SMS_A", "SMS_B"])
  name                = each.key
  sender_id           = var.number
  designer_endpoint   = "Main"
  number_acknowledged = true
}
"#,
    );
    let output = run(&dir, "plan -sandbox -var=number=987654321");
    assert_eq!(output.code, Some(1), "{output}");
    let said = output
        .stderr
        .contains("DC19: The sender id \"(sensitive value)\" is neither");
    assert!(
        said && !output.to_string().contains("987654321"),
        "{output}"
    );

    // The same of two objects, each in order by itself.
    let output = run(&dir, "validate");
    assert_eq!(output.code, Some(0), "{output}");
    let main = dir.path().join("main.tf");
    let text = std::fs::read_to_string(&main).unwrap();
    let twice = text.replace(
        "  for_each            = toset([\"SMS_A\", \"SMS_B\"])\n",
        "",
    );
    let other = twice
        .rsplit_once("resource ")
        .unwrap()
        .1
        .replace("\"s\"", "\"t\"");
    let other = other.replace("each.key", "\"SMS_B\"");
    let first = twice.replace("each.key", "\"SMS_A\"");
    std::fs::write(&main, format!("{first}\nresource {other}")).unwrap();
    let output = run(&dir, "plan -sandbox -var=number=16504");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("DC18: "), "{output}");
    assert!(!output.to_string().contains("16504"), "{output}");
}
