//! Histories that are known to be good or bad.

use super::Asked::{Append, Read};
use super::Told::{Appended, Conflict, Nothing, Values};
use super::{Asked, Operation, Told, check_linearizable};

fn operation(asked: Asked, called: u64, told: Told, answered: u64) -> Operation {
    Operation { stream: "a".to_owned(), asked, called, told, answered }
}

fn append(expected: u64, value: u64) -> Asked {
    Append { expected: Some(expected), value }
}

fn is_good(history: &[Operation]) -> bool {
    check_linearizable(history).is_ok()
}

#[test]
fn what_happened_one_after_the_other_fits() {
    let history = [
        operation(Read, 0, Values(vec![]), 1),
        operation(append(0, 7), 2, Appended(1), 3),
        operation(append(0, 8), 4, Conflict(1), 5),
        operation(Append { expected: None, value: 9 }, 6, Appended(2), 7),
        operation(Read, 8, Values(vec![7, 9]), 9),
    ];
    assert!(is_good(&history));
}

#[test]
fn two_that_expect_one_version_do_not_both_succeed() {
    let history =
        [operation(append(0, 7), 0, Appended(1), 3), operation(append(0, 8), 1, Appended(1), 2)];
    assert!(!is_good(&history));
    let history =
        [operation(append(0, 7), 0, Appended(1), 3), operation(append(0, 8), 1, Conflict(1), 2)];
    assert!(is_good(&history), "side by side, the one that was called first may win");
}

#[test]
fn a_read_behind_an_answer_sees_what_was_answered() {
    let stale = |called| {
        [operation(append(0, 7), 0, Appended(1), 3), operation(Read, called, Values(vec![]), 9)]
    };
    assert!(is_good(&stale(1)), "side by side it may come first");
    assert!(!is_good(&stale(4)));
    let lost = [
        operation(append(0, 7), 0, Appended(1), 1),
        operation(Read, 2, Values(vec![7]), 3),
        operation(Read, 4, Values(vec![]), 5),
    ];
    assert!(!is_good(&lost), "what was read is not gone again");
}

#[test]
fn a_lost_answer_may_have_happened_late_or_never() {
    let with = |read: Vec<u64>, then: Vec<u64>| {
        [
            operation(append(0, 7), 0, Nothing, 1),
            operation(Read, 2, Values(read), 3),
            operation(Read, 4, Values(then), 5),
        ]
    };
    assert!(is_good(&with(vec![], vec![])), "never");
    assert!(is_good(&with(vec![], vec![7])), "late");
    assert!(is_good(&with(vec![7], vec![7])), "at once");
    assert!(!is_good(&with(vec![7], vec![])), "and not back again");
    let blamed =
        [operation(append(0, 7), 0, Nothing, 1), operation(append(0, 8), 2, Conflict(1), 3)];
    assert!(is_good(&blamed), "a conflict with it");
    let blamed = [operation(append(0, 8), 2, Conflict(1), 3)];
    assert!(!is_good(&blamed), "a conflict with nobody");
}

#[test]
fn streams_are_judged_each_alone() {
    let mut other = operation(append(0, 8), 1, Appended(1), 2);
    other.stream = "b".to_owned();
    assert!(is_good(&[operation(append(0, 7), 0, Appended(1), 3), other]));
}
