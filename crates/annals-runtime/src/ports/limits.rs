//! What a store takes: the same for all of them, so that a system which runs in memory runs on
//! disk, and one that outgrows a file finds no new limit. Stores ask before they write.

use std::sync::Arc;

use annals_core::{Cell, Column, ColumnType, FIRST_DAY, LAST_DAY, StreamId, Table, Timestamp};

use super::{RowWrite, Unit};

/// Tags of one event, and bytes of one tag.
const TAGS: usize = 32;
const TAG_BYTES: usize = 256;

/// Data of one event or state that is larger is refused: the brokers behind the log can't carry it.
const LARGEST: usize = 16 << 20;

/// Bytes of a stream's name (its aggregate and id), of an event's, of a saga's with its instance's
/// key, and of a row's key. An index holds them, and an entry of a B-tree on Postgres has at most
/// 2,704.
const NAME_BYTES: usize = 2_000;

/// Why no store takes a unit, where none does; its rows aside, see [`unfit_row`].
pub fn unstorable(unit: &Unit) -> Option<String> {
    let events = || unit.appends.iter().flat_map(|append| &append.events);
    let too_large = events()
        .map(|event| event.data.len())
        .chain(unit.outcome.iter().map(|outcome| outcome.outcome.len()))
        .chain(unit.sagas.iter().map(|saga| saga.state.len()))
        .max()
        .filter(|&largest| largest > LARGEST);
    if let Some(size) = too_large {
        return Some(format!("{size} bytes in one piece; {LARGEST} is the most"));
    }
    if let Some(append) = unit.appends.iter().find(|append| append.events.is_empty()) {
        return Some(format!("an append to {} without an event", append.stream));
    }
    if let Some(why) = events().find_map(|event| unfit_tags(&event.tags)) {
        return Some(why);
    }
    if let Some(size) = names(unit).find(|&size| size > NAME_BYTES) {
        return Some(format!(
            "a name of {size} bytes (a stream's, an event's or a saga's instance's); \
             {NAME_BYTES} is the most"
        ));
    }
    if let Some(text) = texts(unit).find(|text| text.contains('\0')) {
        return Some(format!("{text:?} holds U+0000, which text can't in every store"));
    }
    events()
        .map(|event| event.time)
        .chain(unit.outcome.iter().map(|outcome| outcome.time))
        .chain(unit.sagas.iter().flat_map(|saga| [saga.started_at, saga.changed_at]))
        .chain(unit.letters.iter().flat_map(|letter| [letter.parked_at, letter.changed_at]))
        .find(|time| !time.is_storable())
        .map(|time| format!("a time {} µs from 1970 lies outside the years 1 to 9999", time.0))
}

/// How long the names in a unit are.
fn names(unit: &Unit) -> impl Iterator<Item = usize> {
    let events = unit.appends.iter().flat_map(|append| &append.events);
    let events = events.map(|event| event.type_.name.len());
    let sagas = unit.sagas.iter().map(|saga| saga.saga.len() + saga.key.len());
    streams(unit).map(|stream| stream.aggregate.len() + stream.id.len()).chain(events).chain(sagas)
}

fn streams(unit: &Unit) -> impl Iterator<Item = &StreamId> {
    let outcome = unit.outcome.iter().map(|outcome| &outcome.stream);
    unit.appends.iter().map(|append| &append.stream).chain(outcome)
}

/// The words of a unit that stores keep as text, less those of books, where they may be mended.
fn texts(unit: &Unit) -> impl Iterator<Item = &str> {
    let events = unit.appends.iter().flat_map(|append| &append.events).flat_map(|event| {
        let about = &event.metadata;
        let said = [Some(&event.type_.name), about.actor.as_ref(), about.traceparent.as_ref()];
        said.into_iter().flatten()
    });
    streams(unit)
        .flat_map(|stream| [&stream.aggregate, &stream.id])
        .chain(events)
        .map(|text| &**text)
}

fn unfit_tags(tags: &[Arc<str>]) -> Option<String> {
    if tags.len() > TAGS {
        return Some(format!("{} tags of one event; {TAGS} is the most", tags.len()));
    }
    if let Some(twice) = tags.iter().enumerate().find(|(at, tag)| tags[..*at].contains(tag)) {
        return Some(format!("the tag {:?} twice on one event", twice.1));
    }
    let unfit = |tag: &&Arc<str>| tag.is_empty() || tag.len() > TAG_BYTES || tag.contains('\0');
    let tag = tags.iter().find(unfit)?;
    Some(format!("the tag {tag:?}: 1 to {TAG_BYTES} bytes, without U+0000"))
}

/// Why a table can't hold a row of a unit, where it can't.
pub fn unfit_row(table: &Table, write: &RowWrite, unit: &Unit) -> Option<String> {
    let Table { name, columns, key } = table;
    let row = &write.row;
    if row.len() != columns.len() {
        let (has, wants) = (row.len(), columns.len());
        return Some(format!("a row of {name} has {has} cells, and the table {wants} columns"));
    }
    if row[*key] != write.key {
        return Some(format!("a row of {name} has another key than it is written under"));
    }
    if let Some((column, cell)) = columns.iter().zip(row).find(|(column, it)| !fits(column, it)) {
        let Column { name: column, type_, .. } = column;
        return Some(format!("{name}: column {column} of type {type_:?} can't hold {cell:?}"));
    }
    if let Cell::Text(text) | Cell::Json(text) = &write.key
        && text.len() > NAME_BYTES
    {
        let size = text.len();
        return Some(format!(
            "a key of {size} bytes for a row of {name}; {NAME_BYTES} is the most"
        ));
    }
    let nowhere = write.position.is_none() && unit.appends.is_empty();
    nowhere.then(|| format!("a row of {name} has neither a position nor an event"))
}

/// Why a table can't be made, where it can't.
pub fn unfit_table(table: &Table) -> Option<String> {
    let plain = |name: &str| {
        let ours = name.starts_with("annals_") || name.starts_with("sqlite_");
        let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        !ours
            && name != "event_store"
            && name.len() <= 63
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(rest)
    };
    let names = std::iter::once(&table.name).chain(table.columns.iter().map(|c| &c.name));
    for name in names {
        if !plain(name) {
            return Some(format!(
                "'{name}' can't name a table or a column: lower case letters, digits and _, \
                 at most 63, from a letter, and not one of the store's own"
            ));
        }
    }
    let key = table.columns.get(table.key);
    (key.is_none_or(|key| key.optional))
        .then(|| format!("{} has no key, or one that may be null", table.name))
}

fn fits(column: &Column, cell: &Cell) -> bool {
    match (column.type_, cell) {
        (_, Cell::Null) => column.optional,
        (ColumnType::Float, Cell::Float(value)) => !value.is_nan(),
        (ColumnType::Time, Cell::Time(us)) => Timestamp(*us).is_storable(),
        (ColumnType::Date, Cell::Date(day)) => (FIRST_DAY..=LAST_DAY).contains(day),
        (ColumnType::Bool, Cell::Bool(_))
        | (ColumnType::Int, Cell::Int(_))
        | (ColumnType::Duration, Cell::Duration(_)) => true,
        (ColumnType::Text | ColumnType::Uuid, Cell::Text(text))
        | (ColumnType::Json, Cell::Json(text)) => !text.contains('\0'),
        _ => false,
    }
}
