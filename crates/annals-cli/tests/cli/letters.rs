//! Dead letters from the command line: of a reaction that runs, and of one that is held.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::common::{ANNALS, ORDERS, Running, annals, eventually, folder};

/// A store with a dead letter: nobody listens where the notification service should be.
fn dead_letter(name: &str) -> std::path::PathBuf {
    dead_letters(name, 1)
}

/// A store with so many dead letters, each of another order.
fn dead_letters(name: &str, count: usize) -> std::path::PathBuf {
    let folder = folder(name);
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let nobody = [("NOTIFICATIONS_URL", "http://127.0.0.1:9")];
    let system = Running::with(&folder, &["architecture.yaml"], &nobody);
    let address = r#"{"street":"a","city":"b","country":"NO"}"#;
    for number in 0..count {
        let order = format!("7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b4{number}");
        let input = format!(r#"{{"customer_id":"{order}","shipping_address":{address}}}"#);
        let (status, _) = system.post(&format!("/commands/Order/{order}/CreateOrder"), &input);
        assert_eq!(status, 200);
    }
    system.says("confirm_order has given up on ");
    let letters = || system.get("/dead-letters")["items"].as_array().unwrap().len();
    eventually(|| letters() >= count, || format!("{count} letters, and not {}", letters()));
    folder
}

#[test]
fn letters_of_a_held_reaction_can_be_given_up_and_not_redriven() {
    let folder = dead_letter("letters-held");
    let redriven = annals(&folder, &["dead-letters", "redrive"]);
    assert_eq!(redriven.code, 1, "{}", redriven.err);
    assert!(redriven.err.contains("held: confirm_order"), "{}", redriven.err);
    assert!(redriven.out.contains("0 redriven, 1 still dead"), "{}", redriven.out);
    let discarded = annals(&folder, &["dead-letters", "discard", "1", "--reason", "told by phone"]);
    assert_eq!(discarded.code, 0, "{}{}", discarded.out, discarded.err);
    // What it failed of stays, beside why it was given up.
    let letters = annals(&folder, &["dead-letters", "list", "--all", "--json"]).json();
    assert_eq!(letters[0]["resolution"], "told by phone");
    assert!(letters[0]["reason"].as_str().unwrap().contains("onnection refused"), "{letters}");
    let again = annals(&folder, &["dead-letters", "discard", "1", "--reason", "again"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("letter 1 is discarded: told by phone"), "{}", again.err);
    let none = annals(&folder, &["dead-letters", "redrive", "--json"]).json();
    assert_eq!(none, serde_json::json!([]));
}

#[test]
fn a_running_engine_with_a_held_reaction_answers_at_once() {
    let folder = dead_letter("letters-running");
    let system = Running::start(&folder, &["architecture.yaml"]);
    // Once it has looked at its letters.
    let health = || system.get("/health").to_string();
    eventually(|| health().contains("\"dead_letters\":1"), health);
    let redriven = annals(&folder, &["dead-letters", "redrive", "1"]);
    assert_eq!(redriven.code, 1, "{}", redriven.err);
    let discarded = annals(&folder, &["dead-letters", "discard", "1", "--reason", "told"]);
    assert_eq!(discarded.code, 0, "{}{}", discarded.out, discarded.err);
}

#[test]
fn nobody_waits_for_the_requests_of_others() {
    let folder = dead_letters("letters-others", 2);
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", service.local_addr().unwrap());
    let _system = Running::with(&folder, &["architecture.yaml"], &[("NOTIFICATIONS_URL", &url)]);
    let mut redrive = Command::new(ANNALS);
    redrive.current_dir(&folder).args(["dead-letters", "redrive", "1"]).stdout(Stdio::null());
    let mut redrive = redrive.spawn().unwrap();
    // It is tried, and the service thinks about it.
    let (_call, _) = service.accept().unwrap();
    let discarded = annals(&folder, &["dead-letters", "discard", "2", "--reason", "told"]);
    assert_eq!(discarded.code, 0, "{}{}", discarded.out, discarded.err);
    assert_eq!(redrive.try_wait().unwrap(), None, "its own request isn't answered yet");
    redrive.kill().unwrap();
    redrive.wait().unwrap();
}

#[test]
fn letters_of_a_reaction_that_the_model_has_no_longer_can_be_given_up_and_not_redriven() {
    let folder = dead_letters("letters-gone", 2);
    let (before, rest) = ORDERS.split_once("  confirm_order:").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    std::fs::write(folder.join("architecture.yaml"), format!("{before}\n{after}")).unwrap();
    let refused = |seen: &crate::common::Seen| {
        assert_eq!(seen.code, 1, "{}{}", seen.out, seen.err);
        assert!(seen.err.contains("the model has no confirm_order"), "{}", seen.err);
    };
    let system = Running::start(&folder, &["architecture.yaml"]);
    refused(&annals(&folder, &["dead-letters", "redrive"]));
    let discarded = annals(&folder, &["dead-letters", "discard", "1", "--reason", "told"]);
    assert_eq!(discarded.code, 0, "{}{}", discarded.out, discarded.err);
    drop(system);
    refused(&annals(&folder, &["dead-letters", "redrive", "--consumer", "confirm_order"]));
    let discarded = annals(&folder, &["dead-letters", "discard", "2", "--reason", "told"]);
    assert_eq!(discarded.code, 0, "{}{}", discarded.out, discarded.err);
    let letters = annals(&folder, &["dead-letters", "list", "--json"]).json();
    assert_eq!(letters, serde_json::json!([]));
}

#[test]
fn names_that_nobody_has_are_refused() {
    let folder = dead_letter("letters-names");
    for arguments in [
        &["dead-letters", "list", "--consumer", "nobody"][..],
        &["dead-letters", "redrive", "--consumer", "nobody"],
        &["dead-letters", "redrive", "1", "--consumer", "confirm_order"],
        &["dead-letters", "discard", "1", "--reason", " "],
        &["dead-letters", "show", "9"],
        &["events", "--type", "Nothing"],
        &["events", "--limit", "0"],
        &["sagas", "list", "--status", "happy"],
        &["sagas", "show", "Nothing", "k"],
        &["streams", "show", "saga-OrderFulfillment/x", "--states"],
    ] {
        let seen = annals(&folder, arguments);
        assert_eq!(seen.code, 2, "{arguments:?}: {}{}", seen.out, seen.err);
    }
}
