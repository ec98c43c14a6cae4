//! What types admit, their zero values, and what a compiled expression knows about itself.

use crate::common::{line, scope, state, status, values};
use annals_expression::{AstKind, Record, Type, Value, compile};

fn samples() -> Vec<Type> {
    vec![
        Type::Bool,
        Type::int(),
        Type::Float,
        Type::text(),
        Type::Uuid,
        Type::Time,
        Type::Date,
        Type::Duration,
        status(),
        Type::enumeration(&["open"], None),
        Type::list(Type::text(), None),
        Type::list(Type::Uuid, None),
        Type::list(Type::Null, Some(0)),
        Type::map(Type::text(), Type::int(), None),
        Type::map(Type::Uuid, Type::int(), None),
        Type::map(Type::Null, Type::Null, Some(0)),
        line(),
        Type::record([("sku", Type::text())]),
        Type::record([("sku", Type::text()), ("note", Type::optional(Type::text()))]),
        Type::optional(Type::text()),
        Type::optional(Type::Uuid),
        Type::Null,
    ]
}

#[test]
fn what_may_stand_where() {
    let mut out = String::new();
    for wanted in samples() {
        let admitted: Vec<String> =
            samples().iter().filter(|from| wanted.admits(from)).map(Type::name).collect();
        out += &format!("{wanted} <- {}\n", admitted.join(" | "));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn zero_values() {
    let lines = samples().into_iter().chain([state(), Type::record([("at", Type::Time)])]);
    let lines = lines.map(|type_| {
        let zero = type_.zero().map_or("none".into(), |zero| zero.to_string());
        format!("{type_}: {zero}\n")
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn paths_and_costs() {
    let table = [
        "1",
        "input",
        "state.status == \"open\" || state.status == \"none\"",
        "state.lines.exists(l, l.sku == input.line.sku)",
        "state.reserved[input.text] + state.reserved.x",
        "state.parent != null ? state.parent.name : state.tags[0]",
        "state.lines.map(l, state.numbers.map(n, n * l.quantity))",
        "state.tags == state.tags",
        "input.text + input.text + input.text",
        "has(state.reserved.ink) && input.a in [1, 2, 3]",
        "input.text in state.tags || input.text in state.reserved",
        "state.numbers + state.numbers == [1]",
        "state.reserved == {\"ink\": 1, \"pen\": 2}",
        "state.lines[0] == input.line",
        "input.line in state.lines",
        "input.text < \"a\"",
        "size(input.text) + size(state.tags)",
        "int(input.text + \"1\") + int(input.f)",
        "float(\"1\" + input.text)",
        "sum(state.numbers) + min(state.numbers) + max(1, input.a, 3)",
        "min(state.tags)",
        "input.text.contains(\"a\") || input.text.endsWith(input.text)",
        "state.numbers.map(n, n > 1, n)",
        "state.numbers.filter(n, n > 1)",
        "state.numbers.all(n, n > 1)",
        "string(input.day) + string(date(input.at))",
        "-input.a + 1",
        "\"0123456789012345678901234567890123456789012345678901234567890123\" + input.text",
        "\"012345678901234567890123456789012345678901234567890123456789012\" + input.text",
        "input.text == \"0123456789012345678901234567890123456789012345678901234567890123456789\"",
        "input.flag ? 1 : input.a + 2",
        "{\"a\": input.a, \"b\": 2}[\"a\"]",
    ];
    let lines = table.map(|text| {
        let expression = compile(text, &scope()).expect(text);
        let paths: Vec<String> = expression.paths().iter().map(|path| path.join(".")).collect();
        let (_, took) = expression.evaluate_counted(&values());
        let (cost, paths) = (expression.cost(), paths.join(", "));
        format!("{text}\n  costs at most {cost}, took {took}, reads {paths}\n")
    });
    insta::assert_snapshot!(lines.concat());
}

#[test]
fn literals_are_folded() {
    let constant = |text: &str| compile(text, &scope()).expect(text).constant().cloned();
    assert_eq!(constant("1 + 2 * 3"), Some(Value::Int(7)));
    assert_eq!(constant("duration(\"1m\") + duration(\"1s\")"), Some(Value::Duration(61_000_000)));
    assert_eq!(constant("input.a"), None);
    let expression = compile("input.a + (1 + 2)", &scope()).expect("good");
    let literal = |child: &&annals_expression::Ast| matches!(child.kind, AstKind::Literal(_));
    assert_eq!(expression.ast().children().iter().filter(|c| literal(c)).count(), 1);
    assert_eq!(expression.text(), "input.a + (1 + 2)");
}

#[test]
fn a_field_is_found_where_the_record_has_another_order() {
    let expression = compile("input.b - input.a", &scope()).expect("good");
    let input = Value::record([("b", Value::Int(9)), ("a", Value::Int(2))]);
    assert_eq!(expression.evaluate(&[Value::Null, input]), Ok(Value::Int(7)));
}

#[test]
fn a_record_that_lacks_a_field_differs() {
    let expression = compile("input.line == state.lines[0]", &scope()).expect("good");
    let sku = || ("sku", Value::text("ink"));
    let less = Value::record([("line", Value::record([sku()]))]);
    let more = Value::record([sku(), ("quantity", Value::Int(1))]);
    let state = |line| Value::record([("lines", Value::list(vec![line]))]);
    let asked = |line, input: &Value| expression.evaluate(&[state(line), input.clone()]);
    assert_eq!(asked(more, &less), Ok(Value::Bool(false)));
    assert_eq!(asked(Value::record([sku()]), &less), Ok(Value::Bool(true)));
}

#[test]
fn values_that_are_not_of_their_types_are_errors() {
    let failed = |text: &str, slots: &[Value]| {
        let error = compile(text, &scope()).expect(text).evaluate(slots).expect_err(text);
        format!("{text}: `{}` {}\n", &text[error.span.start..error.span.end], error)
    };
    let empty = || Value::record::<&str>([]);
    let odd = || {
        let Value::Record(input) = &values()[1] else { panic!("a record") };
        let fields = input.fields.iter().map(|(name, _)| (name.clone(), Value::Null));
        Value::Record(std::sync::Arc::new(Record::new(fields.collect())))
    };
    let odd_state = || {
        let Value::Record(state) = &values()[0] else { panic!("a record") };
        let fields = state.fields.iter().map(|(name, _)| (name.clone(), Value::Int(1)));
        Value::Record(std::sync::Arc::new(Record::new(fields.collect())))
    };
    let slots = [odd_state(), odd()];
    let mut out = failed("input.a", &[]) + &failed("input.a", &[Value::Null, empty()]);
    out += &failed("input.a", &[Value::Null, Value::Int(1)]);
    for text in [
        "input.a + 1",
        "-input.a",
        "!input.flag",
        "input.a < 1",
        "input.flag ? 1 : 2",
        "input.flag && true",
        "size(input.text)",
        "input.text.contains(\"a\")",
        "\"a\".contains(input.text)",
        "int(input.f)",
        "float(input.a)",
        "string(input.a)",
        "date(input.at)",
        "sum(state.numbers)",
        "sum([input.a])",
        "min(state.numbers)",
        "max(input.a, 1)",
        "state.numbers[0]",
        "[1][input.a]",
        "state.reserved[\"a\"]",
        "{\"a\": 1}[input.text]",
        "has(state.reserved.a)",
        "1 in state.numbers",
        "state.numbers.exists(n, true)",
        "input.line.sku",
        "[input.line][0].sku",
    ] {
        out += &failed(text, &slots);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn records_are_changed_by_name() {
    let record = Record::new(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Int(2))]);
    let changed = record.with("b", Value::Int(3)).with("c", Value::Int(4));
    assert_eq!(record.get("b"), Some(&Value::Int(2)));
    assert_eq!(Value::Record(changed.into()).to_string(), "{\"a\":1,\"b\":3,\"c\":4}");
}
