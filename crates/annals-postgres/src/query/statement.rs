//! The statements of a query's turns. Each gives the columns of events, a place and whether the
//! event is one of the query's: a row that is looked at and isn't wanted has no data.

use annals_core::StreamId;
use annals_runtime::ports::LogQuery;

use super::{Sql, Way};
use crate::events::{COLUMNS, bounded};
use crate::readers::PAGE;

/// Of each type a turn along their index looks at so many events at least.
pub(super) const LEAST_OF_A_TYPE: usize = 16;

/// What merging eight partitions has at hand beside the rows that it gives.
const AT_HAND: usize = 7;

/// So many types may be sought along their index: of more, a turn would look at more than a page.
pub(super) const TYPES: usize = PAGE / (LEAST_OF_A_TYPE + AT_HAND);

/// The statement of a turn: so many rows along the way from this place on.
pub(crate) fn statement(query: &LogQuery, way: Way<'_>, place: i64, look: usize) -> Sql {
    let mut sql = Sql::default();
    sql.text = match way {
        Way::Log => stretch(query, &mut sql, (place, look)),
        Way::Types => typed(query, &mut sql, (place, look)),
        Way::Correlation(_) | Way::Stream(_) => along(query, &mut sql, way, (place, look)),
        Way::Tag(tag) => tagged(query, &mut sql, tag, (place, look)),
    };
    sql
}

/// How many rows a turn may look at along its way, so that with what is asked of each of them it
/// looks at a page. An entry of a tag and its event are one.
pub(super) fn most(query: &LogQuery, way: Way<'_>) -> usize {
    let of_each = match way {
        Way::Log | Way::Types => 1,
        Way::Tag(_) => query.tags.len(),
        Way::Correlation(_) | Way::Stream(_) => 1 + query.tags.len(),
    };
    (PAGE / of_each).max(1)
}

/// A range of positions. They are dense, so that it needs no limit; and it is in no order, since
/// merging the partitions costs the server a fifth of its time. Where the log ends is asked in the
/// same statement, once: `OFFSET 0` keeps the server from writing the question out at each use. A
/// row with nothing but the range's end where it is empty.
fn stretch(query: &LogQuery, sql: &mut Sql, (place, look): (i64, usize)) -> String {
    let head = "coalesce((SELECT c.head FROM annals_commits c ORDER BY c.head DESC LIMIT 1), 0)";
    let (range, edge) = if query.backward {
        let (place, look) = (sql.bind(place), sql.bind(look as i64));
        let edge = format!("least({place}, {head} + 1) - {look}");
        (format!("s.position >= r.edge AND s.position < r.edge + {look}"), edge)
    } else {
        let end = sql.bind(place.saturating_add(look as i64));
        let place = sql.bind(place);
        let range = format!("s.position > {place} AND s.position <= r.edge");
        (range, format!("least({end}, {head})"))
    };
    let filters: String = wanted(query, sql, Way::Log, "s").map_or(String::new(), and);
    format!(
        "SELECT {COLUMNS}, r.edge, e.position IS NOT NULL FROM (SELECT {edge} AS edge OFFSET 0) r \
         LEFT JOIN LATERAL (SELECT * FROM event_store s WHERE {range}{filters}) e ON true"
    )
}

/// The whole of a range that is known to be below the head: its events alone, with nothing beside
/// them, are a tenth faster.
pub(super) fn stretch_below(place: i64, end: i64) -> Sql {
    let mut sql = Sql::default();
    let (place, end) = (sql.bind(place), sql.bind(end));
    sql.text = format!(
        "SELECT {COLUMNS} FROM event_store e WHERE e.position > {place} AND e.position <= {end}"
    );
    sql
}

/// The entries of a tag; the events of those that carry the other tags too.
fn tagged(query: &LogQuery, sql: &mut Sql, tag: &str, (place, look): (i64, usize)) -> String {
    let look = sql.bind(look as i64);
    let (beyond, direction) = order(query);
    let entries = format!("t.tag = {}", sql.bind(tag.to_owned()));
    let place = sql.bind(place);
    let mut of_entry = tags(query, sql, "t", Some(tag));
    if !query.names.is_empty() {
        let names = sql.bind(names(query));
        of_entry.push(format!("t.name = ANY ({names})"));
    }
    let of_entry = if of_entry.is_empty() { "true".to_owned() } else { of_entry.join(" AND ") };
    let of_event: String = wanted(query, sql, Way::Tag(tag), "s").map_or(String::new(), and);
    format!(
        "SELECT {COLUMNS}, c.position, e.position IS NOT NULL FROM ( \
           SELECT t.position, {of_entry} AS wanted FROM annals_tags t \
           WHERE {entries} AND t.position {beyond} {place} \
           ORDER BY t.position{direction} LIMIT {look}) c \
         LEFT JOIN LATERAL ( \
           SELECT * FROM event_store s \
           WHERE c.wanted AND s.position = c.position{of_event} LIMIT 1) e ON true \
         ORDER BY c.position{direction}"
    )
}

