//! Which units go without being judged.

use annals_conformance::{event, row_write, stream, table};
use annals_core::EventType;
use annals_runtime::ports::{CheckpointWrite, Criterion, RowWrite};

use super::*;
use crate::tables::Declared;

fn append(id: &str, expected: Expected, events: u64) -> Unit {
    let events = (1..=events).map(|number| event("OrderPlaced.v1", number)).collect();
    let appends = vec![Append { stream: stream(id), expected, events }];
    Unit { appends, ..Unit::default() }
}

/// What an engine may know.
#[derive(Default)]
struct Engine {
    streams: Streams,
    types: KnownTypes,
    tables: Tables,
}

impl Engine {
    fn known(&self) -> Known<'_, '_> {
        Known { streams: &self.streams, types: &self.types, tables: &self.tables }
    }
}

/// One type is listed, there is one table, and the stream `a` is known to have the version 3.
fn engine() -> Engine {
    let Engine { mut streams, mut types, tables } = Engine::default();
    let declared = Declared::new(table("summary"));
    tables.write().unwrap().insert("summary".to_owned(), declared.into());
    streams.put(&stream("a"), Version(3));
    types.extend([(EventType::new("OrderPlaced", 1), stream("a").aggregate)]);
    Engine { streams, types, tables }
}

#[test]
fn a_call_is_laid_out_as_it_will_be_committed() {
    let engine = engine();
    let exactly = |version| Expected::Exactly(Version(version));
    let units = [
        append("a", exactly(3), 2),
        append("b", Expected::Empty, 1),
        append("a", exactly(5), 1),
        append("c", exactly(9), 1),
        append("a", Expected::Any, 1),
    ];
    let units: Vec<&Unit> = units.iter().collect();
    let call = Extension::of(&units, engine.known()).unwrap();
    assert_eq!(call.s_id, ["a", "b", "c"]);
    assert_eq!(call.e_stream, [1, 1, 2, 1, 3, 1]);
    assert_eq!(call.e_version, [4, 5, 1, 6, 10, 7]);
    // Only what isn't known is asked.
    assert_eq!((&*call.c_stream, &*call.c_version), (&[3][..], &[9][..]));
    let committed = call.committed(&units);
    let first: Vec<_> = committed.iter().map(|it| (it.appends[0].0.0, it.appends[0].1.0)).collect();
    assert_eq!(first, [(1, 4), (3, 1), (4, 6), (5, 10), (6, 7)]);
}

fn checkpoint(expected: u64, position: u64) -> CheckpointWrite {
    CheckpointWrite {
        consumer: "it".into(),
        expected: Position(expected),
        position: Position(position),
        fingerprint: "1".into(),
    }
}

#[test]
fn what_consumers_bring_is_laid_out_beside_commands() {
    let engine = engine();
    let at = |position, write| RowWrite { position: Some(Position(position)), ..write };
    let consumed = Unit {
        checkpoint: Some(checkpoint(7, 9)),
        rows: vec![at(8, row_write("r", 1)), at(9, row_write("s", 2))],
        retries_done: vec![("it".into(), Position(8))],
        requests_done: vec![3],
        ..Unit::default()
    };
    let mut own = append("a", Expected::Exactly(Version(3)), 2);
    own.rows = vec![row_write("r", 4)];
    let units = [append("b", Expected::Empty, 1), consumed, own];
    let units: Vec<&Unit> = units.iter().collect();
    let call = Extension::of(&units, engine.known()).unwrap();
    let books = &call.books;
    assert_eq!(
        (&*books.k_consumer, &*books.k_expected, &*books.k_position),
        (&["it"][..], &[7][..], &[9][..])
    );
    assert_eq!(books.b_kind, ["retry_done", "request_done"]);
    // A row is written once, as it is last: by the third event of the call.
    assert_eq!(call.r_table, ["summary", "summary"]);
    assert_eq!(call.r_position, [None, Some(9)]);
    assert_eq!(call.r_event, [3, 1]);
    assert!(call.r_json[0].contains('4'), "{}", call.r_json[0]);
    let committed = call.committed(&units);
    assert_eq!(committed.iter().map(|it| it.appends.len()).collect::<Vec<_>>(), [1, 0, 1]);
}

fn tagged(id: &str, tag: &str) -> Unit {
    let mut unit = append(id, Expected::Empty, 1);
    unit.appends[0].events[0].tags = [tag.into()].into();
    unit
}

fn on_none_of(tags: &[&str]) -> Condition {
    let tags = tags.iter().map(|&tag| tag.into()).collect();
    Condition { none_of: vec![Criterion { names: vec![], tags }], after: Position(4) }
}

