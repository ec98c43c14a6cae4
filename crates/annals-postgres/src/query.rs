//! Reading the log by query. One statement a page, so that a page is of one state of the log: names
//! resolved in an earlier one could miss a version that has just come, and skip its events.

use annals_core::{Position, RecordedEvent};
use annals_runtime::ports::{LogQuery, StoreError};
use tokio_postgres::types::ToSql;

use crate::events::{COLUMNS, bounded, events, is_unkept};
use crate::lists::Bound;
use crate::readers::{PAGE, Readers};

/// A statement and what is bound to it.
#[derive(Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) bound: Vec<Box<dyn ToSql + Sync + Send>>,
}

/// Events by a query, in its order; `head` is where the log was seen to end. More than a page are
/// read by several statements: none holds a state of the log for long, and below the head nothing
/// changes in between.
pub(crate) async fn log(
    readers: &Readers,
    mut query: LogQuery,
    head: Position,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let wanted = query.limit;
    query.limit = wanted.min(PAGE);
    let mut events = page(readers, &query, head).await?;
    let mut is_full = events.len() == query.limit;
    while let Some(last) = events.last().filter(|_| is_full && events.len() < wanted) {
        query.after = last.position;
        query.limit = (wanted - events.len()).min(PAGE);
        let page = page(readers, &query, head).await?;
        is_full = page.len() == query.limit;
        events.extend(page);
    }
    Ok(events)
}

async fn page(
    readers: &Readers,
    query: &LogQuery,
    head: Position,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let words = query.names.iter().chain(&query.tags).chain(&query.aggregate);
    let stream = query.stream.iter().flat_map(|stream| [&stream.aggregate, &stream.id]);
    if query.limit == 0 || words.chain(stream).any(|word| is_unkept(&[word])) {
        return Ok(Vec::new());
    }
    if let Some(range) = range(query, head) {
        let mut events = read(readers, &range).await?;
        // As many as there are places: these are the next, whatever else the log holds. Fewer,
        // where a log was damaged or restored: what is behind the gap is not passed over.
        if events.len() == query.limit {
            events.sort_by_cached_key(|event| event.position);
            return Ok(events);
        }
    }
    read(readers, &statement(query)).await
}

async fn read(readers: &Readers, sql: &Sql) -> Result<Vec<RecordedEvent>, StoreError> {
    let bound: Vec<Bound<'_>> = sql.bound.iter().map(|it| -> Bound<'_> { &**it }).collect();
    events(readers, &sql.text, &bound).await
}

impl Sql {
    /// Binds a value; how the text names it.
    fn bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.bound.push(Box::new(value));
        format!("${}", self.bound.len())
    }
}

/// The statement of the next page of the whole log, where the head is known to be behind its end:
/// positions are dense, so the page is a range. In no order, since merging the partitions by
/// position costs the server a fifth of its time.
pub(crate) fn range(query: &LogQuery, head: Position) -> Option<Sql> {
    let whole = LogQuery { after: query.after, limit: query.limit, ..LogQuery::default() };
    let last = query.after.0.checked_add(query.limit as u64)?;
    if *query != whole || last > head.0 {
        return None;
    }
    let mut sql = Sql::default();
    let (after, last) = (sql.bind(bounded(query.after.0)), sql.bind(bounded(last)));
    sql.text = format!(
        "SELECT {COLUMNS} FROM event_store e WHERE e.position > {after} AND e.position <= {last}"
    );
    Some(sql)
}

