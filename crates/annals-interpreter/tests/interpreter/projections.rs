//! Events folded into rows, and rows read back.

use annals_core::{Cell, EventView, Failure, Row};
use serde_json::{Value as Json, json};

use crate::common::{ORDER, World, lab, orders, recorded, stream};

/// Folds the events of one stream, all into one row, and tells each row.
fn folded(world: &World, name: &str, id: (&str, &str), events: &[(&str, Json)]) -> String {
    let projection = world.projection(name);
    let mut rows = vec![told(world, name, None)];
    let mut row: Option<Row> = None;
    for (index, (type_, data)) in events.iter().enumerate() {
        let event = recorded(&stream(id.0, id.1), type_, data, index as u64 + 1);
        let view = EventView::from(&event);
        let key = projection.key(&view).expect("it has a key");
        row = Some(projection.fold(&key, row.as_ref(), &view).expect("it folds"));
        assert_eq!(row.as_ref().unwrap()[projection.table().key], key);
        rows.push(format!("{type_}\n{}", told(world, name, row.as_ref())));
    }
    rows.join("\n")
}

/// A row, one column a line; the table itself without one.
fn told(world: &World, name: &str, row: Option<&Row>) -> String {
    let table = world.projection(name).table();
    let columns = table.columns.iter().enumerate().map(|(index, column)| match row {
        Some(row) => format!("  {}: {:?}", column.name, row[index]),
        None => {
            let key = if index == table.key { ", the key" } else { "" };
            let optional = if column.optional { ", optional" } else { "" };
            format!("  {}: {:?}{optional}{key}", column.name, column.type_)
        }
    });
    columns.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_summary_of_an_order() {
    let address = json!({ "street": "a", "city": "b", "country": "NO" });
    let events = [
        ("OrderCreated.v2", json!({ "customer_id": ORDER, "shipping_address": address })),
        ("OrderPlaced.v1", json!({ "lines": [], "total_cents": 3000, "country": "NO" })),
        ("OrderCompleted.v1", json!({ "lines": [] })),
        ("OrderCancelled.v1", json!({ "reason": "why" })),
    ];
    insta::assert_snapshot!(folded(&orders(), "orders_summary", ("Order", ORDER), &events));
}

#[test]
fn a_day_of_orders() {
    let placed = ("OrderPlaced.v1", json!({ "lines": [], "total_cents": 3000, "country": "NO" }));
    let events = [placed.clone(), placed];
    insta::assert_snapshot!(folded(&orders(), "placed_by_day", ("Order", ORDER), &events));
}

#[test]
fn every_type_of_column() {
    let reading = |celsius: f64| {
        let at = "2026-01-31T00:00:00.123456Z";
        ("ReadingTaken.v1", json!({ "at": at, "celsius": celsius, "note": "é\"\\" }))
    };
    let observed = json!({ "by": null, "day": "2026-01-30", "wait": "90s", "after": null });
    let events = [reading(20.5), reading(-0.1), ("Observed.v3", observed)];
    insta::assert_snapshot!(folded(&lab(), "probes", ("Probe", "7"), &events));
}

#[test]
fn all_that_is_known_of_an_event() {
    let observed = ("Observed.v1", json!({}));
    let events = [observed.clone(), observed];
    insta::assert_snapshot!(folded(&lab(), "by_date", ("Probe", "7"), &events));
}

#[test]
fn a_projection_says_what_it_reads() {
    let (orders, lab) = (orders(), lab());
    let summary = orders.projection("orders_summary");
    assert!(!summary.immediate());
    let read: Vec<&str> = summary.reads().iter().map(|name| &**name).collect();
    assert_eq!(read, ["OrderCreated", "OrderPlaced", "OrderCompleted", "OrderCancelled"]);
    assert!(lab.projection("probes").immediate());
}

#[test]
fn a_column_outside_its_limits_fails_at_its_place() {
    let world = lab();
    let data = json!({ "day": "mon", "amount": 11 });
    let event = recorded(&stream("Probe", "7"), "Counted.v1", &data, 1);
    let view = EventView::from(&event);
    let failure = world.projection("days").fold(&Cell::Text("mon".into()), None, &view);
    insta::assert_snapshot!(failure.unwrap_err());
}

#[test]
fn a_damaged_row_is_refused() {
    let world = orders();
    let event = recorded(&stream("Order", ORDER), "OrderCancelled.v1", &json!({ "reason": "" }), 1);
    let key = Cell::Text(ORDER.into());
    let null = Cell::Null;
    let row = vec![key.clone(), null.clone(), Cell::Int(1), Cell::Int(0), null.clone(), null];
    let projection = world.projection("orders_summary");
    let fold = |row: &Row| projection.fold(&key, Some(row), &EventView::from(&event));
    insta::assert_snapshot!(fold(&row).unwrap_err());
    assert!(matches!(fold(&row[..2].to_vec()), Err(Failure::Decoding { .. })));
}

#[test]
fn keys_are_read_by_the_type_of_their_column() {
    let (orders, lab) = (orders(), lab());
    let key = |world: &World, name: &str, text: &str| match world.projection(name).parse_key(text) {
        Ok(cell) => format!("{cell:?}"),
        Err(failure) => failure.to_string(),
    };
    assert_eq!(
        key(&orders, "orders_summary", &ORDER.to_uppercase()),
        format!("{:?}", Cell::Text(ORDER.into()))
    );
    let table = [
        key(&orders, "orders_summary", "o1"),
        key(&orders, "placed_by_day", "2026-01-31"),
        key(&orders, "placed_by_day", "yesterday"),
        key(&lab, "probes", "7"),
        key(&lab, "probes", "1000"),
        key(&lab, "probes", "seven"),
        // An id is in composed form, any other text is what events hold.
        key(&lab, "shelves", "e\u{301}"),
        key(&lab, "days", "e\u{301}"),
    ];
    insta::assert_snapshot!(table.join("\n"), @r#"
    invalid input: /key: 'o1' is no uuid
    Date(20484)
    invalid input: /key: must be a date as in 2026-01-31, is "yesterday"
    Int(7)
    invalid input: /key: must be at most 999
    invalid input: /key: 'seven' is no int
    Text("é")
    Text("e\u{301}")
    "#);
}
