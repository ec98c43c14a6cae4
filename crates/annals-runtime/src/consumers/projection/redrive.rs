//! What people ask of a projection's letters. A redrive folds them in order, in one unit; where the
//! store doesn't take what they come to, one by one. Then each unit leaves the next letter as the
//! failed one, so that a crash between two of them leaves a queue that can be redriven.

use std::sync::Arc;

use crate::ports::{LetterStatus, Request, StoreError, Unit};

use super::super::letters::{discarded, failed_again, redriven};
use super::super::parked::Parked;
use super::{Loaded, ProjectionConsumer, Rows};

/// What is said of a letter whose turn has come, until it has been tried.
const NEXT: &str = "its redrive has not ended; redrive it again";

impl ProjectionConsumer {
    /// Takes up what people asked of its letters. True where something was done.
    pub(super) async fn requests(&self, loaded: &mut Loaded) -> Result<bool, StoreError> {
        if loaded.parked.dead() == 0 {
            return Ok(false);
        }
        for (number, request) in self.engine.store.requests().await? {
            let (Request::Redrive(id) | Request::Discard { letter: id, .. }) = request;
            let Some(key) = loaded.parked.failed(id).map(|failed| failed.key.clone()) else {
                continue;
            };
            let mut unit = self.answer(loaded, &key, (number, &request));
            self.redrive(loaded, &key, &mut unit, usize::MAX).await?;
            if self.engine.try_commit(unit).await?.is_err() {
                loaded.parked = Parked::load(&*self.engine.store, &self.name).await?;
                let unit = self.answer(loaded, &key, (number, &request));
                self.redrive_singly(loaded, &key, unit).await?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// A unit that answers a request; with the letter that is given up, where that was asked.
    fn answer(&self, loaded: &mut Loaded, key: &str, (number, request): (u64, &Request)) -> Unit {
        let mut unit = Unit { requests_done: vec![number], ..Unit::default() };
        if let Request::Discard { reason, .. } = request
            && let Some(failed) = loaded.parked.first(key)
        {
            let letter = discarded(failed, reason, self.engine.now());
            loaded.parked.put(letter.clone());
            unit.letters.push(letter);
        }
        unit
    }

    /// Folds a key's letters in order, at most so many, until one fails. True where none did.
    async fn redrive(
        &self,
        loaded: &mut Loaded,
        key: &str,
        unit: &mut Unit,
        most: usize,
    ) -> Result<bool, StoreError> {
        let (mut rows, mut whole) = (Rows::default(), true);
        for _ in 0..most {
            let Some(letter) = loaded.parked.first(key).cloned() else { break };
            let event = self.engine.store.read_at(vec![letter.position]).await?;
            let [event] = &*event else { break };
            self.read(&mut rows, std::slice::from_ref(event)).await?;
            let now = self.engine.now();
            let tried = match self.fold(&mut rows, event) {
                Ok(()) => redriven(&letter, now),
                Err(failure) => failed_again(&letter, (1, &failure.to_string(), now)),
            };
            whole = tried.status == LetterStatus::Redriven;
            loaded.parked.put(tried.clone());
            unit.letters.push(tried);
            if !whole {
                break;
            }
        }
        unit.rows = rows.writes(&self.name);
        Ok(whole)
    }

    /// Folds them one by one; `unit` is what the first one is committed with.
    async fn redrive_singly(
        &self,
        loaded: &mut Loaded,
        key: &Arc<str>,
        mut unit: Unit,
    ) -> Result<(), StoreError> {
        while let Some(letter) = loaded.parked.first(key).cloned() {
            let answered = unit.clone();
            let whole = self.redrive(loaded, key, &mut unit, 1).await?;
            let next = loaded.parked.first(key).filter(|it| it.status == LetterStatus::Blocked);
            if let Some(next) = next {
                let next = failed_again(next, (0, NEXT, self.engine.now()));
                loaded.parked.put(next.clone());
                unit.letters.push(next);
            }
            if let Err(why) = self.engine.try_commit(unit).await? {
                let tried = failed_again(&letter, (1, &why, self.engine.now()));
                let mut unit = answered;
                unit.letters.push(tried);
                self.engine.commit(unit).await?;
                loaded.parked = Parked::load(&*self.engine.store, &self.name).await?;
                return Ok(());
            }
            if !whole {
                return Ok(());
            }
            unit = Unit::default();
        }
        // Nobody was behind the letter that was given up.
        if !unit.requests_done.is_empty() {
            self.engine.commit(unit).await?;
        }
        Ok(())
    }
}
