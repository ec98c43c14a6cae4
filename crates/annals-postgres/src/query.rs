//! Reading the log by query, in turns. A turn is one statement, and so of one state of the log; it
//! looks at so many rows at most, matching or not, and the next goes on behind the last of them.
//! However narrow its filters, no query keeps the server from tidying.
//!
//! What comes to the log between two turns lies behind all that was looked at, and each turn
//! resolves names for itself, so that a version that is new in between is not passed over.

use std::cmp::Reverse;

use annals_core::{Position, RecordedEvent, StreamId};
use annals_runtime::ports::{LogQuery, StoreError};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::damaged;
use crate::events::{bounded, events, get, is_unkept, number, sifted};
use crate::lists::Bound;
use crate::readers::{PAGE, Readers};

mod statement;

use statement::{
    LEAST_OF_A_TYPE, TYPES, count_types, most, rarest_tag, statement, stretch_below, version_at,
};

/// Rows of the log for each event of the types that are wanted, from which on these are sought.
const SPARSE: usize = 8;

/// Rows that a turn looks at, at least, where it can't know how many match.
const FEW: usize = 64;

/// A statement and what is bound to it.
#[derive(Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) bound: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Sql {
    /// Binds a value; how the text names it.
    fn bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.bound.push(Box::new(value));
        format!("${}", self.bound.len())
    }

    fn bound(&self) -> Vec<Bound<'_>> {
        self.bound.iter().map(|it| -> Bound<'_> { &**it }).collect()
    }
}

/// What a query goes along, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way<'q> {
    /// The log itself, a range of positions a turn.
    Log,
    /// The index of types, each from where the turn begins.
    Types,
    /// A correlation.
    Correlation(Uuid),
    /// A tag, of several that of which there is the least.
    Tag(&'q str),
    /// One stream, by versions.
    Stream(&'q StreamId),
}

/// A query on its way through the log.
struct Walk<'q> {
    query: &'q LogQuery,
    way: Way<'q>,
    /// Behind it (before it, where the query goes backward) lies what hasn't been looked at: a
    /// version of a stream, a position otherwise.
    place: i64,
    /// Rows that were looked at along this way.
    looked: usize,
    /// Whether its types are too many to be sought along their index.
    has_many_types: bool,
    events: Vec<RecordedEvent>,
}

/// Events by a query, in its order; `head` is where the log was seen to end.
pub(crate) async fn log(
    readers: &Readers,
    query: &LogQuery,
    head: Position,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let words = query.names.iter().chain(&query.tags).chain(&query.aggregate);
    let stream = query.stream.iter().flat_map(|stream| [&stream.aggregate, &stream.id]);
    if query.limit == 0 || words.chain(stream).any(|word| is_unkept(&[word])) {
        return Ok(Vec::new());
    }
    let mut walk = Walk::begin(readers, query).await?;
    while !walk.turn(readers, head).await? {}
    Ok(walk.events)
}

impl<'q> Walk<'q> {
    async fn begin(readers: &Readers, query: &'q LogQuery) -> Result<Self, StoreError> {
        let mut way = Way::of(query);
        let mut place = match (query.backward, query.after.0) {
            (true, 0) => i64::MAX,
            (_, after) => bounded(after),
        };
        if let (Way::Stream(stream), 1..) = (way, query.after.0) {
            let sql = version_at(stream, query);
            let rows = readers.query(&sql.text, &sql.bound()).await?;
            let row = rows.first().ok_or_else(|| damaged("no version at a place".to_owned()))?;
            place = get(row, 0)?;
        }
        if query.tags.len() > 1 && matches!(way, Way::Tag(_)) {
            let sql = rarest_tag(query, place);
            let rows = readers.query(&sql.text, &sql.bound()).await?;
            let rarest = rows.first().map(|row| number(row, 0)).transpose()?;
            let rarest = rarest.and_then(|number| query.tags.get(number as usize - 1));
            way = rarest.map_or(way, |tag| Way::Tag(tag));
        }
        Ok(Self { query, way, place, looked: 0, has_many_types: false, events: Vec::new() })
    }

