//! Read models and the books of consumers.

use std::sync::Arc;

use crate::common::*;
use annals_core::{Cell, Column, ColumnType, Position, Row, Table, Timestamp, Version};
use annals_runtime::ports::{
    Books, CheckpointWrite, Expected, Letter, LetterQuery, LetterStatus, Retry, RowWrite,
    SagaQuery, SagaRow, Timer, Unit,
};
use uuid::Uuid;

fn column(name: &str, type_: ColumnType, optional: bool) -> Column {
    Column { name: name.into(), type_, optional }
}

fn every_type() -> Table {
    let columns = vec![
        column("order", ColumnType::Uuid, false),
        column("paid", ColumnType::Bool, false),
        column("lines", ColumnType::Int, false),
        column("rate", ColumnType::Float, true),
        column("note", ColumnType::Text, false),
        column("at", ColumnType::Time, true),
        column("day", ColumnType::Date, true),
        column("took", ColumnType::Duration, true),
        column("items", ColumnType::Json, false),
    ];
    Table { name: "order_summary".into(), columns, key: 0 }
}

fn full(key: &str) -> Row {
    vec![
        Cell::Text(key.into()),
        Cell::Bool(true),
        Cell::Int(i64::MIN),
        Cell::Float(1.0),
        Cell::Text("quotes ' \" and \u{1} and ünï".into()),
        Cell::Time(-1),
        Cell::Date(20_000),
        Cell::Duration(90_000_000),
        Cell::Json("[1,2]".into()),
    ]
}

fn empty(key: &str) -> Row {
    let null = || Cell::Null;
    let text = || Cell::Text("".into());
    let json = Cell::Json("[]".into());
    let key = Cell::Text(key.into());
    vec![key, Cell::Bool(false), Cell::Int(0), null(), text(), null(), null(), null(), json]
}

fn write(row: Row, read: Option<u64>, position: Option<u64>) -> Unit {
    let write = RowWrite {
        projection: "order_summary".into(),
        key: row[0].clone(),
        row,
        read: read.map(Position),
        position: position.map(Position),
    };
    Unit { rows: vec![write], ..Unit::default() }
}

#[test]
fn rows_come_back_as_written_and_people_can_read_them() {
    let folder = Folder::new();
    let store = folder.open();
    wait(store.prepare("shop", vec![every_type()])).unwrap();
    commit(&store, vec![write(full("b"), Some(0), Some(5)), write(empty("a"), None, Some(6))]);
    let row = wait(store.row("order_summary", &Cell::Text("b".into()))).unwrap();
    assert_eq!(row, Some((full("b"), Position(5))));
    let rows = wait(store.rows("order_summary", None, 10)).unwrap();
    assert_eq!(rows, [(empty("a"), Position(6)), (full("b"), Position(5))]);
    let after = Some(Cell::Text("a".into()));
    assert_eq!(wait(store.rows("order_summary", after, 1)).unwrap().len(), 1);
    insta::assert_snapshot!(sql(&folder.db(), "SELECT * FROM order_summary"));
    let ddl = "SELECT sql FROM sqlite_schema WHERE name = 'order_summary'";
    insta::assert_snapshot!("the_table", sql(&folder.db(), ddl));
    let reader = folder.open_as(annals_sqlite::Mode::ReadOnly);
    assert_eq!(wait(reader.rows("order_summary", None, 10)).unwrap(), rows);
}

#[test]
fn rows_that_moved_or_do_not_fit_refuse_their_unit() {
    let folder = Folder::new();
    let store = folder.open();
    wait(store.prepare("shop", vec![every_type()])).unwrap();
    let with = |at: usize, cell: Cell| {
        let mut row = full("a");
        row[at] = cell;
        write(row, None, Some(1))
    };
    let placed = |unit: Unit, number| Unit {
        appends: append("o1", Expected::Any, vec![event("A.v1", number)]).appends,
        ..unit
    };
    let units = vec![
        placed(write(full("a"), Some(0), None), 1),
        placed(write(full("a"), Some(0), None), 2),
        placed(write(full("a"), Some(1), None), 3),
        write(full("a"), None, None),
        with(1, Cell::Int(1)),
        with(2, Cell::Null),
        with(3, Cell::Float(f64::NAN)),
        with(4, Cell::Text("U+0000: \0".into())),
        with(5, Cell::Time(i64::MAX)),
        write(full("a")[..3].to_vec(), None, Some(1)),
    ];
    insta::assert_snapshot!(lines(&commit(&store, units)));
    let row = wait(store.row("order_summary", &Cell::Text("a".into()))).unwrap();
    assert_eq!(row.map(|(_, position)| position), Some(Position(2)));
}

