//! The law: whatever happens, nothing overtakes within its key, nothing is dropped, nothing is
//! handled again once it is committed. And desks that break it, which it must notice.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::desk::{Broken, Desk, Outcome};

type Happening = (u8, u8, u8);

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    prop::collection::vec(any::<Happening>(), 0..150)
}

fn lived(happenings: &[Happening], broken: Broken) -> Result<(), String> {
    let mut desk = Desk::new(broken);
    for (what, pick, how) in happenings {
        happen(&mut desk, *what, usize::from(*pick), *how)?;
    }
    desk.settle()
}

fn happen(desk: &mut Desk, what: u8, pick: usize, how: u8) -> Result<(), String> {
    match what % 20 {
        0..=2 => desk.append(["a", "b", "c"][pick % 3]),
        3..=5 => {
            desk.read();
        }
        6..=8 => {
            desk.begin(pick % 4)?;
        }
        9..=12 => {
            let outcome = match how {
                0..=99 => Outcome::Done,
                100..=199 => Outcome::Transient,
                _ => Outcome::Permanent,
            };
            desk.end(pick, outcome, u64::from(how) << 56)?;
        }
        13 | 14 => desk.now.0 += i64::from(how) * 40,
        15 => desk.commit()?,
        16 => desk.crash(),
        17 | 18 => {
            if let Some(at) = desk.failed().get(pick % 3) {
                desk.redrive(at.0);
            }
        }
        _ => {
            if let Some(at) = desk.failed().get(pick % 3) {
                desk.discard(at.0);
            }
        }
    }
    let waiting = desk.delivery.next_due().is_some();
    let idle = desk.delivery.pending() == 0 && desk.delivery.retrying() == 0;
    if waiting && idle {
        Err("nothing is left to do, and yet something is due".into())
    } else {
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn order_is_kept_and_nothing_is_dropped_or_handled_again(happenings in happenings()) {
        if let Err(wrong) = lived(&happenings, Broken::No) {
            return Err(TestCaseError::fail(wrong));
        }
    }
}

fn caught(broken: Broken, complaint: &str) {
    let mut runner = TestRunner::deterministic();
    let mut one = || happenings().new_tree(&mut runner).expect("happenings").current();
    let complaints: Vec<_> = (0..1_500).filter_map(|_| lived(&one(), broken).err()).collect();
    let caught = complaints.iter().any(|one| one.contains(complaint));
    assert!(caught, "{broken:?} isn't caught for {complaint:?}: {complaints:?}");
}

#[test]
fn a_checkpoint_that_runs_ahead_is_caught() {
    caught(Broken::Checkpoint, "the checkpoint passes");
}

#[test]
fn letters_that_are_forgotten_are_caught() {
    caught(Broken::Letters, "");
}

#[test]
fn parked_keys_that_are_forgotten_are_caught() {
    caught(Broken::Parked, "of its key");
}

#[test]
fn retries_that_are_forgotten_are_caught() {
    caught(Broken::Retries, "begins its attempts anew");
}
