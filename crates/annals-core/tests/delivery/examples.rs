//! The rules, one after the other.

use annals_core::Position;
use annals_core::Timestamp;
use annals_core::delivery::{Delivery, Offered, Settled};

use super::desk::{Broken, Desk, Outcome, POLICY};

/// A desk with a log of these keys, all read.
fn desk(keys: &str) -> Desk {
    let mut desk = Desk::new(Broken::No);
    keys.chars().for_each(|key| desk.append(&key.to_string()));
    while desk.read().is_some() {}
    desk
}

fn end(desk: &mut Desk, outcome: Outcome) -> Settled {
    desk.end(0, outcome, u64::MAX).expect("right").expect("something was under way")
}

#[test]
fn keys_go_on_beside_one_another_and_each_in_order() {
    let mut desk = desk("aabba");
    assert_eq!(desk.begin(1).expect("right"), [1]);
    assert_eq!(desk.begin(9).expect("right"), [3]);
    assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0]);
    assert_eq!(end(&mut desk, Outcome::Done), Settled::Done);
    assert_eq!(desk.begin(9).expect("right"), [2]);
    assert_eq!(desk.delivery.checkpoint(), Position(1));
    assert_eq!(desk.delivery.pending(), 4);
}

#[test]
fn a_retry_waits_for_its_time_and_holds_no_other_key_back() {
    let mut desk = desk("ab");
    assert_eq!(desk.delivery.next_due(), Some(Timestamp(i64::MIN)));
    assert_eq!(desk.begin(1).expect("right"), [1]);
    let due = Timestamp(1_000);
    assert_eq!(end(&mut desk, Outcome::Transient), Settled::Retry { attempts: 1, due });
    assert_eq!(desk.delivery.retrying(), 1);
    assert_eq!(desk.begin(9).expect("right"), [2]);
    assert_eq!(end(&mut desk, Outcome::Done), Settled::Done);
    assert_eq!(desk.delivery.next_due(), Some(due));
    assert_eq!(desk.delivery.checkpoint(), Position(0));
    desk.now = Timestamp(999);
    assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0]);
    desk.now = due;
    assert_eq!(desk.begin(9).expect("right"), [1]);
    assert_eq!(desk.delivery.next_due(), None);
    assert_eq!(end(&mut desk, Outcome::Done), Settled::Done);
    assert_eq!((desk.delivery.retrying(), desk.delivery.checkpoint()), (0, Position(2)));
}

#[test]
fn the_other_side_may_ask_for_a_longer_wait() {
    let mut delivery = Delivery::new(POLICY, Position(0));
    assert_eq!(delivery.offer(Position(1), &"a".into()), Offered::Accepted);
    let attempt = delivery.due(Timestamp(0), 1).remove(0);
    let settled = delivery.transient(&attempt, Timestamp(5), u64::MAX, 7_000);
    assert_eq!(settled, Settled::Retry { attempts: 1, due: Timestamp(7_005) });
}

#[test]
fn retries_end_and_those_behind_are_blocked() {
    let mut desk = desk("abaa");
    for attempts in 1..=3 {
        desk.begin(1).expect("right");
        let Settled::Retry { attempts: so_far, due } = end(&mut desk, Outcome::Transient) else {
            panic!("{attempts} attempts of 4");
        };
        assert_eq!(so_far, attempts);
        desk.begin(9).expect("right");
        while desk.end(0, Outcome::Done, 0).expect("right").is_some() {}
        desk.now = due;
    }
    desk.begin(1).expect("right");
    let blocked = vec![Position(3), Position(4)];
    assert_eq!(end(&mut desk, Outcome::Transient), Settled::Parked { attempts: 4, blocked });
    assert_eq!(desk.delivery.checkpoint(), Position(4));
    assert_eq!((desk.delivery.pending(), desk.delivery.retrying()), (0, 0));
    desk.append("a");
    assert_eq!(desk.read(), Some(Offered::Blocked { behind: Position(1) }));
    assert_eq!(desk.delivery.next_due(), None);
}

#[test]
fn what_fails_for_good_is_parked_at_once() {
    let mut desk = desk("a");
    desk.begin(1).expect("right");
    let settled = end(&mut desk, Outcome::Permanent);
    assert_eq!(settled, Settled::Parked { attempts: 1, blocked: Vec::new() });
}

