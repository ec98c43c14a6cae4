//! Laws of delays, ids, streams and times.

use std::collections::HashSet;

use annals_core::ids::{reaction_command, reaction_command_again, saga_command, text_command_id};
use annals_core::{RetryPolicy, StreamId, Timestamp, format_date, parse_date};
use proptest::prelude::*;
use uuid::Uuid;

/// What the language page promises where a file says nothing.
fn policy(max_retries: u32) -> RetryPolicy {
    RetryPolicy { max_retries, base_us: 100_000, cap_us: 30_000_000, exponential: true }
}

proptest! {
    #[test]
    fn a_delay_lies_within_full_jitter(retry in 1_u32..200, random in any::<u64>()) {
        let doubled = 2_i64.checked_pow(retry - 1).and_then(|times| times.checked_mul(100_000));
        let bound = doubled.map_or(30_000_000, |bound| bound.min(30_000_000));
        let delay = policy(200).delay_us(retry, random).expect("a retry is left");
        prop_assert!((0..=bound).contains(&delay), "{delay} of {bound}");
        prop_assert_eq!(policy(200).delay_us(retry, 0), Some(0));
        prop_assert_eq!(policy(200).delay_us(retry, u64::MAX), Some(bound));
        prop_assert_eq!(policy(retry - 1).delay_us(retry, random), None);
        let more = policy(200).delay_us(retry, random.saturating_add(1));
        prop_assert!(Some(delay) <= more);
    }

    #[test]
    fn no_policy_overflows(
        retry in any::<u32>(),
        base_us in any::<i64>(),
        cap_us in any::<i64>(),
        random in any::<u64>(),
    ) {
        let policy = RetryPolicy { max_retries: u32::MAX, base_us, cap_us, exponential: true };
        let delay = policy.delay_us(retry, random);
        prop_assert_eq!(delay.is_some(), retry > 0);
        prop_assert!(delay.is_none_or(|delay| (0..=cap_us.max(0)).contains(&delay)));
    }

    #[test]
    fn times_read_back_and_sort_as_they_are(
        one in -62_167_219_200_000_000_i64..=Timestamp::LAST.0,
        other in -62_167_219_200_000_000_i64..=Timestamp::LAST.0,
    ) {
        let (a, b) = (Timestamp(one).to_string(), Timestamp(other).to_string());
        prop_assert_eq!(Timestamp::parse(&a), Some(Timestamp(one)));
        prop_assert_eq!(a.len(), "2026-01-31T08:30:00.000000Z".len());
        prop_assert_eq!(a.cmp(&b), one.cmp(&other));
    }

    #[test]
    fn dates_read_back(days in -719_528_i32..=2_932_896) {
        prop_assert_eq!(parse_date(&format_date(days)), Some(days));
    }

    /// What stores and brokers carry is JSON text: it must be the number that was decided.
    #[test]
    fn floats_are_read_as_they_were_written(bits in any::<u64>(), unit in 0.0..1_000.0) {
        for float in [f64::from_bits(bits), unit].into_iter().filter(|it| it.is_finite()) {
            let text = serde_json::to_string(&float).expect("it is finite");
            let read: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
            prop_assert_eq!(read.as_f64().map(f64::to_bits), Some(float.to_bits()), "{}", text);
        }
    }

    #[test]
    fn ids_of_different_commands_differ(
        key in "[a-z\u{1f}:]{0,6}", other in "[a-z\u{1f}:]{0,6}", branch in 0_usize..20,
    ) {
        let directions = ["forward", "then", "back", "late", "complete", "fail"];
        let mut ids = HashSet::new();
        let keys: HashSet<&String> = [&key, &other].into_iter().collect();
        let mut count = 0;
        for key in keys {
            for step in ["pay", "ship"] {
                for direction in directions {
                    for branch in [branch, branch + 1] {
                        ids.insert(saga_command("Fulfil", key, step, branch, direction));
                        count += 1;
                    }
                }
            }
            ids.insert(text_command_id(key));
            count += 1;
        }
        for reaction in ["tell", "ship"] {
            for event in [Uuid::from_u128(1), Uuid::from_u128(2)] {
                ids.insert(reaction_command(reaction, event, branch));
                ids.insert(reaction_command(reaction, event, branch + 1));
                ids.insert(reaction_command_again(reaction, event, branch, 1));
                ids.insert(reaction_command_again(reaction, event, branch, 2));
                count += 4;
            }
        }
        prop_assert_eq!(ids.len(), count);
    }
}

/// Ids are stored, and what is sent again must be recognised by a later release: they never change.
#[test]
fn ids_stay_as_they_are() {
    let ids = [
        saga_command("Fulfil", "k", "pay", 0, "forward"),
        reaction_command("tell", Uuid::from_u128(1), 0),
        text_command_id("k"),
        reaction_command_again("tell", Uuid::from_u128(1), 0, 1),
    ];
    insta::assert_debug_snapshot!(ids);
}

#[test]
fn histories_of_sagas_are_told_from_streams_of_aggregates() {
    let history = StreamId::history_of("Fulfil", "k");
    assert_eq!((history.to_string(), history.is_history()), ("saga-Fulfil/k".into(), true));
    assert!(!StreamId::new("Order", "saga-Fulfil").is_history());
}