#[test]
fn tables_follow_their_declaration_and_names_are_checked() {
    let folder = Folder::new();
    let store = folder.open();
    wait(store.prepare("shop", vec![every_type()])).unwrap();
    commit(&store, vec![write(full("a"), None, Some(1))]);
    wait(store.prepare("shop", vec![every_type()])).unwrap();
    assert_eq!(wait(store.rows("order_summary", None, 10)).unwrap().len(), 1, "unchanged: kept");
    let mut changed = every_type();
    changed.columns.pop();
    wait(store.prepare("shop", vec![changed])).unwrap();
    assert_eq!(wait(store.rows("order_summary", None, 10)).unwrap(), []);

    sql(&folder.db(), "CREATE TABLE mine (x)");
    let mut shown = format!("{:?}\n", wait(store.prepare("other", Vec::new())));
    for name in ["mine", "annals_x", "event_store", "Robert\"; DROP TABLE x", "", "é", "sqlite_x"]
    {
        let table = Table { name: name.into(), ..every_type() };
        shown.push_str(&format!("{}\n", wait(store.prepare("shop", vec![table])).unwrap_err()));
    }
    insta::assert_snapshot!(shown);
    assert_eq!(wait(store.prepare("shop", Vec::new())), Ok(()));
}

fn letter(id: u64, status: LetterStatus, changed_at: i64) -> Letter {
    Letter {
        id,
        consumer: "mail".into(),
        key: format!("Order/o{id}").into(),
        position: Position(id * 10),
        event_id: Uuid::from_u64_pair(id, 1),
        event_type: "OrderPlaced.v1".into(),
        status,
        attempts: 3,
        reason: "no answer".into(),
        resolution: None,
        parked_at: Timestamp(1_000_000),
        changed_at: Timestamp(changed_at),
    }
}

#[test]
fn letters_retries_and_timers() {
    let folder = Folder::new();
    let store = folder.open();
    let consumer: Arc<str> = "mail".into();
    let retry = |position, attempts| Retry {
        consumer: consumer.clone(),
        position: Position(position),
        attempts,
        due: Timestamp(i64::MAX),
        reason: "503".into(),
    };
    let timer = |position, due| Timer {
        consumer: consumer.clone(),
        position: Position(position),
        stream: stream("o1"),
        due: Timestamp(due),
    };
    let failed = letter(1, LetterStatus::Failed, 1);
    let unit = Unit {
        letters: vec![failed.clone(), letter(2, LetterStatus::Blocked, 2)],
        retries: vec![retry(9, 0), retry(8, 2)],
        timers: vec![timer(7, 50), timer(6, 90)],
        ..Unit::default()
    };
    let stolen = Letter { consumer: "other".into(), ..failed.clone() };
    let theft = Unit { letters: vec![stolen], ..Unit::default() };
    let shown = lines(&commit(&store, vec![unit, theft]));
    assert_eq!(shown, "committed at \nunstorable: letter 1 is another event's\n");
    assert_eq!(wait(store.retries("mail")).unwrap(), [retry(8, 2), retry(9, 0)]);
    assert_eq!(wait(store.timers("mail")).unwrap(), [timer(7, 50), timer(6, 90)]);

    let redriven = letter(1, LetterStatus::Redriven, 5_000_000);
    let unit = Unit {
        letters: vec![redriven.clone()],
        retries: vec![retry(9, 1)],
        retries_done: vec![(consumer.clone(), Position(8))],
        timers_done: vec![(consumer.clone(), Position(7))],
        ..Unit::default()
    };
    commit(&store, vec![unit]);
    assert_eq!(wait(store.retries("mail")).unwrap(), [retry(9, 1)]);
    assert_eq!(wait(store.timers("mail")).unwrap(), [timer(6, 90)]);
    let ids = |query| {
        let found = wait(store.letters(query)).unwrap();
        found.iter().map(|letter| letter.id).collect::<Vec<u64>>()
    };
    let blocked = vec![LetterStatus::Blocked];
    assert_eq!(ids(LetterQuery::default()), [1, 2]);
    assert_eq!(ids(LetterQuery { after: 1, ..LetterQuery::default() }), [2]);
    assert_eq!(ids(LetterQuery { limit: 1, ..LetterQuery::default() }), [1]);
    assert_eq!(ids(LetterQuery { id: Some(2), ..LetterQuery::default() }), [2]);
    assert_eq!(ids(LetterQuery { statuses: blocked, ..LetterQuery::default() }), [2]);
    let nobody = Some("x".into());
    assert!(ids(LetterQuery { consumer: nobody, ..LetterQuery::default() }).is_empty());
    let key = Some("Order/o1".into());
    let found = wait(store.letters(LetterQuery { key, ..LetterQuery::default() })).unwrap();
    assert_eq!(found, [redriven]);
    // Above the checkpoint it keeps its event from being delivered again.
    assert_eq!(wait(store.purge_letters(Timestamp(5_000_001))).unwrap(), 0);
    let (expected, position) = (Position(0), Position(10));
    let fingerprint = "1".into();
    let checkpoint = Some(CheckpointWrite { consumer, expected, position, fingerprint });
    commit(&store, vec![Unit { checkpoint, ..Unit::default() }]);
    assert_eq!(wait(store.purge_letters(Timestamp(5_000_000))).unwrap(), 0);
    assert_eq!(wait(store.purge_letters(Timestamp(5_000_001))).unwrap(), 1);
    assert_eq!(ids(LetterQuery::default()), [2]);
}

