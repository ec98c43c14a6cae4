//! Random values for the scope of `common`, within the limits of its types.

use annals_expression::{Key, Value};

use super::Tape;
use crate::common::{UUID, line_value};

const TEXTS: [&str; 9] =
    ["", "a", "é", "日本\n", "1", "-2.5", "née", "\"'\\", "9223372036854775807"];
const INTS: [i64; 9] = [0, 1, -1, 2, 7, -3, i64::MAX, i64::MIN, 1 << 53];
const FLOATS: [f64; 9] =
    [0.0, 1.5, -0.0, -2.0, 1e308, 9.223_372_036_854_776e18, f64::NAN, f64::INFINITY, 0.1];
const TIMES: [i64; 5] =
    [0, 1_769_860_800_500_000, -1, -62_135_596_800_000_000, 253_402_300_799_999_999];
const DURATIONS: [i64; 5] =
    [0, 90_000_000, -500_000, 9_223_372_036_854_775, -9_223_372_036_854_775];
const DATES: [i32; 4] = [0, 20_484, -719_162, 2_932_896];

fn some<T: Copy>(tape: &mut Tape<'_>, from: &[T], make: impl Fn(T) -> Value) -> Value {
    let count = tape.below(5);
    Value::list((0..count).map(|_| make(tape.pick(from))).collect())
}

fn maybe<T: Copy>(tape: &mut Tape<'_>, from: &[T], make: impl Fn(T) -> Value) -> Value {
    if tape.below(2) == 0 { Value::Null } else { make(tape.pick(from)) }
}

fn line(tape: &mut Tape<'_>) -> Value {
    let discount = if tape.below(2) == 0 { None } else { Some(tape.pick(&INTS)) };
    line_value(tape.pick(&TEXTS), 1 + tape.below(3) as i64, discount)
}

/// Values for `state` and `input`.
pub(crate) fn slots(tape: &mut Tape<'_>) -> Vec<Value> {
    let lines = (0..tape.below(4)).map(|_| line(tape)).collect();
    let mut parent = Value::Null;
    if tape.below(2) == 1 {
        let name = Value::text(tape.pick(&TEXTS));
        parent = Value::record([("name", name), ("size", maybe(tape, &INTS, Value::Int))]);
    }
    let text_key = |tape: &mut Tape<'_>| Key::Text(tape.pick(&TEXTS).into());
    let reserved: Vec<_> =
        (0..tape.below(4)).map(|_| (text_key(tape), Value::Int(tape.pick(&INTS)))).collect();
    let named: Vec<_> = (0..tape.below(4))
        .map(|_| (Key::Int(tape.pick(&INTS)), Value::text(tape.pick(&TEXTS))))
        .collect();
    let owned: Vec<_> = (0..tape.below(2))
        .map(|_| (Key::Text(UUID.into()), Value::Int(tape.pick(&INTS))))
        .collect();
    let state = Value::record([
        ("status", Value::text(tape.pick(&["none", "open", "placed"]))),
        ("note", maybe(tape, &TEXTS, Value::text)),
        ("limit", maybe(tape, &INTS, Value::Int)),
        ("shipped", maybe(tape, &TIMES, Value::Time)),
        ("parent", parent),
        ("lines", Value::list(lines)),
        ("tags", some(tape, &TEXTS, Value::text)),
        ("numbers", some(tape, &INTS, Value::Int)),
        ("rates", some(tape, &FLOATS, Value::Float)),
        ("waits", some(tape, &DURATIONS, Value::Duration)),
        ("reserved", Value::map(reserved)),
        ("named", Value::map(named)),
        ("owned", Value::map(owned)),
    ]);
    let input = Value::record([
        ("a", Value::Int(tape.pick(&INTS))),
        ("b", Value::Int(tape.pick(&INTS))),
        ("f", Value::Float(tape.pick(&FLOATS))),
        ("g", Value::Float(tape.pick(&FLOATS))),
        ("text", Value::text(tape.pick(&TEXTS))),
        ("id", Value::text(UUID)),
        ("at", Value::Time(tape.pick(&TIMES))),
        ("day", Value::Date(tape.pick(&DATES))),
        ("wait", Value::Duration(tape.pick(&DURATIONS))),
        ("flag", Value::Bool(tape.below(2) == 1)),
        ("line", line(tape)),
    ]);
    vec![state, input]
}
