//! Values and their JSON: what is written is read again, what is wrong is said with its place.

use annals_expression::{
    IntLimits, Key, Pattern, TextLimits, Type, Unknown, Value, format_date, format_duration,
    format_time, parse_date, parse_duration, parse_time,
};
use proptest::collection::btree_set;
use proptest::prelude::*;
use serde_json::json;

fn type_and_value() -> impl Strategy<Value = (Type, Value)> {
    typed(3)
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |float| float.is_finite())
}

fn typed(depth: u32) -> BoxedStrategy<(Type, Value)> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|v| (Type::Bool, Value::Bool(v))),
        any::<i64>().prop_map(|v| (Type::int(), Value::Int(v))),
        finite().prop_map(|v| (Type::Float, Value::Float(v))),
        any::<String>().prop_map(|v| (Type::text(), Value::text(v))),
        any::<u128>().prop_map(|v| {
            (Type::Uuid, Value::text(uuid::Uuid::from_u128(v).hyphenated().to_string()))
        }),
        (-62_135_596_800_000_000i64..=253_402_300_799_999_999)
            .prop_map(|v| (Type::Time, Value::Time(v))),
        prop_oneof![3 => -719_162i32..=2_932_896, 1 => 2_932_800..=2_932_896, 1 => Just(-719_162)]
            .prop_map(|v| (Type::Date, Value::Date(v))),
        (-9_223_372_036_854_775i64..=9_223_372_036_854_775)
            .prop_map(|v| (Type::Duration, Value::Duration(v))),
        Just((Type::enumeration(&["a", "b c"], None), Value::text("b c"))),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = move || typed(depth - 1);
    prop_oneof![
        2 => leaf,
        1 => below().prop_map(|(t, v)| (Type::optional(t), v)),
        1 => below().prop_map(|(t, _)| (Type::optional(t), Value::Null)),
        1 => (below(), 0usize..4).prop_map(|((t, v), n)| {
            (Type::list(t, Some(4)), Value::list(vec![v; n]))
        }),
        1 => (below(), btree_set(any::<i64>(), 0..3)).prop_map(|((t, v), keys)| {
            let entries = keys.into_iter().map(|key| (Key::Int(key), v.clone()));
            (Type::map(Type::int(), t, None), Value::map(entries))
        }),
        1 => (below(), btree_set(any::<String>(), 0..3)).prop_map(|((t, v), keys)| {
            let entries = keys.into_iter().map(|key| (Key::Text(key.into()), v.clone()));
            (Type::map(Type::text(), t, None), Value::map(entries))
        }),
        1 => prop::collection::vec(below(), 0..4).prop_map(|fields| {
            let name = |at: usize| format!("f{at}/~{at}");
            let types = fields.iter().enumerate().map(|(at, (t, _))| (name(at), t.clone()));
            let values = fields.iter().enumerate().map(|(at, (_, v))| (name(at), v.clone()));
            (Type::record(types), Value::record(values))
        }),
    ]
    .boxed()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() }
}

/// Times, dates and durations, and texts that are nearly one.
const TEMPORAL: &str = "[0-9]{4}-[01][0-9]-[0-3][0-9]\
    (T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-][01][0-9]:[0-5][0-9]))?\
    |-?([0-9]{1,6}(d|h|m|s|ms|us)){1,3}";

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read((type_, value) in type_and_value()) {
        // Through text, as it is stored, so that numbers take the way that they really take.
        let json = serde_json::from_str(&value.to_json().to_string()).expect("JSON");
        prop_assert_eq!(type_.decode(&json, Unknown::Refuse), Ok(value.clone()));
        prop_assert_eq!(type_.decode(&json, Unknown::Ignore), Ok(value.clone()));
        prop_assert_eq!(type_.validate(&value), Ok(()));
        prop_assert!(type_.admits(&type_));
    }

    #[test]
    fn times_dates_and_durations_are_read_as_written(text in TEMPORAL) {
        let again = |micros| (Some(micros), parse_time(&format_time(micros)));
        let times = parse_time(&text).map(again);
        let again = |micros| (Some(micros), parse_duration(&format_duration(micros)));
        let durations = parse_duration(&text).map(again);
        for (once, twice) in times.into_iter().chain(durations) {
            prop_assert_eq!(once, twice);
        }
        if let Some(days) = parse_date(&text) {
            prop_assert_eq!(parse_date(&format_date(days)), Some(days));
        }
    }
}

