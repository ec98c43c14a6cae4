//! One scope that all tests read, and tables of expressions as text. No assertions here.

use annals_expression::{IntLimits, Key, Problem, Scope, TextLimits, Type, Value, compile};

pub(crate) const UUID: &str = "018f3b4a-0000-7000-8000-000000000001";

pub(crate) fn short_text() -> Type {
    Type::Text(TextLimits { max: Some(40), pattern: None })
}

pub(crate) fn status() -> Type {
    Type::enumeration(&["none", "open", "placed"], Some("none"))
}

pub(crate) fn line() -> Type {
    let quantity = Type::Int(IntLimits { min: Some(1), max: Some(10_000) });
    Type::named(
        "OrderLine",
        [("sku", short_text()), ("quantity", quantity), ("discount", Type::optional(Type::int()))],
    )
}

pub(crate) fn parent() -> Type {
    Type::named("Parent", [("name", short_text()), ("size", Type::optional(Type::int()))])
}

pub(crate) fn state() -> Type {
    Type::record([
        ("status", status()),
        ("note", Type::optional(short_text())),
        ("limit", Type::optional(Type::int())),
        ("shipped", Type::optional(Type::Time)),
        ("parent", Type::optional(parent())),
        ("lines", Type::list(line(), Some(4))),
        ("tags", Type::list(short_text(), Some(4))),
        ("numbers", Type::list(Type::int(), Some(4))),
        ("rates", Type::list(Type::Float, Some(4))),
        ("waits", Type::list(Type::Duration, Some(4))),
        ("reserved", Type::map(short_text(), Type::int(), Some(4))),
        ("named", Type::map(Type::int(), short_text(), Some(4))),
        ("owned", Type::map(Type::Uuid, Type::int(), Some(4))),
    ])
}

pub(crate) fn input() -> Type {
    Type::record([
        ("a", Type::int()),
        ("b", Type::int()),
        ("f", Type::Float),
        ("g", Type::Float),
        ("text", short_text()),
        ("id", Type::Uuid),
        ("at", Type::Time),
        ("day", Type::Date),
        ("wait", Type::Duration),
        ("flag", Type::Bool),
        ("line", line()),
    ])
}

pub(crate) fn scope() -> Scope {
    Scope::new().with("state", state()).with("input", input())
}

pub(crate) fn line_value(sku: &str, quantity: i64, discount: Option<i64>) -> Value {
    let discount = discount.map_or(Value::Null, Value::Int);
    Value::record([
        ("sku", Value::text(sku)),
        ("quantity", Value::Int(quantity)),
        ("discount", discount),
    ])
}

/// The values that the tables are evaluated with.
pub(crate) fn values() -> Vec<Value> {
    let text_key = |key: &str| Key::Text(key.into());
    let state = Value::record([
        ("status", Value::text("open")),
        ("note", Value::Null),
        ("limit", Value::Int(10)),
        ("shipped", Value::Null),
        ("parent", Value::Null),
        ("lines", Value::list(vec![line_value("ink", 2, None), line_value("pen", 3, Some(1))])),
        ("tags", Value::list(vec![Value::text("née"), Value::text("b")])),
        ("numbers", Value::list(vec![Value::Int(3), Value::Int(1), Value::Int(2)])),
        ("rates", Value::list(vec![Value::Float(0.5), Value::Float(0.25)])),
        ("waits", Value::list(vec![Value::Duration(1_000_000), Value::Duration(500_000)])),
        (
            "reserved",
            Value::map([(text_key("ink"), Value::Int(2)), (text_key("pen"), Value::Int(0))]),
        ),
        (
            "named",
            Value::map([(Key::Int(1), Value::text("one")), (Key::Int(-2), Value::text("x"))]),
        ),
        ("owned", Value::map([(text_key(UUID), Value::Int(7))])),
    ]);
    let input = Value::record([
        ("a", Value::Int(7)),
        ("b", Value::Int(0)),
        ("f", Value::Float(1.5)),
        ("g", Value::Float(0.0)),
        ("text", Value::text("größe")),
        ("id", Value::text(UUID)),
        ("at", Value::Time(1_769_860_800_500_000)),
        ("day", Value::Date(20_484)),
        ("wait", Value::Duration(90_000_000)),
        ("flag", Value::Bool(true)),
        ("line", line_value("ink", 1, Some(0))),
    ]);
    vec![state, input]
}

/// Problems under the text that they are in.
pub(crate) fn render(text: &str, problems: &[Problem]) -> String {
    let mut out = format!("{text}\n");
    for problem in problems {
        let column = text[..problem.span.start].chars().count();
        let width = text[problem.span.start..problem.span.end].chars().count().max(1);
        let marks = format!("{}{}", " ".repeat(column), "^".repeat(width));
        out += &format!("{marks} {:?}: {}\n", problem.code, problem.message);
        if let Some(cure) = &problem.cure {
            out += &format!("{}= {cure}\n", " ".repeat(column));
        }
    }
    out
}

/// One line an expression: what it comes to, or the part that failed and why.
pub(crate) fn evaluated(table: &str) -> String {
    let width = table.lines().map(|line| line.trim().chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for text in table.lines().map(str::trim) {
        if text.is_empty() || text.starts_with('#') {
            out += &format!("{text}\n");
            continue;
        }
        let result = match compile(text, &scope()) {
            Err(problems) => format!("\n{}", render(text, &problems)),
            Ok(expression) => match expression.evaluate(&values()) {
                Ok(value) => format!("{value}  ({})", expression.type_()),
                Err(error) => {
                    let part = &text[error.span.start..error.span.end];
                    format!("FAILS in `{part}`: {}", error.reason)
                }
            },
        };
        let padding = " ".repeat(width - text.chars().count());
        out += &format!("{text}{padding}  {result}\n");
    }
    out
}
