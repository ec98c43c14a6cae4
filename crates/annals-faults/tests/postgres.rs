//! The lanes of the scorecard on Postgres, in the size of a pull request, and the doubles that each
//! must catch. Each starts servers of its own.

use std::sync::{PoisonError, RwLock};

use annals_faults::lanes::{Lane, Run, Size};

/// Lanes that measure how long something takes run alone.
static QUIET: RwLock<()> = RwLock::new(());

fn passes(id: &str) {
    let _side_by_side = QUIET.read().unwrap_or_else(PoisonError::into_inner);
    run(id);
}

fn passes_alone(id: &str) {
    let _alone = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    run(id);
}

fn run(id: &str) {
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
    passes("R03");
}

#[test]
fn what_was_acknowledged_survives_the_server_and_the_load_goes_on() {
    passes_alone("R04");
}

#[test]
fn readers_skip_nothing_while_transactions_abort() {
    passes("R10");
}

#[test]
fn a_process_that_stands_still_delays_nobody_for_long() {
    passes_alone("R26");
}

#[test]
fn an_open_snapshot_slows_no_append() {
    passes_alone("R27");
}

#[test]
fn lost_answers_neither_lose_nor_double_commands() {
    passes("R05-pg");
}

#[test]
fn a_failure_at_any_marked_place_breaks_no_promise() {
    passes_alone("R06-pg");
}

#[test]
fn one_order_explains_what_clients_of_four_processes_are_told() {
    passes("R09-pg");
}

#[test]
fn it_does_what_the_store_in_memory_does() {
    passes("R13-pg");
}
