//! Worlds that are deliberately wrong: the law must notice each of them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::universe::{fates, lived};
use super::world::Broken;

/// What the law says of a world that is broken so, over many fates.
fn complaints(broken: Broken) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let mut fate = || fates().new_tree(&mut runner).expect("a fate").current();
    (0..200).filter_map(|_| lived(&fate(), broken).err()).collect()
}

fn caught(broken: Broken, complaint: &str) {
    let complaints = complaints(broken);
    let caught = complaints.iter().any(|one| one.contains(complaint));
    assert!(caught, "{broken:?} isn't caught for {complaint:?}: {complaints:?}");
}

#[test]
fn a_world_that_is_right_has_no_complaints() {
    assert_eq!(complaints(Broken::No), Vec::<String>::new());
}

#[test]
fn a_compensation_that_overtakes_its_step_is_caught() {
    caught(Broken::Lanes, "overtook its step");
}

#[test]
fn a_timeout_that_counts_as_a_failure_is_caught() {
    caught(Broken::Timeouts, "took effect and was never undone");
}

#[test]
fn a_history_that_loses_its_end_is_caught() {
    caught(Broken::History, "");
}

#[test]
fn compensating_twice_is_caught() {
    caught(Broken::Answers, "");
}