#[test]
fn a_rebuild_starts_from_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    wait(store.prepare("shop", vec![every_type()])).unwrap();
    let checkpoint = |expected, position| {
        Some(CheckpointWrite {
            consumer: "order_summary".into(),
            expected: Position(expected),
            position: Position(position),
            fingerprint: "f".into(),
        })
    };
    let mut parked = letter(1, LetterStatus::Failed, 1);
    parked.consumer = "order_summary".into();
    let unit = Unit { checkpoint: checkpoint(0, 7), ..write(full("a"), None, Some(7)) };
    let reset = Unit {
        checkpoint: checkpoint(7, 0),
        reset: Some("order_summary".into()),
        ..write(full("b"), None, Some(1))
    };
    let others = letter(2, LetterStatus::Failed, 1);
    let verdicts = commit(&store, vec![Unit { letters: vec![parked, others], ..unit }, reset]);
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    let rows = wait(store.rows("order_summary", None, 10)).unwrap();
    assert_eq!(rows, [(full("b"), Position(1))]);
    assert_eq!(wait(store.letters(LetterQuery::default())).unwrap().len(), 1);
    let now = wait(store.checkpoint("order_summary")).unwrap().unwrap();
    assert_eq!((now.position, &*now.fingerprint), (Position(0), "f"));
}

#[test]
fn sagas_by_key_and_what_is_open() {
    let folder = Folder::new();
    let store = folder.open();
    let saga = |key: &str, status: &str, due: Option<i64>| SagaRow {
        saga: "Fulfil".into(),
        key: key.into(),
        status: status.into(),
        failure: "".into(),
        open: status == "running",
        due: due.map(Timestamp),
        version: Version(4),
        fingerprint: "f".into(),
        started_at: Timestamp(1),
        changed_at: Timestamp(2),
        state: (*b"{}").into(),
    };
    let rows = vec![saga("b", "running", Some(9)), saga("a", "completed", None)];
    commit(&store, vec![Unit { sagas: rows.clone(), ..Unit::default() }]);
    let base = || SagaQuery { saga: "Fulfil".into(), ..SagaQuery::default() };
    let ask = |query| wait(store.sagas(query)).unwrap();
    assert_eq!(ask(base()), [rows[1].clone(), rows[0].clone()]);
    assert_eq!(ask(SagaQuery { open: true, ..base() }), [rows[0].clone()]);
    assert_eq!(ask(SagaQuery { after: Some("a".into()), ..base() }), [rows[0].clone()]);
    assert_eq!(ask(SagaQuery { key: Some("a".into()), ..base() }), [rows[1].clone()]);
    assert_eq!(ask(SagaQuery { status: Some("completed".into()), ..base() }), [rows[1].clone()]);
    assert_eq!(ask(SagaQuery { limit: 1, ..base() }), [rows[1].clone()]);
    assert_eq!(ask(SagaQuery { saga: "Other".into(), ..SagaQuery::default() }), []);
    let plan = "EXPLAIN QUERY PLAN SELECT * FROM annals_sagas \
                WHERE saga = 'Fulfil' AND open = 1 ORDER BY key LIMIT 5";
    let plan = sql(&folder.db(), plan);
    assert!(plan.contains("annals_sagas_open") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn facts_and_stored_types() {
    let folder = Folder::new();
    let store = folder.open();
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    wait(store.remember(vec![fact("b", "1"), fact("a", "2")])).unwrap();
    wait(store.remember(vec![fact("b", "3")])).unwrap();
    assert_eq!(wait(store.facts()).unwrap(), [fact("a", "2"), fact("b", "3")]);
    let events = vec![event("B.v1", 1), event("A.v2", 2), event("B.v1", 3)];
    commit(&store, vec![append("o1", Expected::Any, events)]);
    let types = wait(store.stored_types()).unwrap();
    assert_eq!(types, [("A.v2".to_owned(), Position(2)), ("B.v1".to_owned(), Position(1))]);
}
