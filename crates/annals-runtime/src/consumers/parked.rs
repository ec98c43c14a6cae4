//! What is parked: of each key the failed letter and those blocked behind it, in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use annals_core::Position;

use crate::ports::{Letter, LetterId, LetterQuery, LetterStatus, Store, StoreError};

/// The unresolved letters of one consumer. A mirror of the store's rows: it changes with them.
#[derive(Debug, Default)]
pub(super) struct Parked {
    keys: HashMap<Arc<str>, BTreeMap<Position, Letter>>,
}

impl Parked {
    /// Loads what is unresolved.
    pub(super) async fn load(store: &dyn Store, consumer: &Arc<str>) -> Result<Self, StoreError> {
        let query = LetterQuery {
            consumer: Some(consumer.clone()),
            statuses: vec![LetterStatus::Failed, LetterStatus::Blocked],
            ..LetterQuery::default()
        };
        let mut parked = Self::default();
        for letter in store.letters(query).await? {
            parked.put(letter);
        }
        Ok(parked)
    }

    /// Takes a letter in, or on to its new status: a resolved one leaves.
    pub(super) fn put(&mut self, letter: Letter) {
        let key = letter.key.clone();
        let letters = self.keys.entry(key.clone()).or_default();
        match letter.status {
            LetterStatus::Failed | LetterStatus::Blocked => {
                letters.insert(letter.position, letter);
            }
            LetterStatus::Redriven | LetterStatus::Discarded => {
                letters.remove(&letter.position);
            }
        }
        if letters.is_empty() {
            self.keys.remove(&key);
        }
    }

    /// The first letter of a key: the failed one, or the next in line once that is resolved.
    pub(super) fn first(&self, key: &str) -> Option<&Letter> {
        self.keys.get(key).and_then(|letters| letters.values().next())
    }

    /// The failed letter of that number.
    pub(super) fn failed(&self, id: LetterId) -> Option<&Letter> {
        let firsts = self.keys.values().filter_map(|letters| letters.values().next());
        firsts.into_iter().find(|letter| letter.id == id && letter.status == LetterStatus::Failed)
    }

    /// How many dead letters there are.
    pub(super) fn dead(&self) -> usize {
        let all = self.keys.values().flat_map(BTreeMap::values);
        all.filter(|letter| letter.status == LetterStatus::Failed).count()
    }

    /// The first letter of each key.
    pub(super) fn firsts(&self) -> impl Iterator<Item = &Letter> {
        self.keys.values().filter_map(|letters| letters.values().next())
    }
}
