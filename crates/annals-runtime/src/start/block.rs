//! The block that a user pastes when a stored event version was changed: its former fields, the next
//! version with the new ones, and the upcaster between them.

use std::fmt::Write as _;

use annals_core::{EventType, System};

/// The block for the event's next version; `stored` and `given` are shapes of `type_`.
pub(super) fn next_version(
    system: &System,
    type_: &EventType,
    stored: &str,
    given: &str,
) -> String {
    let EventType { name, version } = type_;
    let own = system.shapes.iter().filter(|(it, _)| it.name == *name);
    let latest = own.clone().map(|(it, _)| it.version).max().unwrap_or(*version);
    let next = latest + 1;
    let mut versions = String::new();
    for (it, shape) in own {
        let shape = if it == type_ { stored } else { shape };
        line(&mut versions, &format!("      {}: {}", it.version, fields_of(shape)));
    }
    line(&mut versions, &format!("      {next}: {}", fields_of(given)));
    let before = if latest == *version { stored } else { system_shape(system, name, latest) };
    let known: Vec<&str> = fields(before).into_iter().map(|(field, _)| field).collect();
    let added = fields(given).into_iter().filter(|(field, _)| !known.contains(field));
    let values: Vec<String> =
        added.map(|(field, type_)| format!("{field}: {}", zero(type_))).collect();
    let upcast =
        if values.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", values.join(", ")) };
    format!("  {name}:\n    versions:\n{versions}    upcast:\n      {latest} to {next}: {upcast}\n")
}

/// The fields of a shape: the last line of its canonical text.
pub(super) fn fields_of(shape: &str) -> String {
    let line = shape.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().trim().to_owned()
}

fn system_shape<'s>(system: &'s System, name: &str, version: u32) -> &'s str {
    let type_ = EventType::new(name, version);
    system.shapes.get(&type_).map_or("", |shape| shape)
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string succeeds");
}

/// The top fields of a shape such as `{sku: text, at: {x: int, y: int}}`, with their types.
fn fields(shape: &str) -> Vec<(&str, &str)> {
    let line = shape.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let inner = line.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let Some(inner) = inner else { return Vec::new() };
    let (mut depth, mut quoted, mut start, mut all) = (0_i32, false, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                all.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&inner[start..]);
    let pair = |field: &'_ str| -> Option<(usize, usize)> {
        let at = field.find(':')?;
        Some((at, at + 1))
    };
    all.into_iter()
        .filter_map(|field| {
            let (end, begin) = pair(field)?;
            Some((field[..end].trim(), field[begin..].trim()))
        })
        .collect()
}

/// A value that events of the former version can be given; a word in brackets where people must
/// choose.
fn zero(type_: &str) -> String {
    let first = type_.split([' ', '[', '{']).next().unwrap_or_default();
    match first {
        "optional" => "null".to_owned(),
        "text" => "\"\"".to_owned(),
        "int" | "float" => "0".to_owned(),
        "bool" => "false".to_owned(),
        "list" => "[]".to_owned(),
        "map" => "{}".to_owned(),
        "" => {
            let inner =
                fields(type_).into_iter().map(|(name, type_)| format!("{name}: {}", zero(type_)));
            format!("{{ {} }}", inner.collect::<Vec<_>>().join(", "))
        }
        _ => format!("<a {first}>"),
    }
}