#[test]
fn redriving_takes_the_failed_one_then_those_behind_then_live_ones() {
    let mut desk = desk("aaa");
    desk.begin(1).expect("right");
    end(&mut desk, Outcome::Permanent);
    assert!(!desk.redrive(2), "one behind can't be redriven alone");
    assert!(desk.redrive(1));
    assert!(!desk.redrive(1), "it is redriven already");
    for at in [1, 2, 3] {
        assert_eq!(desk.begin(9).expect("right"), [at]);
        assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0]);
        desk.append("a");
        desk.read();
        end(&mut desk, Outcome::Done);
    }
    assert_eq!(desk.begin(9).expect("right"), [4]);
    end(&mut desk, Outcome::Done);
    desk.settle().expect("all is handled");
    assert_eq!(desk.handled.len(), 6);
}

#[test]
fn what_is_redriven_in_vain_stays_parked_and_can_be_redriven_again() {
    let mut desk = desk("ab");
    desk.begin(1).expect("right");
    end(&mut desk, Outcome::Permanent);
    assert!(desk.redrive(1));
    desk.begin(1).expect("right");
    let due = Timestamp(1_000);
    assert_eq!(end(&mut desk, Outcome::Transient), Settled::Retry { attempts: 1, due });
    assert_eq!(desk.delivery.retrying(), 1);
    desk.begin(1).expect("right");
    end(&mut desk, Outcome::Done);
    assert_eq!(desk.delivery.next_due(), Some(due));
    desk.now = due;
    desk.begin(1).expect("right");
    let settled = end(&mut desk, Outcome::Permanent);
    assert_eq!(settled, Settled::Parked { attempts: 2, blocked: Vec::new() });
    desk.append("a");
    assert_eq!(desk.read(), Some(Offered::Blocked { behind: Position(1) }));
    assert!(desk.redrive(1));
}

#[test]
fn discarding_lets_those_behind_go_on_but_not_beside_an_attempt() {
    let mut desk = desk("aa");
    desk.begin(1).expect("right");
    end(&mut desk, Outcome::Permanent);
    assert!(desk.redrive(1));
    desk.begin(1).expect("right");
    assert!(desk.delivery.redrives("a") && !desk.delivery.redrives("b"));
    desk.discard(1);
    assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0]);
    end(&mut desk, Outcome::Transient);
    desk.discard(1);
    assert_eq!(desk.begin(9).expect("right"), [2]);
}

#[test]
fn an_attempt_whose_letter_was_resolved_meanwhile_says_nothing_of_the_next() {
    let key = "a".into();
    for permanent in [false, true] {
        let mut delivery = Delivery::new(POLICY, Position(2));
        delivery.remember_parked("a".into(), Position(1));
        assert!(delivery.redrive(&key, Position(1)));
        let attempt = delivery.due(Timestamp(0), 1).remove(0);
        delivery.resolved(&key, Some(Position(2)));
        assert!(delivery.redrive(&key, Position(2)));
        let settled = match permanent {
            true => delivery.permanent(&attempt),
            false => delivery.transient(&attempt, Timestamp(0), 0, 0),
        };
        assert_eq!(settled, Settled::Done);
        assert_eq!(delivery.due(Timestamp(0), 9)[0].position, Position(2));
    }
}

#[test]
fn after_a_crash_the_rows_say_where_it_goes_on() {
    let mut desk = desk("baab");
    desk.begin(9).expect("right");
    end(&mut desk, Outcome::Transient);
    end(&mut desk, Outcome::Permanent);
    desk.commit().expect("right");
    assert_eq!(desk.rows.checkpoint, Position(0));
    desk.crash();
    assert_eq!(desk.read(), Some(Offered::Accepted));
    assert_eq!(desk.delivery.retrying(), 1);
    assert_eq!(desk.delivery.next_due(), Some(Timestamp(1_000)));
    assert_eq!(desk.read(), Some(Offered::Known));
    assert_eq!(desk.read(), Some(Offered::Known));
    assert_eq!(desk.read(), Some(Offered::Accepted));
    assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0]);
    desk.now = Timestamp(1_000);
    assert_eq!(desk.begin(9).expect("right"), [1]);
    let due = Timestamp(3_000);
    assert_eq!(end(&mut desk, Outcome::Transient), Settled::Retry { attempts: 2, due });
}

