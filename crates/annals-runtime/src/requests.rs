//! Requests that no consumer answers: a letter has been resolved in the meantime, or it is of a
//! consumer that this system hasn't. Those of others are answered by the consumers themselves.

use crate::Committer;
use crate::consumers::{Statuses, discarded, unattended};
use crate::ports::{Clock, Letter, LetterQuery, LetterStatus, Request, Store, StoreError, Unit};

/// Who answers for those who aren't there.
pub(crate) struct Clerk<'r> {
    pub(crate) store: &'r dyn Store,
    pub(crate) committer: &'r Committer,
    pub(crate) statuses: &'r Statuses,
    pub(crate) clock: &'r dyn Clock,
}

impl Clerk<'_> {
    /// Answers what nobody else does, in one unit: a crash before it leaves all of it to the next
    /// round. True where requests are left, which are the consumers'.
    pub(crate) async fn answer(&self) -> Result<bool, StoreError> {
        let mut unit = Unit::default();
        let requests = self.store.requests().await?;
        for (number, request) in &requests {
            let (Request::Redrive(id) | Request::Discard { letter: id, .. }) = request;
            let query = LetterQuery { id: Some(*id), ..LetterQuery::default() };
            let letters = self.store.letters(query).await?;
            let dead = letters.iter().find(|letter| letter.status == LetterStatus::Failed);
            match dead {
                Some(letter) if self.statuses.has(&letter.consumer) => continue,
                Some(letter) => self.unattended(&mut unit, letter, request).await?,
                None => {}
            }
            unit.requests_done.push(*number);
        }
        let left = unit.requests_done.len() < requests.len();
        if !unit.requests_done.is_empty() {
            self.committer.commit(unit).await?.map_err(|refusal| {
                StoreError::Unavailable(format!("answers to requests were refused: {refusal:?}"))
            })?;
        }
        Ok(left)
    }

    /// Nobody here can try the letter: a redrive comes to nothing, and whoever asked sees it dead
    /// still. Giving it up takes nobody.
    async fn unattended(
        &self,
        unit: &mut Unit,
        letter: &Letter,
        request: &Request,
    ) -> Result<(), StoreError> {
        let Request::Discard { reason, .. } = request else { return Ok(()) };
        if unit.letters.iter().any(|written| written.id == letter.id) {
            return Ok(());
        }
        let now = self.clock.now();
        unit.letters.push(discarded(letter, reason, now));
        unit.letters.extend(self.next(letter).await?.map(|next| unattended(&next, now)));
        Ok(())
    }

    /// The letter that was blocked right behind another.
    async fn next(&self, letter: &Letter) -> Result<Option<Letter>, StoreError> {
        let query = LetterQuery {
            consumer: Some(letter.consumer.clone()),
            key: Some(letter.key.clone()),
            statuses: vec![LetterStatus::Blocked],
            ..LetterQuery::default()
        };
        let blocked = self.store.letters(query).await?;
        Ok(blocked.into_iter().min_by_key(|letter| letter.position))
    }
}
