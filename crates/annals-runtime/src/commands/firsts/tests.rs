//! Trust, earned and lost.

use std::sync::Arc;

use super::{Firsts, TRUSTED_AFTER};

/// How many loads that find nothing it takes until the command is trusted.
fn loads_until_trusted(firsts: &Firsts, command: &Arc<str>) -> u32 {
    let mut loads = 0;
    while !firsts.is_likely(command) {
        firsts.loaded(command, true);
        loads += 1;
    }
    loads
}

#[test]
fn a_command_is_trusted_once_it_has_found_nothing_often_enough() {
    let (firsts, place, cancel) = (Firsts::default(), "Place".into(), "Cancel".into());
    assert_eq!(loads_until_trusted(&firsts, &place), TRUSTED_AFTER);
    for _ in 0..1_000 {
        firsts.loaded(&cancel, true);
        firsts.loaded(&cancel, false);
    }
    assert!(firsts.is_likely("Place") && !firsts.is_likely("Cancel"));
    firsts.loaded(&place, false);
    assert!(!firsts.is_likely("Place"), "it finds something now");
}

#[test]
fn after_each_loss_of_trust_it_takes_twice_as_long() {
    let (firsts, command) = (Firsts::default(), "Deposit".into());
    for expected in [TRUSTED_AFTER, 2 * TRUSTED_AFTER, 4 * TRUSTED_AFTER] {
        assert_eq!(loads_until_trusted(&firsts, &command), expected);
        // So many had been tried by then.
        for _ in 0..64 {
            firsts.loaded(&command, false);
        }
    }
}
