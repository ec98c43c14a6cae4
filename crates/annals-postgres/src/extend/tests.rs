//! Which units go without being judged.

use annals_conformance::{event, stream};
use annals_core::EventType;
use annals_runtime::ports::{CheckpointWrite, Condition};

use super::*;

fn append(id: &str, expected: Expected, events: u64) -> Unit {
    let events = (1..=events).map(|number| event("OrderPlaced.v1", number)).collect();
    let appends = vec![Append { stream: stream(id), expected, events }];
    Unit { appends, ..Unit::default() }
}

/// One type is listed, and the stream `a` is known to have the version 3.
fn known() -> (Streams, KnownTypes) {
    let (mut streams, mut types) = (Streams::default(), KnownTypes::default());
    streams.put(&stream("a"), Version(3));
    types.extend([(EventType::new("OrderPlaced", 1), stream("a").aggregate)]);
    (streams, types)
}

#[test]
fn a_call_is_laid_out_as_it_will_be_committed() {
    let (streams, types) = known();
    let exactly = |version| Expected::Exactly(Version(version));
    let units = [
        append("a", exactly(3), 2),
        append("b", Expected::Empty, 1),
        append("a", exactly(5), 1),
        append("c", exactly(9), 1),
        append("a", Expected::Any, 1),
    ];
    let units: Vec<&Unit> = units.iter().collect();
    let call = Extension::of(&units, &streams, &types).unwrap();
    assert_eq!(call.s_id, ["a", "b", "c"]);
    assert_eq!(call.e_stream, [1, 1, 2, 1, 3, 1]);
    assert_eq!(call.e_version, [4, 5, 1, 6, 10, 7]);
    // Only what isn't known is asked.
    assert_eq!((&*call.c_stream, &*call.c_version), (&[3][..], &[9][..]));
    let committed = call.committed(&units);
    let first: Vec<_> = committed.iter().map(|it| (it.appends[0].0.0, it.appends[0].1.0)).collect();
    assert_eq!(first, [(1, 4), (3, 1), (4, 6), (5, 10), (6, 7)]);
}

#[test]
fn what_has_to_be_judged_is_left_to_be_judged() {
    let (streams, types) = known();
    let plain = || append("a", Expected::Exactly(Version(3)), 1);
    let is_plain = |units: &[Unit]| {
        let units: Vec<&Unit> = units.iter().collect();
        Extension::of(&units, &streams, &types).is_some()
    };
    assert!(is_plain(&[plain()]));
    let checkpoint = CheckpointWrite {
        consumer: "it".into(),
        expected: Position(0),
        position: Position(1),
        fingerprint: "1".into(),
    };
    let mut other_type = plain();
    other_type.appends[0].events[0] = event("OrderPaid.v1", 1);
    let mut large = plain();
    large.appends[0].events[0].data = vec![b'x'; 17 << 20].into();
    let judged = [
        append("a", Expected::Exactly(Version(2)), 1),
        append("a", Expected::Empty, 1),
        append("b", Expected::Any, 1),
        append("b", Expected::Exists, 1),
        Unit { condition: Some(Condition::default()), ..plain() },
        Unit { checkpoint: Some(checkpoint), ..plain() },
        Unit { reset: Some("it".into()), ..plain() },
        Unit { retries_done: vec![("it".into(), Position(1))], ..plain() },
        Unit { requests_done: vec![1], ..plain() },
        other_type,
        large,
    ];
    for unit in judged {
        assert!(!is_plain(&[append("z", Expected::Empty, 1), unit.clone()]), "{unit:?}");
    }
    // The same stream at the same version twice, the same command twice.
    assert!(!is_plain(&[plain(), plain()]));
    let outcome = OutcomeWrite {
        stream: stream("a"),
        command_id: Uuid::from_u64_pair(1, 1),
        command: "PlaceOrder".into(),
        correlation_id: Uuid::nil(),
        time: annals_core::Timestamp(0),
        request_hash: [7; 32],
        outcome: (*b"{}").into(),
    };
    let rejected = Unit { outcome: Some(outcome), ..Unit::default() };
    assert!(is_plain(std::slice::from_ref(&rejected)));
    assert!(!is_plain(&[rejected.clone(), rejected]));
}