/// The next of each type along its index, then the first of all. Only that index has this order: by
/// position alone, the server takes a rare type for one as common as others, and walks the whole
/// log for a page that never fills. The types share what a turn may look at; they may have become
/// more than [`TYPES`] since they were counted.
fn typed(query: &LogQuery, sql: &mut Sql, (place, look): (i64, usize)) -> String {
    let look = sql.bind(look as i64);
    let (beyond, direction) = order(query);
    let within = if query.backward { ">=" } else { "<=" };
    let place = sql.bind(place);
    let types = types(query, sql);
    let wanted = wanted(query, sql, Way::Types, "e").unwrap_or_else(|| "true".to_owned());
    format!(
        "WITH y AS MATERIALIZED ({types}), \
         share AS MATERIALIZED (SELECT least({look}, greatest({LEAST_OF_A_TYPE}, \
           {PAGE} / greatest(count(*), 1) - {AT_HAND})) AS of_each FROM y) \
         SELECT {}, e.position, {wanted} FROM y CROSS JOIN LATERAL ( \
           SELECT * FROM event_store s \
           WHERE (s.event_type, s.position) {beyond} (y.event_type, {place}) \
           AND s.event_type {within} y.event_type \
           ORDER BY s.event_type{direction}, s.position{direction} \
           LIMIT (SELECT of_each FROM share)) e \
         ORDER BY e.position{direction} LIMIT (SELECT of_each FROM share)",
        columns(&wanted)
    )
}

/// Events that an index has in order: those of a stream or of a correlation.
fn along(query: &LogQuery, sql: &mut Sql, way: Way<'_>, (place, look): (i64, usize)) -> String {
    let look = sql.bind(look as i64);
    let (beyond, direction) = order(query);
    let (of, by) = match way {
        Way::Stream(stream) => (of_stream(stream, sql), "version"),
        Way::Correlation(id) => (format!("s.correlation_id = {}", sql.bind(id)), "position"),
        _ => ("true".to_owned(), "position"),
    };
    let place = sql.bind(place);
    let wanted = wanted(query, sql, way, "e").unwrap_or_else(|| "true".to_owned());
    format!(
        "SELECT {}, e.{by}, {wanted} FROM ( \
           SELECT * FROM event_store s WHERE {of} AND s.{by} {beyond} {place} \
           ORDER BY s.{by}{direction} LIMIT {look}) e \
         ORDER BY e.{by}{direction}",
        columns(&wanted)
    )
}

/// How many of a stream's events lie at or below the query's place (backward: one more than lie
/// below it): its versions are in the order of the log, so that halving finds it. Whoever follows a
/// long stream page by page never reads it anew.
pub(super) fn version_at(stream: &StreamId, query: &LogQuery) -> Sql {
    let mut sql = Sql::default();
    let of = of_stream(stream, &mut sql);
    let more = i64::from(query.backward);
    let below = sql.bind(bounded(query.after.0) - more);
    // Versions up to `low` lie at or below, those from `high` on above.
    sql.text = format!(
        "WITH RECURSIVE halves(low, high) AS ( \
           SELECT 0::bigint, 1 + coalesce((SELECT s.version FROM event_store s WHERE {of} \
             ORDER BY s.version DESC LIMIT 1), 0) \
           UNION ALL \
           SELECT CASE WHEN e.position <= {below} THEN e.version ELSE h.low END, \
             CASE WHEN e.position <= {below} THEN h.high ELSE e.version END \
           FROM halves h CROSS JOIN LATERAL (SELECT s.position, s.version FROM event_store s \
             WHERE {of} AND s.version = (h.low + h.high) / 2 AND h.high - h.low > 1) e) \
         SELECT max(low) + {more} FROM halves"
    );
    sql
}

