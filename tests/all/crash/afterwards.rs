//! What follows an accident that is not just the same command again: more accidents, an interruption, moved objects, an
//! object that was forgotten.

use std::time::Duration;

use super::scenario::forget;
use super::{Applied, Verdict, brisk, killed_at, random, recovered, rename, seed, trials};
use crate::stage::Stage;
use serde_json::json;

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn an_apply_that_is_killed_again_and_again_is_finished_in_the_end() {
    let seed = seed();
    trials("killed again and again", |n| {
        if n > 8 {
            return Verdict::NoMore;
        }
        let stage = brisk(Stage::new(0));
        let mut state = seed + 1000 * n as u64;
        let points: Vec<usize> = (0..4)
            .map(|_| random(&mut state) as usize % 20 + 1)
            .collect();
        for point in &points {
            let output = killed_at(*point, &stage, "apply -auto-approve");
            if output.code == Some(1) {
                return Verdict::Bad(format!("killed at {points:?}: {output}"));
            }
        }
        let mut wrong = recovered(&stage, "");
        if !wrong.is_empty() {
            wrong.insert(0, format!("killed at {points:?}"));
        }
        wrong.into()
    });
}

#[test]
fn an_apply_that_is_interrupted_lets_running_calls_end_and_the_next_goes_on() {
    const LATENCY: u64 = 50;
    let seed = seed();
    trials("interrupted", |n| {
        if n > 6 {
            return Verdict::NoMore;
        }
        let stage = brisk(Stage::new(LATENCY));
        let mut state = seed + 77 * n as u64;
        let child = stage
            .dir
            .start(&["apply", "-sandbox", "-no-color", "-auto-approve"]);
        // Until something has been made, then a while.
        while stage.sandbox.effects().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(random(&mut state) % 600));
        let pid = child.id().to_string();
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap();
        let first = stage.dir.finish(child, "");
        let mut wrong = Vec::new();
        let said = first.stderr.contains("Interrupt received");
        if first.code != Some(1) || !said {
            wrong.push("it did not say that it was interrupted, with exit code 1".to_owned());
        }
        // Running calls have ended: what is there is known without settling anything.
        let (there, known) = (stage.made(), stage.state().objects());
        if there != known {
            wrong.push(format!("there is {there:?}\nbut the state knows {known:?}"));
        }
        wrong.extend(recovered(&stage, ""));
        if !wrong.is_empty() {
            wrong.insert(0, first.to_string());
        }
        wrong.into()
    });
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn what_was_left_open_is_found_again_when_its_object_has_moved() {
    trials("apply killed, then moved", |n| {
        let stage = brisk(Stage::new(0));
        let first = killed_at(n * 3 - 2, &stage, "apply -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => {
                rename(&stage);
                recovered(&stage, "").into()
            }
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

/// The row of an object that somebody took away is still there, marked as damaged, when another is made in its place and
/// the answer to that cannot be read. The new one is not taken for the old.
#[test]
fn what_is_made_in_the_place_of_a_vanished_object_is_kept_when_its_answer_is_garbled() {
    let stage = Applied::new().copy();
    let tainted = stage.run("taint genesyscloud_role_grant.admin");
    assert_eq!(tainted.code, Some(0), "{tainted}");
    let id = stage.state().attributes("genesyscloud_role_grant", "admin")["id"].clone();
    let id = id.as_str().unwrap();
    stage.sandbox.remove(&format!("genesyscloud/grant/{id}"));
    let before = stage.sandbox.effects().len();
    stage.sandbox.fault(&json!({
        "match": { "method": "POST", "path": "^/api/v2/authorization/subjects/.*$" },
        "times": 1,
        "action": { "malformed": true },
    }));
    let first = stage.run("apply -auto-approve");
    assert_eq!(first.code, Some(1), "{first}");
    assert!(stage.sandbox.faults_are_spent(), "{first}");
    assert_eq!(recovered(&stage, ""), Vec::<String>::new());
    let effects = stage.sandbox.effects().split_off(before);
    let effects: Vec<&str> = effects.iter().map(|row| &*row.effect).collect();
    assert_eq!(effects, ["grant"], "{first}");
}

#[test]
fn a_forgotten_object_is_taken_back_by_the_import_command() {
    let stage = Applied::new().copy();
    let id = forget(&stage);
    let imported = stage.run(&format!("import digitalchannels_sender_id.corporate {id}"));
    assert_eq!(imported.code, Some(0), "{imported}");
    assert_eq!(recovered(&stage, ""), Vec::<String>::new());
    let missing = stage.run("state rm digitalchannels_sender_id.corporate");
    assert_eq!(missing.code, Some(0), "{missing}");
    let nowhere = id.replace("SMS_Main_Corporate", "Nowhere");
    let missing = stage.run(&format!(
        "import digitalchannels_sender_id.corporate {nowhere}"
    ));
    assert_eq!(missing.code, Some(1), "{missing}");
    assert!(
        missing
            .stderr
            .contains("Error: Cannot import non-existent remote object"),
        "{missing}"
    );
}

/// Numbers of which any will do have no natural key: where two were being rented, nobody but a person can tell which is
/// whose. Nothing is rented again.
#[test]
fn of_two_objects_that_are_alike_a_person_says_which_is_which() {
    let stage = Stage::of("sinch-conversation", 0);
    for file in [
        "contact_pro.tf",
        "eu.tf",
        "us.tf",
        "outputs.tf",
        "manual.tf",
    ] {
        drop(std::fs::remove_file(stage.dir.path().join(file)));
    }
    stage.dir.write(
        "numbers.tf",
        "resource \"sinchconversation_number\" \"any\" {\n  count               = 2\n  provider            = sinchconversation.us\n  region_code         = \"US\"\n  type                = \"LOCAL\"\n  sms_service_plan_id = var.plans.us\n  sms_campaign_id     = var.campaign_id\n}\n",
    );
    stage.sandbox.fault(&json!({
        "match": { "service": "sinchconversation.numbers", "method": "POST", "path": ".*:rentAny$" },
        "times": 2,
        "action": { "drop": "after" },
    }));
    let rented = || {
        let effects = stage.sandbox.effects();
        let rented = effects.into_iter().filter(|row| row.effect == "purchase");
        rented.map(|row| row.id).collect::<Vec<_>>()
    };
    let first = stage.run("apply -auto-approve");
    assert_eq!(first.code, Some(1), "{first}");
    let numbers = rented();
    assert_eq!(numbers.len(), 2, "{first}");
    for line in ["plan", "apply -auto-approve"] {
        let asked = stage.run(line);
        assert_eq!(asked.code, Some(1), "{asked}");
        let said = asked
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let mut sorted = numbers.clone();
        sorted.sort();
        let question = format!(
            "Error: Unfinished create needs a decision with sinchconversation_number.any[0], An earlier process ended right when it was creating sinchconversation_number.any[0]. More than one object is what it was creating, and one of them at most is its. They are: {}. Nothing was created again. Look at the service: if the object is there, run \"trunkline import sinchconversation_number.any[0] ID\"; if it is not, run \"trunkline state discard sinchconversation_number.any[0]\" and apply again.",
            sorted.join(", ")
        );
        assert!(said.contains(&question), "{question}\n{asked}");
    }
    assert_eq!(rented(), numbers, "nothing is rented again");
    for (n, number) in numbers.iter().enumerate() {
        let imported = stage.run(&format!(
            "import sinchconversation_number.any[{n}] {number}"
        ));
        assert_eq!(imported.code, Some(0), "{imported}");
    }
    stage.apply();
    stage.settled();
    assert_eq!(rented(), numbers, "nothing is rented again");
}
