//! Pages: so many items, and so many bytes. Stores are read in small bites, so that a page of large
//! items costs a page of memory and not a thousand of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Bound;
use std::sync::Arc;

use annals_core::{Cell, Position, RecordedEvent, Row};
use annals_runtime::ports::StoreError;
use axum::Json;
use serde_json::{Value, json};

use crate::query::Page;

/// About where a page ends; one item it always has.
const PAGE_BYTES: usize = 4 << 20;

/// Items that are read at once.
const BITE: usize = 64;

/// What an item weighs beside its data.
const ITEM_BYTES: usize = 512;

/// A page that is being filled.
pub(crate) struct Filling<T> {
    items: Vec<T>,
    bytes: usize,
    limit: usize,
    /// Whether there was an item more than fits.
    more: bool,
}

impl<T> Filling<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { items: Vec::new(), bytes: 0, limit, more: false }
    }

    /// Adds an item of so many bytes; false where the page is full without it.
    pub(crate) fn add(&mut self, item: T, bytes: usize) -> bool {
        let bytes = self.bytes + bytes + ITEM_BYTES;
        if self.items.len() >= self.limit || (bytes > PAGE_BYTES && !self.items.is_empty()) {
            self.more = true;
            return false;
        }
        self.bytes = bytes;
        self.items.push(item);
        true
    }

    /// How many items to read now: one more than fits, as far as can be told from those before.
    fn bite(&self) -> usize {
        let left = PAGE_BYTES.saturating_sub(self.bytes);
        let mean = self.bytes.checked_div(self.items.len());
        let fit = mean.map_or(BITE / 4, |mean| left / mean.max(1));
        (self.limit - self.items.len()).min(fit).saturating_add(1).min(BITE)
    }

    /// The items, and whether there are more.
    pub(crate) fn done(self) -> (Vec<T>, bool) {
        (self.items, self.more)
    }
}

/// Fills a page by what reads so many items after one. The items, and whether there are more.
pub(crate) async fn fill<T, R: Future<Output = Result<Vec<T>, StoreError>>>(
    limit: usize,
    bytes: impl Fn(&T) -> usize,
    mut read: impl FnMut(Option<&T>, usize) -> R,
) -> Result<(Vec<T>, bool), StoreError> {
    let mut page = Filling::new(limit);
    loop {
        let bite = page.bite();
        let items = read(page.items.last(), bite).await?;
        let last = items.len() < bite;
        for item in items {
            let weighs = bytes(&item);
            if !page.add(item, weighs) {
                return Ok(page.done());
            }
        }
        if last {
            return Ok(page.done());
        }
    }
}

/// The part of what the model names that a page holds, and the last name where there is more.
pub(crate) fn by_name<'a, T>(
    all: &'a BTreeMap<Arc<str>, T>,
    page: &Page,
) -> (impl Iterator<Item = &'a T>, Option<String>) {
    let after = page.text("after").map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = all.range::<str, _>((after, Bound::Unbounded));
    let named: Vec<_> = rest.by_ref().take(page.limit).collect();
    let last = named.last().filter(|_| rest.next().is_some());
    let next = last.map(|(name, _)| name.to_string());
    (named.into_iter().map(|(_, named)| named), next)
}

/// A list as it is answered. `next` is the last item's cursor, where there are more.
pub(crate) fn list(items: Vec<Value>, next: Option<String>, position: Position) -> Json<Value> {
    Json(json!({ "items": items, "next": next, "position": position }))
}

/// What an event weighs.
pub(crate) fn event_bytes(event: &RecordedEvent) -> usize {
    event.event.data.len()
}

/// What a row weighs.
pub(crate) fn row_bytes(row: &Row) -> usize {
    let cells = row.iter().map(|cell| match cell {
        Cell::Text(text) | Cell::Json(text) => text.len(),
        _ => 16,
    });
    cells.sum()
}