fn order() -> Type {
    let quantity = Type::Int(IntLimits { min: Some(1), max: Some(10) });
    let code = Pattern::new("^[A-Z]+$").expect("a pattern");
    let code = Type::Text(TextLimits { max: Some(4), pattern: Some(code) });
    let line = Type::named("Line", [("quantity", quantity), ("code", code)]);
    Type::named(
        "Order",
        [
            ("id", Type::Uuid),
            ("lines", Type::list(line, Some(2))),
            ("note", Type::optional(Type::text())),
            ("rate", Type::Float),
            ("status", Type::enumeration(&["open", "paid"], Some("open"))),
            ("at", Type::Time),
            ("day", Type::Date),
            ("wait", Type::Duration),
            ("stock", Type::map(Type::int(), Type::Bool, Some(2))),
            ("owners", Type::map(Type::Uuid, Type::text(), None)),
        ],
    )
}

fn good() -> serde_json::Value {
    json!({
        "id": "018F3B4A-0000-7000-8000-00000000000A",
        "lines": [{ "quantity": 1, "code": "AB" }, { "quantity": 10, "code": "ABCD" }],
        "rate": 1,
        "status": "paid",
        "at": "2026-01-31T12:00:00.5+01:00",
        "day": "2026-01-31",
        "wait": "1h30m",
        "stock": { "7": true },
        "owners": { "018F3B4A-0000-7000-8000-00000000000A": "me" },
    })
}

#[test]
fn input_is_put_into_its_canonical_form() {
    let value = order().decode(&good(), Unknown::Refuse).expect("good input");
    insta::assert_snapshot!(serde_json::to_string_pretty(&value.to_json()).expect("JSON"));
}

#[test]
fn every_violation_has_its_place() {
    let bad = json!({
        "id": "018f3b4a000070008000000000000001",
        "lines": [
            { "quantity": 0, "code": "ABCDE" },
            { "quantity": 11, "code": "ab" },
            { "quantity": 1.5, "code": 7, "price": 1 },
        ],
        "note": 3,
        "rate": "1",
        "status": "payed",
        "at": "2026-01-31T12:00:00",
        "day": "2026-02-30",
        "wait": "1 hour",
        "stock": { "x": true, "07": true, "1": 0 },
        "a/b~c": null,
    });
    insta::assert_snapshot!("wrong_forms", listed(&order(), &bad, Unknown::Refuse));
    insta::assert_snapshot!("wrong_forms_in_stored_data", listed(&order(), &bad, Unknown::Ignore));
    let mut limits = good();
    limits["lines"] = json!([
        { "quantity": 0, "code": "ABCDE" },
        { "quantity": 11, "code": "ab" },
        { "quantity": 1, "code": "A" },
    ]);
    limits["status"] = json!("payed");
    limits["stock"] = json!({ "1": true, "2": true, "3": false });
    insta::assert_snapshot!("outside_limits", listed(&order(), &limits, Unknown::Refuse));
    assert!(order().decode(&limits, Unknown::Ignore).is_ok(), "stored data isn't held to limits");
    let mut more = good();
    more["price"] = json!(1);
    insta::assert_snapshot!("unknown_field", listed(&order(), &more, Unknown::Refuse));
    assert_eq!(order().decode(&more, Unknown::Ignore), order().decode(&good(), Unknown::Refuse));
    insta::assert_snapshot!("no_object", listed(&order(), &json!([1]), Unknown::Refuse));
    insta::assert_snapshot!("null", listed(&Type::int(), &json!(null), Unknown::Refuse));
}

fn listed(type_: &Type, json: &serde_json::Value, mode: Unknown) -> String {
    let violations = type_.decode(json, mode).expect_err("bad input");
    violations.iter().map(|v| format!("{:18} {}\n", v.pointer, v.reason)).collect()
}

