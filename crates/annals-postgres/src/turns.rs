//! Tables read in turns. A turn is one statement, which looks at a page of rows at most, wanted or
//! not, and says how far it came; the next goes on behind it. What is there does not matter: no
//! state of the store is held for longer. (The log has ways of its own, in `query.rs`.)

use annals_runtime::ports::StoreError;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use crate::error::damaged;
use crate::events::{bounded, get};
use crate::lists::Bound;
use crate::readers::{PAGE, Readers};

/// A statement for [`rows`]: these columns of a table's rows `of` this, in the order of `by`, which
/// an index has; those that are `wanted`.
pub(crate) fn page((columns, table): (&str, &str), (of, by): (&str, &str), wanted: &str) -> String {
    format!(
        "WITH page AS MATERIALIZED ( \
           SELECT {columns}, {by} AS place, {wanted} AS wanted FROM {table} \
           WHERE {of}{by} {{beyond}} $1 ORDER BY {by} LIMIT $2) \
         SELECT {columns}, b.seen, b.last, p.wanted IS TRUE \
         FROM (SELECT count(*) AS seen, max(place) AS last FROM page) b \
         LEFT JOIN page p ON p.wanted ORDER BY p.place LIMIT $3"
    )
}

/// The rows of a statement in turns, at most so many (0: all). It goes along a place, from `$1` on
/// or behind it, as `{beyond}` in its text says, looks at `$2` rows and gives `$3` of them at most.
/// The last columns of its rows are how many it looked at, the place of the last of them, and
/// whether there is a row.
pub(crate) async fn rows<P: Place, T>(
    readers: &Readers,
    sql: &str,
    from: (&str, P),
    (bound, limit): (&[Bound<'_>], usize),
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut found = Vec::new();
    let take = |rows: Vec<T>| {
        found.extend(rows);
        limit - found.len()
    };
    each(readers, (sql, bound), from, (limit.min(PAGE), PAGE), read, take).await?;
    Ok(found)
}

/// The rows of each turn, as [`rows`] has them, for as long as more are wanted: `take` says how
/// many, before the first turn too. That one looks at so many, and each other one.
pub(crate) async fn each<P: Place, T>(
    readers: &Readers,
    (sql, bound): (&str, &[Bound<'_>]),
    (mut beyond, mut place): (&str, P),
    (first, later): (usize, usize),
    read: impl Fn(&Row) -> Result<T, StoreError>,
    mut take: impl FnMut(Vec<T>) -> usize,
) -> Result<(), StoreError> {
    let (mut look, mut wanted) = (first as i64, bounded(take(Vec::new()) as u64));
    loop {
        let turn: [Bound<'_>; 3] = [&place, &look, &wanted];
        let all: Vec<Bound<'_>> = turn.into_iter().chain(bound.iter().copied()).collect();
        let page = readers.query(&sql.replace("{beyond}", beyond), &all).await?;
        let first = page.first().ok_or_else(|| damaged("a turn that says nothing".to_owned()))?;
        let width = first.len();
        let (seen, last) = (get::<i64>(first, width - 3)?, get::<Option<P>>(first, width - 2)?);
        let mut found = Vec::new();
        for row in &page {
            if get(row, width - 1)? {
                found.push(read(row)?);
            }
        }
        wanted = bounded(take(found) as u64);
        match last {
            Some(last) if seen >= look && wanted > 0 => (beyond, place) = (">", last),
            _ => return Ok(()),
        }
        look = later as i64;
    }
}

/// What a table is read along.
pub(crate) trait Place: ToSql + for<'r> FromSql<'r> + Sync + Send {}

impl<T: ToSql + for<'r> FromSql<'r> + Sync + Send> Place for T {}

#[cfg(all(test, feature = "on-services"))]
mod tests;