    /// A turn; whether it was the last.
    async fn turn(&mut self, readers: &Readers, head: Position) -> Result<bool, StoreError> {
        let (look, wanted) = (self.look(), self.query.limit - self.events.len());
        let end = self.place.saturating_add(look as i64);
        if end <= bounded(head.0) && self.takes_all_up_to(end, readers).await? {
            return Ok(self.events.len() == self.query.limit);
        }
        let sql = statement(self.query, self.way, self.place, look);
        let mut rows = sifted(readers, &sql.text, &sql.bound()).await?;
        let (seen, last) = (rows.len(), rows.last().map(|(place, _)| *place));
        if self.way == Way::Log {
            let position = |event: &Option<RecordedEvent>| event.as_ref().map(|it| it.position);
            match self.query.backward {
                false => rows.sort_by_cached_key(|(_, event)| position(event)),
                true => rows.sort_by_cached_key(|(_, event)| Reverse(position(event))),
            }
        }
        let before = self.events.len();
        self.events.extend(rows.into_iter().filter_map(|(_, event)| event).take(wanted));
        let found = self.events.len() - before;
        let Some(last) = last.filter(|_| found < wanted) else { return Ok(true) };
        let is_last = match self.way {
            // Each row's place is where the range ended, which is cut short at the log's end.
            Way::Log if self.query.backward => last <= 1,
            Way::Log => last < end,
            // Shared among the types: so many at least.
            Way::Types => seen < look.min(LEAST_OF_A_TYPE),
            _ => seen < look,
        };
        self.place = last;
        self.looked += look;
        let is_sparse = self.is_of_types() && found * SPARSE < look;
        if self.way == Way::Log && is_sparse && !is_last && !self.has_many_types {
            let sql = count_types(self.query);
            let rows = readers.query(&sql.text, &sql.bound()).await?;
            let row = rows.first().ok_or_else(|| damaged("no count of types".to_owned()))?;
            match number(row, 0)? <= TYPES as u64 {
                true => (self.way, self.looked) = (Way::Types, 0),
                false => self.has_many_types = true,
            }
        }
        Ok(is_last)
    }

    /// Takes a range of the log where all of it is wanted and was seen to be there; whether it is.
    /// Fewer than there are places, and the log was damaged or restored: then the range is read as
    /// any other, with where the log ends now.
    async fn takes_all_up_to(&mut self, end: i64, readers: &Readers) -> Result<bool, StoreError> {
        if self.way != Way::Log || self.query.backward || !self.way.says_all_of(self.query) {
            return Ok(false);
        }
        let sql = stretch_below(self.place, end);
        let mut events = events(readers, &sql.text, &sql.bound()).await?;
        if events.len() as i64 != end - self.place {
            return Ok(false);
        }
        events.sort_by_cached_key(|event| event.position);
        self.events.extend(events);
        self.place = end;
        Ok(true)
    }

    /// Rows for the next turn to look at: as many as hold those that are wanted, by what was found
    /// so far. Before that, a few rows tell whether types are common.
    fn look(&self) -> usize {
        let wanted = self.query.limit - self.events.len();
        let look = match self.looked {
            _ if self.way.says_all_of(self.query) => return wanted.min(PAGE),
            0 if self.way == Way::Log && self.is_of_types() => FEW,
            0 => wanted,
            looked => wanted.min(PAGE) * looked / self.events.len().max(1) / 8 * 9,
        };
        look.max(FEW).min(most(self.query, self.way))
    }

    /// Whether its events are of some types only.
    fn is_of_types(&self) -> bool {
        !self.query.names.is_empty() || self.query.aggregate.is_some()
    }
}

impl<'q> Way<'q> {
    fn of(query: &'q LogQuery) -> Self {
        match (&query.stream, query.correlation_id, query.tags.first()) {
            (Some(stream), _, _) => Self::Stream(stream),
            (None, Some(correlation), _) => Self::Correlation(correlation),
            (None, None, Some(tag)) => Self::Tag(tag),
            (None, None, None) => Self::Log,
        }
    }

    /// Whether all rows along it are the query's.
    fn says_all_of(self, query: &LogQuery) -> bool {
        let rest = LogQuery {
            after: query.after,
            limit: query.limit,
            backward: query.backward,
            ..LogQuery::default()
        };
        let said = match self {
            Self::Log => rest,
            // No type is of a saga's history and of something else.
            Self::Types => return query.aggregate.is_none(),
            Self::Correlation(id) => LogQuery { correlation_id: Some(id), ..rest },
            Self::Tag(tag) => LogQuery { tags: vec![tag.into()], ..rest },
            Self::Stream(stream) => LogQuery { stream: Some(stream.clone()), ..rest },
        };
        *query == said
    }
}

#[cfg(all(test, feature = "on-services"))]
mod pages;
#[cfg(all(test, feature = "on-services"))]
pub(crate) mod plans;