/// The statement of a query: driven by the narrowest index that one of its filters has.
pub(crate) fn statement(query: &LogQuery) -> Sql {
    let mut sql = Sql::default();
    let limit = sql.bind(bounded(query.limit as u64));
    let direction = if query.backward { " DESC" } else { "" };
    let mut filters = filters(query, &mut sql);
    let from = if let Some(stream) = &query.stream {
        let id = sql.bind(stream.id.to_string());
        let aggregate = sql.bind(stream.aggregate.to_string());
        filters.push(format!("e.aggregate_id = {id} AND e.aggregate = {aggregate}"));
        filters.extend(place(query, "e", &mut sql));
        let types = types(query, &mut sql);
        filters.extend(types.map(|it| format!("e.event_type = ANY (ARRAY({it}))")));
        filters.extend(tags(query, &mut sql, "e", 0));
        ("event_store e".to_owned(), "e.version")
    } else if let Some(tag) = query.tags.first() {
        let tag = sql.bind(tag.to_string());
        filters.push(format!("t.tag = {tag}"));
        filters.extend(place(query, "t", &mut sql));
        if !query.names.is_empty() {
            let names = sql.bind(names(query));
            filters.push(format!("t.name = ANY ({names})"));
        }
        filters.extend(tags(query, &mut sql, "t", 1));
        let event = "SELECT * FROM event_store s WHERE s.position = t.position LIMIT 1";
        (format!("annals_tags t CROSS JOIN LATERAL ({event}) e"), "t.position")
    } else if query.correlation_id.is_none()
        && let Some(types) = types(query, &mut sql)
    {
        // Each type along its index, a page of each; then the first of all. Only that index has
        // this order: by position alone, the server takes a rare type for one as common as others,
        // and walks the whole log for a page that never fills.
        let last = query.backward && query.after == Position(0);
        let after = sql.bind(if last { i64::MAX } else { bounded(query.after.0) });
        let (beyond, within) = if query.backward { ("<", ">=") } else { (">", "<=") };
        let own: String = filters.drain(..).map(|filter| format!(" AND {filter}")).collect();
        let arm = format!(
            "SELECT * FROM event_store e \
             WHERE (e.event_type, e.position) {beyond} (y.event_type, {after}) \
             AND e.event_type {within} y.event_type{own} \
             ORDER BY e.event_type{direction}, e.position{direction} LIMIT {limit}"
        );
        (format!("({types}) y CROSS JOIN LATERAL ({arm}) e"), "e.position")
    } else {
        filters.extend(place(query, "e", &mut sql));
        let types = types(query, &mut sql);
        filters.extend(types.map(|it| format!("e.event_type = ANY (ARRAY({it}))")));
        ("event_store e".to_owned(), "e.position")
    };
    let (from, order) = from;
    let filters = if filters.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", filters.join(" AND "))
    };
    sql.text =
        format!("SELECT {COLUMNS} FROM {from}{filters} ORDER BY {order}{direction} LIMIT {limit}");
    sql
}

/// What is asked of the event itself, whatever drives the query.
fn filters(query: &LogQuery, sql: &mut Sql) -> Vec<String> {
    let mut filters = Vec::new();
    if let Some(correlation) = query.correlation_id {
        let correlation = sql.bind(correlation);
        filters.push(format!("e.correlation_id = {correlation}"));
    }
    if let (Some(aggregate), None) = (&query.aggregate, &query.stream) {
        let aggregate = sql.bind(aggregate.to_string());
        filters.push(format!("e.aggregate = {aggregate}"));
    } else if let (Some(aggregate), Some(stream)) = (&query.aggregate, &query.stream)
        && *aggregate != stream.aggregate
    {
        filters.push("false".to_owned());
    }
    if query.without_sagas {
        filters.push("left(e.aggregate, 5) <> 'saga-'".to_owned());
    }
    filters
}

/// Stored event types by the names and the aggregate that are asked for; `None`: all.
fn types(query: &LogQuery, sql: &mut Sql) -> Option<String> {
    let mut filters = Vec::new();
    if !query.names.is_empty() {
        let names = sql.bind(names(query));
        filters.push(format!("k.name = ANY ({names})"));
    }
    if let Some(aggregate) = query.aggregate.as_ref().filter(|_| query.stream.is_none()) {
        let aggregate = sql.bind(aggregate.to_string());
        filters.push(format!("k.aggregate = {aggregate}"));
    }
    let select = "SELECT DISTINCT k.event_type FROM annals_types k WHERE ";
    (!filters.is_empty()).then(|| format!("{select}{}", filters.join(" AND ")))
}

/// That the event carries the tags from the given one on.
fn tags(query: &LogQuery, sql: &mut Sql, of: &str, from: usize) -> Vec<String> {
    let tags = query.tags.iter().skip(from);
    tags.map(|tag| {
        let tag = sql.bind(tag.to_string());
        format!(
            "EXISTS (SELECT FROM annals_tags o WHERE o.tag = {tag} AND o.position = {of}.position)"
        )
    })
    .collect()
}

fn names(query: &LogQuery) -> Vec<String> {
    query.names.iter().map(ToString::to_string).collect()
}

fn place(query: &LogQuery, of: &str, sql: &mut Sql) -> Option<String> {
    let after = bounded(query.after.0);
    match (query.backward, query.after) {
        (false, _) => Some(format!("{of}.position > {}", sql.bind(after))),
        (true, Position(0)) => None,
        (true, _) => Some(format!("{of}.position < {}", sql.bind(after))),
    }
}

#[cfg(all(test, feature = "on-services"))]
mod pages;
#[cfg(all(test, feature = "on-services"))]
pub(crate) mod plans;
