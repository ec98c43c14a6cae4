//! Steps grow with what is looked at, and values that no checked model lets in are errors.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_expression::{Key, Scope, Type, Value, compile};

fn steps(text: &str, scope: &Scope, slots: &[Value]) -> u64 {
    let expression = compile(text, scope).expect("it is right");
    let (value, steps) = expression.evaluate_counted(slots);
    value.expect("it has a value");
    steps
}

fn map_of(key: &str) -> Value {
    Value::Map(Arc::new(BTreeMap::from([(Key::Text(key.into()), Value::Int(1))])))
}

#[test]
fn long_keys_take_more_steps() {
    let map = || Type::map(Type::text(), Type::int(), Some(4));
    let scope = Scope::new().with("k", Type::text()).with("m", map()).with("n", map());
    let taken = |text: &str, length: usize| {
        let key = "k".repeat(length);
        steps(text, &scope, &[Value::text(key.clone()), map_of(&key), map_of(&key)])
    };
    for text in ["k in m", "m[k] == 1", "m == n"] {
        let (short, long) = (taken(text, 1), taken(text, 64_000));
        assert!(long >= short + 900, "{text}: {short} and {long} steps");
    }
}

#[test]
fn operators_refuse_values_of_other_types_than_they_were_checked_for() {
    let scope = Scope::new().with("a", Type::int()).with("b", Type::int());
    let text = || Value::text("a");
    let list = || Value::list(vec![Value::Int(1)]);
    let (time, wait) = (Value::Time(5), Value::Duration(3));
    for (op, left, right) in [
        ("-", text(), text()),
        ("-", list(), list()),
        ("*", time.clone(), wait.clone()),
        ("-", wait.clone(), time.clone()),
        ("+", time.clone(), time.clone()),
        ("*", time.clone(), time.clone()),
        ("*", wait.clone(), wait.clone()),
        ("/", wait.clone(), wait.clone()),
    ] {
        let expression = compile(&format!("a {op} b"), &scope).expect("it is right");
        let result = expression.evaluate(&[left.clone(), right.clone()]);
        let wrong = result.expect_err(&format!("{left} {op} {right}"));
        assert!(wrong.reason.contains("doesn't work between"), "{}", wrong.reason);
    }
}

#[test]
fn a_long_text_is_cut_in_a_message() {
    let scope = Scope::new().with("t", Type::text());
    let said = |length: usize| {
        let expression = compile("int(t)", &scope).expect("it is right");
        let text = Value::text("é".repeat(length));
        expression.evaluate(&[text]).expect_err("no int").reason
    };
    assert_eq!(said(40), format!("\"{}\" is no int of 64 bits", "é".repeat(40)));
    assert_eq!(said(41), format!("\"{}…\" is no int of 64 bits", "é".repeat(40)));
}
