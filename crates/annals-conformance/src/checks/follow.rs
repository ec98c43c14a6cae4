//! Following the log: waiting for its end to move, subscriptions, places that outlive a restore.

use std::sync::Arc;

use annals_core::{Position, StreamId};
use annals_runtime::ports::{Append, Expected, LogQuery, Store, StoreError, StoreResult, Unit};
use annals_runtime::{Subscription, Token};

use super::{check, next_page, ok, take, waits_still};
use crate::check::{Check, Checked, holds, same};
use crate::make::{append, appends, event, tagged};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("beyond ends at once where the head lies beyond", at_once),
        check!("beyond waits for a commit, also where it is dropped and repeated", waits),
        check!("a subscription gives every event once, and then waits", subscription),
        check!("filter starvation: a place moves past events of others", starvation),
        check!("restore: a subscription beyond the head is told", beyond_the_head),
        check!("restore: a token whose event is another's is refused", restored),
    ]
}

async fn at_once(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Any, &[1, 2, 3])).await?;
    for after in 0..3 {
        same("the head", &ok(store.beyond(Position(after)).await)?, &Position(3))?;
    }
    Ok(())
}

async fn waits(store: Arc<dyn Store>) -> Checked {
    for number in 1..=5 {
        let after = Position(number - 1);
        let mut dropped: StoreResult<'_, Position> = store.beyond(after);
        holds("it waits", waits_still(&mut dropped).await)?;
        drop(dropped);
        // Asked before the commit, so that nothing but the commit can end it.
        let mut waiting = store.beyond(after);
        holds("it waits", waits_still(&mut waiting).await)?;
        let mut far = store.beyond(Position(number));
        holds("it waits for more", waits_still(&mut far).await)?;
        take(&store, appends("a", Expected::Any, &[number])).await?;
        // What was acknowledged and isn't there would be waited for for ever.
        same("the head", &ok(store.head().await)?, &Position(number))?;
        let head = ok(waiting.await)?;
        same("the head", &head, &Position(number))?;
        holds("it still waits for more", waits_still(&mut far).await)?;
    }
    Ok(())
}

async fn subscription(store: Arc<dyn Store>) -> Checked {
    for number in 1..=7 {
        let tags: &[&str] = if number % 2 == 0 { &["even"] } else { &[] };
        take(&store, tagged("a", number, tags)).await?;
    }
    let query = |tags: &[&str]| LogQuery {
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        limit: 2,
        ..LogQuery::default()
    };
    let mut all = Subscription::new(store.clone(), query(&[]));
    let mut even = Subscription::new(store.clone(), query(&["even"]));
    let pages = [(&[1, 2][..], 2), (&[3, 4], 4), (&[5, 6], 6), (&[7], 7)];
    follow(&store, &mut all, &pages).await?;
    // The last even event is 6, and nothing up to 7 is left to look at.
    follow(&store, &mut even, &[(&[2, 4], 4), (&[6], 7)]).await?;
    let mut next = Box::pin(even.next());
    holds("it waits at the end", waits_still(&mut next).await)?;
    take(&store, tagged("a", 8, &["even"])).await?;
    same("the head", &ok(store.head().await)?, &Position(8))?;
    let page = ok(next.await)?;
    let got: Vec<u64> = page.events.iter().map(|event| event.position.0).collect();
    same("what it waited for", &got, &vec![8])?;
    follow(&store, &mut all, &[(&[8], 8)]).await?;
    // A page that was asked for and dropped is given again.
    let mut dropped = Box::pin(even.next());
    holds("it waits again", waits_still(&mut dropped).await)?;
    drop(dropped);
    take(&store, tagged("a", 9, &["even"])).await?;
    follow(&store, &mut even, &[(&[9], 9)]).await
}

