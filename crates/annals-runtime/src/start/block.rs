//! The block that a user pastes when a stored event version was changed: its former fields, the
//! next version with the new ones, and the upcaster between them.

use std::fmt::Write as _;

use annals_core::{EventType, System};

use super::shape::{Shape, fields};

/// The block for the event's next version; `stored` and `given` are shapes of `type_`.
pub(super) fn next_version(
    system: &System,
    type_: &EventType,
    stored: &str,
    given: &str,
) -> String {
    let EventType { name, version } = type_;
    let mut text = format!("  {name}:\n    versions:\n");
    let (mut latest, mut before) = (*version, stored);
    for (it, shape) in system.shapes.iter().filter(|(it, _)| it.name == *name) {
        let shape = if it == type_ { stored } else { shape };
        line(&mut text, &format!("      {}: {}", it.version, written(shape)));
        (latest, before) = (it.version, shape);
    }
    let next = latest + 1;
    line(&mut text, &format!("      {next}: {}", written(given)));
    let known = fields(last_line(before)).unwrap_or_default();
    let added = fields(last_line(given)).unwrap_or_default();
    let added = added.iter().filter(|(field, _)| known.iter().all(|(name, _)| name != field));
    let values: Vec<String> =
        added.map(|(field, shape)| format!("{field}: {}", shape.zero())).collect();
    line(&mut text, "    upcast:");
    let values = if values.is_empty() { String::new() } else { format!(" {} ", values.join(", ")) };
    line(&mut text, &format!("      {latest} to {next}: {{{values}}}"));
    text
}

/// The fields of a shape as an architecture file has them.
pub(super) fn written(shape: &str) -> String {
    let line = last_line(shape);
    fields(line).map_or_else(|| line.to_owned(), |fields| Shape::Record(fields).written())
}

/// A shape's canonical text names the event in its first line.
fn last_line(shape: &str) -> &str {
    let line = shape.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().trim()
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string succeeds");
}
