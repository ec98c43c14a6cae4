//! Conditions laid out: their criteria as lists, for the server, and the events of the same call
//! that come before, for ourselves.

use std::collections::HashMap;
use std::sync::Arc;

use annals_core::NewEvent;
use annals_runtime::ports::{Condition, Criterion};

use crate::events::bounded;
use crate::lists::Bound;

/// The criteria of a call's conditions, in order: the lists of `annals_first_matches`.
#[derive(Debug, Default)]
pub(crate) struct Criteria<'u> {
    after: Vec<i64>,
    tag: Vec<Option<&'u str>>,
    tags: Vec<Option<String>>,
    names: Vec<Option<String>>,
}

impl<'u> Criteria<'u> {
    pub(crate) fn push(&mut self, condition: &'u Condition) {
        for Criterion { names, tags } in &condition.none_of {
            // No event has such a name or tag.
            if names.iter().chain(tags).any(|text| text.contains('\0')) {
                continue;
            }
            self.after.push(bounded(condition.after.0));
            self.tag.push(tags.first().map(|tag| &**tag));
            self.tags.push(Some(array_literal(tags.get(1..).unwrap_or_default())));
            self.names.push((!names.is_empty()).then(|| array_literal(names)));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.after.len()
    }

    pub(crate) fn bound(&self) -> [Bound<'_>; 4] {
        [&self.after, &self.tag, &self.tags, &self.names]
    }
}

/// The events of a call up to a unit, and where each tag is among them.
#[derive(Debug, Default)]
pub(crate) struct Earlier<'u> {
    events: Vec<&'u NewEvent>,
    tagged: HashMap<&'u str, Vec<usize>>,
}

impl<'u> Earlier<'u> {
    pub(crate) fn push(&mut self, event: &'u NewEvent) {
        for tag in &*event.tags {
            self.tagged.entry(tag).or_default().push(self.events.len());
        }
        self.events.push(event);
    }

    /// Those that match a condition, by their number from 0. Whether they are committed, and where,
    /// only the server knows.
    pub(crate) fn matching(&self, condition: &Condition) -> Vec<usize> {
        let matches = |at: &usize| {
            condition.none_of.iter().any(|criterion| criterion.matches(self.events[*at]))
        };
        match condition.none_of.as_slice() {
            [] => Vec::new(),
            [only] if !only.tags.is_empty() => {
                let tagged = self.tagged.get(&*only.tags[0]).into_iter().flatten().copied();
                tagged.filter(matches).collect()
            }
            _ => (0..self.events.len()).filter(matches).collect(),
        }
    }
}

/// `{"a","b"}`.
fn array_literal(texts: &[Arc<str>]) -> String {
    let quoted =
        |text: &Arc<str>| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    format!("{{{}}}", texts.iter().map(quoted).collect::<Vec<_>>().join(","))
}
