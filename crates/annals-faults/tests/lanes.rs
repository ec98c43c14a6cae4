//! Each lane of the scorecard, in the size of a pull request, and the doubles that it must catch.
//! A lane that can't be run here is named by `cargo xtask test`.

use annals_faults::lanes::{Lane, Run, Size};

fn passes(id: &str) {
    let lane = Lane::find(id).unwrap();
    if let Some(missing) = lane.missing() {
        println!("not proven here: {id}: {missing}");
        return;
    }
    let folder = std::env::temp_dir().join(format!("annals-faults-{id}-{}", std::process::id()));
    let load = env!("CARGO_BIN_EXE_annals-faults-load").into();
    let outcome = lane.run(&Run { load, folder: folder.clone(), size: Size::Pr, seed: 7 });
    println!("{outcome}");
    assert!(outcome.passed(), "{outcome}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    passes("R01");
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    passes("R02");
}

#[test]
fn lost_answers_neither_lose_nor_double_commands() {
    passes("R05");
}

/// Proven by the build with the feature `failpoints`, which `cargo xtask test` makes too.
#[test]
fn a_failure_at_any_marked_place_breaks_no_promise() {
    passes("R06");
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    passes("R07");
}

#[test]
fn nothing_is_acknowledged_behind_a_failed_sync() {
    passes("R08");
}

#[test]
fn one_order_explains_what_clients_are_told() {
    passes("R09");
}

#[test]
fn sqlite_does_what_the_store_in_memory_does() {
    passes("R13");
}
