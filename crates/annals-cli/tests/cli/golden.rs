//! A store of the rental system from the days when `ToolRegistered` had one version opens with
//! today's file: its events are read in their latest version, its rows are made anew.

use crate::common::{annals, folder};

const RENTAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/rental");

#[test]
fn a_store_with_version_1_events_goes_on_under_todays_file() {
    let folder = folder("golden");
    let store = rusqlite::Connection::open(folder.join("rental.db")).unwrap();
    store.execute_batch(include_str!("../golden/rental-v1.sql")).unwrap();
    drop(store);
    let at = ["--store", "sqlite://rental.db"];
    let run = ["run", RENTAL, "--listen", "127.0.0.1:0", "--until-idle"];
    let seen = annals(&folder, &[&run[..], &at].concat());
    assert_eq!(seen.code, 0, "{}", seen.err);
    assert!(seen.err.contains("rebuilt: shelf"), "{}", seen.err);
    let read = |arguments: &[&str]| annals(&folder, &[arguments, &at, &["--json"]].concat()).json();
    let events = read(&["events", "--type", "ToolRegistered"]);
    let rates: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            assert_eq!(event["type"], "ToolRegistered.v2");
            assert_eq!(event["stored_type"], "ToolRegistered.v1");
            event["data"]["daily_rate_cents"].as_i64().unwrap()
        })
        .collect();
    assert_eq!(rates, [500, 500]);
    let raw = read(&["events", "--type", "ToolRegistered", "--raw"]);
    assert_eq!(raw[0]["type"], "ToolRegistered.v1");
    assert!(raw[0]["data"].get("daily_rate_cents").is_none(), "{raw}");
    let saw = read(&["projections", "show", "shelf", "saw"]);
    assert_eq!((&saw["title"], &saw["daily_rate_cents"]), (&"Saw".into(), &500.into()), "{saw}");
    // The loan that waited then still waits, or its two days are over: it is there.
    let saga = read(&["sagas", "list"]);
    assert_eq!(saga[0]["key"], "1", "{saga}");
}