#[test]
fn what_was_done_before_the_failed_one_does_not_end_up_behind_it() {
    let mut desk = desk("baa");
    desk.begin(9).expect("right");
    end(&mut desk, Outcome::Transient);
    end(&mut desk, Outcome::Done);
    desk.begin(9).expect("right");
    end(&mut desk, Outcome::Permanent);
    desk.commit().expect("right");
    desk.crash();
    assert_eq!(desk.read(), Some(Offered::Accepted));
    assert_eq!(desk.read(), Some(Offered::Accepted), "2 isn't behind 3");
    assert_eq!(desk.failed(), [Position(3)]);
    assert!(desk.redrive(3));
    assert_eq!(desk.begin(9).expect("right"), [2], "first the earlier one");
    assert_eq!(desk.delivery.next_due(), Some(Timestamp(1_000)), "3 waits for it");
    end(&mut desk, Outcome::Done);
    assert_eq!(desk.begin(9).expect("right"), [] as [u64; 0], "what is before 3 isn't all read");
    assert_eq!(desk.delivery.next_due(), Some(Timestamp(1_000)));
    assert_eq!(desk.read(), Some(Offered::Known));
    assert_eq!(desk.begin(9).expect("right"), [3]);
    end(&mut desk, Outcome::Done);
    desk.settle().expect("all is handled");
}

#[test]
fn a_crash_between_two_letters_of_a_key_does_not_end_its_redriving() {
    let mut desk = desk("aa");
    desk.begin(9).expect("right");
    end(&mut desk, Outcome::Permanent);
    desk.redrive(1);
    desk.begin(9).expect("right");
    end(&mut desk, Outcome::Done);
    desk.commit().expect("right");
    desk.crash();
    assert_eq!(desk.begin(9).expect("right"), [2]);
}

#[test]
fn events_that_nobody_minds_move_the_checkpoint() {
    let mut delivery = Delivery::new(POLICY, Position(3));
    assert_eq!((delivery.checkpoint(), delivery.reached()), (Position(3), Position(3)));
    delivery.read_to(Position(9));
    delivery.read_to(Position(5));
    assert_eq!((delivery.checkpoint(), delivery.reached()), (Position(9), Position(9)));
    assert_eq!(delivery.offer(Position(11), &"a".into()), Offered::Accepted);
    assert_eq!(delivery.offer(Position(11), &"a".into()), Offered::Known);
    assert_eq!((delivery.checkpoint(), delivery.reached()), (Position(10), Position(11)));
}

#[test]
fn the_other_side_may_ask_for_an_hour_and_no_more() {
    let mut delivery = Delivery::new(POLICY, Position(0));
    for (position, asked) in [(1, 3_600_000_000), (2, 3_600_000_001), (3, i64::MAX)] {
        let key = position.to_string().as_str().into();
        assert_eq!(delivery.offer(Position(position), &key), Offered::Accepted);
        let attempt = delivery.due(Timestamp(0), 1).remove(0);
        let settled = delivery.transient(&attempt, Timestamp(5), u64::MAX, asked);
        let due = Timestamp(3_600_000_005);
        assert_eq!(settled, Settled::Retry { attempts: 1, due });
    }
}

#[test]
fn a_letter_of_before_is_known_until_its_event_has_come_by() {
    let mut delivery = Delivery::new(POLICY, Position(1));
    delivery.remember_letter(Position(1));
    delivery.remember_letter(Position(3));
    let known = |delivery: &Delivery| [1, 2, 3].map(|at| delivery.knows(Position(at)));
    // What lies at or below the checkpoint never comes by.
    assert_eq!(known(&delivery), [false, false, true]);
    assert_eq!(delivery.offer(Position(3), &"a".into()), Offered::Known);
    assert_eq!(known(&delivery), [false, false, false]);
}

#[test]
fn events_that_something_else_keeps_hold_no_checkpoint() {
    let mut delivery = Delivery::new(POLICY, Position(0));
    for (position, key) in [(2, "a"), (4, "b"), (6, "c")] {
        assert_eq!(delivery.offer(Position(position), &key.into()), Offered::Accepted);
    }
    let beside = |kept: &[u64]| delivery.checkpoint_beside(|at| kept.contains(&at.0));
    assert_eq!(beside(&[]), delivery.checkpoint());
    assert_eq!(beside(&[2]), Position(3));
    assert_eq!(beside(&[4]), Position(1));
    assert_eq!(beside(&[2, 4, 6]), Position(6));
}