#[test]
fn values_of_another_type_are_violations() {
    let cases = [
        (Type::int(), Value::text("1")),
        (Type::Float, Value::Float(f64::NAN)),
        (Type::Float, Value::Float(f64::INFINITY)),
        (Type::text(), Value::text("x".repeat(65_537))),
        (Type::text(), Value::Null),
        (Type::Uuid, Value::text("018F3B4A-0000-7000-8000-00000000000A")),
        (Type::Time, Value::Time(253_402_300_800_000_000)),
        (Type::Time, Value::Time(-62_135_596_800_000_001)),
        (Type::Date, Value::Date(2_932_897)),
        (Type::Date, Value::Date(-719_163)),
        (Type::Duration, Value::Duration(9_223_372_036_854_776)),
        (
            Type::map(Type::Uuid, Type::Bool, None),
            Value::map([(Key::Text("x".into()), Value::Int(1))]),
        ),
        (Type::record([("a", Type::int())]), Value::record([("b", Value::Int(1))])),
        (Type::Null, Value::Int(1)),
    ];
    let said = cases.map(|(type_, value)| {
        let violations = type_.validate(&value).expect_err("a violation");
        let said = violations.iter().map(|v| format!("[{}] {}", v.pointer, v.reason));
        format!("{type_}: {}", said.collect::<Vec<_>>().join("; "))
    });
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(Type::text().validate(&Value::text("x".repeat(65_536))), Ok(()));
}

const TIMES: &str = "2026-01-31T12:00:00Z
2026-01-31T12:00:00.5Z
2026-01-31T12:00:00.123456Z
2026-01-31T12:00:00.123456000Z
2026-01-31T12:00:00.1234567Z
2026-01-31T12:00:00.Z
2026-01-31T23:30:00-01:30
0001-01-01T00:00:00Z
0001-01-01T00:00:00+00:01
9999-12-31T23:59:59.999999Z
9999-12-31T23:59:59-00:01
0000-12-31T00:00:00Z
1969-12-31T23:59:59.999999Z
2024-02-29T00:00:00Z
2026-02-29T00:00:00Z
2026-01-31T24:00:00Z
2026-01-31T23:60:00Z
2026-01-31T23:59:60Z
2026-01-31T12:00:00
2026-01-31 12:00:00Z
2026-01-31T12:00:00z
2026-01-31T12:00:00+24:00
2026-01-31T12:00:00+0100
2026-01-31T12:00:00+01:60
2026-01-31T1é:00:00Z
2026-01-31T+1:00:00Z";

const DATES: &str = "2026-01-31
1970-01-01
1969-12-31
0001-01-01
9999-12-31
2026-1-31
2026-02-30
-001-01-01";

const DURATIONS: &str = "7d
36h
90m
60s
1500ms
1us
1h30m
-500ms
0s

-
5
m
1.5h
1w
1h 
106751d
106752d
9223372036854775807d
-2562047h
1000us
1ms1us";

#[test]
fn times_dates_and_durations() {
    fn table<N: Copy + ToString>(
        texts: &str,
        parse: fn(&str) -> Option<N>,
        format: fn(N) -> String,
    ) -> String {
        let line = |text: &str| match parse(text) {
            Some(number) => {
                format!("{text:32} {} {}\n", number.to_string(), format(number))
            }
            None => format!("{text:32} no\n"),
        };
        texts.split('\n').map(line).collect()
    }
    insta::assert_snapshot!(
        [
            table(TIMES, parse_time, format_time),
            table(DATES, parse_date, format_date),
            table(DURATIONS, parse_duration, format_duration),
        ]
        .join("\n")
    );
}

#[test]
fn patterns() {
    assert!(Pattern::new("(").is_err());
    let digits = Pattern::new("[0-9]").expect("a pattern");
    assert!(digits.matches("a1b"), "searched for, not anchored");
    assert!(!digits.matches("ab"));
    assert_eq!(digits.source(), "[0-9]");
    assert_ne!(digits, Pattern::new("[0-8]").expect("a pattern"));
}