/// How many types the query is of; all above [`TYPES`] are as one.
pub(super) fn count_types(query: &LogQuery) -> Sql {
    let mut sql = Sql::default();
    let types = types(query, &mut sql);
    sql.text = format!("SELECT count(*) FROM ({types} LIMIT {TYPES} + 1) y");
    sql
}

/// Which of a query's tags has the fewest entries from a place on, counted from 1. More than their
/// share of a page are as good as any.
pub(super) fn rarest_tag(query: &LogQuery, place: i64) -> Sql {
    let mut sql = Sql::default();
    let (beyond, _) = order(query);
    let tags: Vec<String> = query.tags.iter().map(ToString::to_string).collect();
    let share = (PAGE / tags.len().max(1)).max(1);
    let (tags, place) = (sql.bind(tags), sql.bind(place));
    sql.text = format!(
        "SELECT w.nth FROM unnest({tags}::text[]) WITH ORDINALITY w(tag, nth) ORDER BY ( \
           SELECT count(*) FROM (SELECT FROM annals_tags t \
             WHERE t.tag = w.tag AND t.position {beyond} {place} LIMIT {share}) c), w.nth LIMIT 1"
    );
    sql
}

/// The columns of events, with the data of those only that are wanted.
fn columns(wanted: &str) -> String {
    if wanted == "true" {
        return COLUMNS.to_owned();
    }
    COLUMNS.replace("e.data", &format!("CASE WHEN {wanted} THEN e.data END"))
}

/// What comes after a place, and how that is sorted.
fn order(query: &LogQuery) -> (&'static str, &'static str) {
    if query.backward { ("<", " DESC") } else { (">", "") }
}

fn of_stream(stream: &StreamId, sql: &mut Sql) -> String {
    let (id, aggregate) = (sql.bind(stream.id.to_string()), sql.bind(stream.aggregate.to_string()));
    format!("s.aggregate_id = {id} AND s.aggregate = {aggregate}")
}

/// What the query asks of an event beside what its way says; `None`: nothing.
fn wanted(query: &LogQuery, sql: &mut Sql, way: Way<'_>, of: &str) -> Option<String> {
    let mut filters = Vec::new();
    if let (Way::Stream(_), Some(correlation)) = (way, query.correlation_id) {
        filters.push(format!("{of}.correlation_id = {}", sql.bind(correlation)));
    }
    if let Some(aggregate) = &query.aggregate {
        filters.push(format!("{of}.aggregate = {}", sql.bind(aggregate.to_string())));
    }
    if query.without_sagas {
        filters.push(format!("left({of}.aggregate, 5) <> 'saga-'"));
    }
    let by_type = matches!(way, Way::Log | Way::Correlation(_) | Way::Stream(_));
    if by_type && !query.names.is_empty() {
        filters.push(format!("{of}.event_type = ANY (ARRAY({}))", types(query, sql)));
    }
    if matches!(way, Way::Correlation(_) | Way::Stream(_)) {
        filters.extend(tags(query, sql, of, None));
    }
    (!filters.is_empty()).then(|| filters.join(" AND "))
}

/// Stored event types by the names and the aggregate that are asked for.
fn types(query: &LogQuery, sql: &mut Sql) -> String {
    let mut filters = Vec::new();
    if !query.names.is_empty() {
        filters.push(format!("k.name = ANY ({})", sql.bind(names(query))));
    }
    if let Some(aggregate) = query.aggregate.as_ref().filter(|_| query.stream.is_none()) {
        filters.push(format!("k.aggregate = {}", sql.bind(aggregate.to_string())));
    }
    let filters = filters.join(" AND ");
    format!("SELECT DISTINCT k.event_type FROM annals_types k WHERE {filters}")
}

/// That the event carries the tags, but for one that is known. Asked of each row by itself: what is
/// only said to exist, the server may also find by reading all entries of the other tag.
fn tags(query: &LogQuery, sql: &mut Sql, of: &str, known: Option<&str>) -> Vec<String> {
    let carries = |tag: String| {
        format!(
            "(SELECT true FROM annals_tags o WHERE o.tag = {tag} AND o.position = {of}.position) \
             IS TRUE"
        )
    };
    let more = query.tags.iter().filter(|tag| known != Some(&***tag));
    more.map(|tag| carries(sql.bind(tag.to_string()))).collect()
}

fn names(query: &LogQuery) -> Vec<String> {
    query.names.iter().map(ToString::to_string).collect()
}

fn and(filters: String) -> String {
    format!(" AND {filters}")
}