/// Takes pages; each one's positions, and up to where it looked.
async fn follow(
    store: &Arc<dyn Store>,
    subscription: &mut Subscription,
    pages: &[(&[u64], u64)],
) -> Checked {
    for (positions, place) in pages {
        let page = next_page(store, subscription, place - 1).await?;
        let got: Vec<u64> = page.events.iter().map(|event| event.position.0).collect();
        same("a page", &(&got[..], page.token.position.0), &(*positions, *place))?;
        let id = event("OrderPlaced.v1", *place).id;
        same("the event at its end", &page.token.event_id, &id)?;
    }
    Ok(())
}

async fn starvation(store: Arc<dyn Store>) -> Checked {
    const OTHERS: u64 = 10_000;
    for first in (1..=OTHERS).step_by(2_000) {
        let numbers: Vec<u64> = (first..first + 2_000).collect();
        take(&store, appends("other", Expected::Any, &numbers)).await?;
    }
    let queries = [
        LogQuery { tags: vec!["mine".into()], ..LogQuery::default() },
        LogQuery { aggregate: Some("Mine".into()), ..LogQuery::default() },
        LogQuery { names: vec!["Mine".into()], ..LogQuery::default() },
        LogQuery { stream: Some(StreamId::new("Mine", "m")), ..LogQuery::default() },
    ];
    let mut tokens = Vec::new();
    for query in &queries {
        let mut mine = Subscription::new(store.clone(), query.clone());
        follow(&store, &mut mine, &[(&[], OTHERS)]).await?;
        let mut next = Box::pin(mine.next());
        holds("it waits, and looks at nothing again", waits_still(&mut next).await)?;
        tokens.push(Token {
            position: Position(OTHERS),
            event_id: event("OrderPlaced.v1", OTHERS).id,
        });
    }
    let mut mine = event("Mine.v1", OTHERS + 1);
    mine.tags = vec!["mine".into()].into();
    let stream = StreamId::new("Mine", "m");
    let mine = Append { stream, expected: Expected::Any, events: vec![mine] };
    let other = append("other", Expected::Any, &[OTHERS + 2]);
    take(&store, Unit { appends: vec![mine, other], ..Unit::default() }).await?;
    for (query, token) in queries.into_iter().zip(tokens) {
        let mut again = ok(Subscription::resume(store.clone(), query, token).await)?;
        follow(&store, &mut again, &[(&[OTHERS + 1], OTHERS + 2)]).await?;
    }
    Ok(())
}

async fn beyond_the_head(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Any, &[1, 2, 3])).await?;
    let query = LogQuery { after: Position(4), ..LogQuery::default() };
    let told = Subscription::new(store.clone(), query).next().await;
    holds("it is told", matches!(told, Err(StoreError::NotOurs(_))))?;
    let query = LogQuery { after: Position(3), ..LogQuery::default() };
    let mut at_the_head = Subscription::new(store, query);
    let mut next = Box::pin(at_the_head.next());
    holds("at the head it waits", waits_still(&mut next).await)
}

async fn restored(store: Arc<dyn Store>) -> Checked {
    restored_with(store, Subscription::resume).await
}

/// The check for whatever resumes: a token of a log that went another way, behind a position that
/// this log has too, and one of a log that was longer.
pub(super) async fn restored_with<R>(
    store: Arc<dyn Store>,
    resume: impl Fn(Arc<dyn Store>, LogQuery, Token) -> R,
) -> Checked
where
    R: Future<Output = Result<Subscription, StoreError>>,
{
    take(&store, appends("a", Expected::Any, &[1, 2, 3, 4, 5])).await?;
    let token = |position, number| Token {
        position: Position(position),
        event_id: event("OrderPlaced.v1", number).id,
    };
    let resume = async |token| resume(store.clone(), LogQuery::default(), token).await;
    let mut same_log = ok(resume(token(3, 3)).await)?;
    follow(&store, &mut same_log, &[(&[4, 5], 5)]).await?;
    for (what, token) in [("another event's", token(3, 30)), ("a longer log's", token(6, 6))] {
        match resume(token).await {
            Err(StoreError::NotOurs(_)) => {}
            Err(other) => return Err(format!("{what}: {other}")),
            Ok(_) => return Err(format!("{what} token was taken")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