#[test]
fn conditions_that_no_unit_before_breaks_are_left_to_the_server() {
    let engine = engine();
    let is_laid_out = |units: &[Unit]| {
        let units: Vec<&Unit> = units.iter().collect();
        Extension::of(&units, engine.known()).map(|call| call.criteria.len())
    };
    let on = |condition, unit| Unit { condition: Some(condition), ..unit };
    let own = on(on_none_of(&["seat:1"]), tagged("b", "seat:1"));
    assert_eq!(is_laid_out(&[tagged("c", "seat:2"), own.clone()]), Some(1));
    assert_eq!(is_laid_out(&[tagged("c", "seat:1"), own.clone()]), None);
    assert_eq!(is_laid_out(&[own.clone(), tagged("c", "seat:1")]), Some(1));
    let any = on(on_none_of(&[]), tagged("b", "seat:1"));
    assert_eq!(is_laid_out(&[tagged("c", "seat:2"), any]), None);
    assert_eq!(is_laid_out(&[on(Condition::default(), own)]), Some(0));
}

#[test]
fn a_row_is_folded_on_what_was_read_or_on_what_the_call_leaves() {
    let engine = engine();
    // The log ends at 40, it is believed.
    let folded = |id: &str, key: &str, read: u64| {
        let row = RowWrite { read: Some(Position(read)), ..row_write(key, 1) };
        let rows_on = (read > 40).then_some(Position(40));
        Unit { rows: vec![row], rows_on, ..append(id, Expected::Empty, 2) }
    };
    let laid_out = |units: &[Unit]| {
        let units: Vec<&Unit> = units.iter().collect();
        let call = Extension::of(&units, engine.known())?;
        Some((call.d_key, call.d_read, call.r_event))
    };
    // `r` is left at 42 by the first unit and at 46 by the third.
    let chained = [folded("b", "r", 7), folded("c", "s", 0), folded("d", "r", 42)];
    let read = (vec!["r".to_owned(), "s".to_owned()], vec![7, 0], vec![6, 4]);
    assert_eq!(laid_out(&chained), Some(read));
    let [first, second, third] = chained;
    let apart = (vec!["s".to_owned(), "r".to_owned()], vec![0, 7], vec![2, 4]);
    assert_eq!(laid_out(&[second.clone(), first.clone()]), Some(apart));
    // What was to leave it isn't there, comes otherwise, or was never said to be in the call.
    assert_eq!(laid_out(std::slice::from_ref(&third)), None);
    assert_eq!(laid_out(&[first.clone(), folded("e", "r", 43)]), None);
    let unsaid = Unit { rows_on: None, ..third };
    assert_eq!(laid_out(&[first.clone(), unsaid]), None);
    // What a unit writes twice it has read once; what a consumer left is known.
    let mut twice = first;
    twice.rows.push(RowWrite { read: Some(Position(9)), ..row_write("r", 2) });
    let once = (vec!["r".to_owned()], vec![7], vec![2]);
    assert_eq!(laid_out(&[twice]), Some(once));
    let consumed = RowWrite { position: Some(Position(30)), ..row_write("r", 1) };
    let consumed = Unit { rows: vec![consumed], ..Unit::default() };
    assert_eq!(laid_out(&[consumed.clone(), folded("e", "r", 29)]), None);
    assert!(laid_out(&[consumed, folded("e", "r", 30)]).is_some());
}

#[test]
fn what_has_to_be_judged_is_left_to_be_judged() {
    let engine = engine();
    let plain = || append("a", Expected::Exactly(Version(3)), 1);
    let is_plain = |units: &[Unit]| {
        let units: Vec<&Unit> = units.iter().collect();
        Extension::of(&units, engine.known()).is_some()
    };
    assert!(is_plain(&[plain()]));
    let mut other_type = plain();
    other_type.appends[0].events[0] = event("OrderPaid.v1", 1);
    let mut large = plain();
    large.appends[0].events[0].data = vec![b'x'; 17 << 20].into();
    let judged = [
        append("a", Expected::Exactly(Version(2)), 1),
        append("a", Expected::Empty, 1),
        append("b", Expected::Any, 1),
        append("b", Expected::Exists, 1),
        Unit { checkpoint: Some(checkpoint(0, 1)), ..plain() },
        Unit { reset: Some("it".into()), ..plain() },
        Unit {
            rows: vec![RowWrite { projection: "other".into(), ..row_write("r", 1) }],
            ..plain()
        },
        Unit { rows: vec![row_write("r", 1)], ..Unit::default() },
        other_type,
        large,
    ];
    for unit in judged {
        assert!(!is_plain(&[append("z", Expected::Empty, 1), unit.clone()]), "{unit:?}");
    }
    // The same stream at the same version twice, a consumer's checkpoint, the same command.
    assert!(!is_plain(&[plain(), plain()]));
    let moved = |from| Unit { checkpoint: Some(checkpoint(from, from + 1)), ..Unit::default() };
    assert!(is_plain(&[moved(1)]));
    assert!(!is_plain(&[moved(1), moved(2)]));
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
