//! Outcomes: what makes commands idempotent.

use std::sync::Arc;

use annals_core::Position;
use annals_runtime::ports::{Expected, OutcomeWrite, Refusal, Store, Unit};
use uuid::Uuid;

use super::{check, commit, ok, refused, take};
use crate::check::{Check, Checked, same};
use crate::make::{appends, checkpoint, exactly, outcome, stream};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("a command that has an outcome is refused with the first one", duplicate),
        check!("a repetition is told apart from a conflict", duplicate_first),
        check!("an outcome without events is kept, before the stream has any", without_events),
        check!("the same command id on another stream is another command", by_stream),
        check!("outcomes are found by their correlation, also without events", by_correlation),
        check!("outcomes are found whatever events they came with", beside_events),
    ]
}

async fn duplicate(store: Arc<dyn Store>) -> Checked {
    let accepted = Unit { outcome: Some(outcome("a", 1)), ..appends("a", exactly(0), &[1]) };
    take(&store, accepted).await?;
    let kept = ok(store.outcome(&stream("a"), outcome("a", 1).command_id).await)?;
    same("the outcome", &kept, &Some(outcome("a", 1)))?;
    let mut other = outcome("a", 1);
    other.request_hash = [7; 32];
    other.outcome = b"{}".as_slice().into();
    let again = Unit { outcome: Some(other), ..appends("a", exactly(1), &[2]) };
    let refusal = refused(&store, again).await?;
    same("the refusal", &refusal, &Refusal::Duplicate(Box::new(outcome("a", 1))))?;
    same("the head", &ok(store.head().await)?, &Position(1))?;
    let same_call =
        |number| Unit { outcome: Some(outcome("b", 9)), ..appends("b", Expected::Any, &[number]) };
    let verdicts = commit(&store, vec![same_call(3), same_call(4)]).await?;
    same("the first of a call", &verdicts[0].is_ok(), &true)?;
    let second = verdicts.into_iter().nth(1).and_then(Result::err);
    same("the second of a call", &second, &Some(Refusal::Duplicate(Box::new(outcome("b", 9)))))
}

async fn duplicate_first(store: Arc<dyn Store>) -> Checked {
    let unit = || Unit {
        outcome: Some(outcome("a", 1)),
        checkpoint: Some(checkpoint("reaction", 0, 1)),
        ..appends("a", exactly(0), &[1])
    };
    take(&store, unit()).await?;
    let refusal = refused(&store, unit()).await?;
    same("the refusal", &refusal, &Refusal::Duplicate(Box::new(outcome("a", 1))))
}

async fn without_events(store: Arc<dyn Store>) -> Checked {
    let ignored = || Unit { outcome: Some(outcome("a", 1)), ..Unit::default() };
    let committed = take(&store, ignored()).await?;
    same("places", &committed.appends, &Vec::new())?;
    let refusal = refused(&store, ignored()).await?;
    same("again", &refusal, &Refusal::Duplicate(Box::new(outcome("a", 1))))?;
    take(&store, appends("a", Expected::Empty, &[1])).await?;
    let kept = ok(store.outcome(&stream("a"), outcome("a", 1).command_id).await)?;
    same("the outcome", &kept, &Some(outcome("a", 1)))?;
    let unknown = ok(store.outcome(&stream("a"), Uuid::from_u64_pair(9, 9)).await)?;
    same("an unknown command's", &unknown, &None)
}

async fn by_stream(store: Arc<dyn Store>) -> Checked {
    for id in ["a", "b"] {
        let unit = Unit { outcome: Some(outcome(id, 1)), ..Unit::default() };
        take(&store, unit).await?;
    }
    let kept = ok(store.outcome(&stream("b"), outcome("b", 1).command_id).await)?;
    same("the second's", &kept, &Some(outcome("b", 1)))
}

async fn by_correlation(store: Arc<dyn Store>) -> Checked {
    let correlation_id = Uuid::from_u64_pair(7, 7);
    let of = |id: &str, command: u64| OutcomeWrite { correlation_id, ..outcome(id, command) };
    let ignored = Unit { outcome: Some(of("b", 1)), ..Unit::default() };
    let accepted = Unit { outcome: Some(of("a", 3)), ..appends("a", exactly(0), &[1]) };
    let rejected = Unit { outcome: Some(of("a", 2)), ..Unit::default() };
    let other = Unit { outcome: Some(outcome("b", 4)), ..Unit::default() };
    for unit in [ignored, accepted, rejected, other] {
        take(&store, unit).await?;
    }
    let all = vec![of("b", 1), of("a", 2), of("a", 3)];
    same("all, by time", &ok(store.outcomes(correlation_id, 10).await)?, &all)?;
    same("the first two", &ok(store.outcomes(correlation_id, 2).await)?, &all[..2].to_vec())?;
    let none = ok(store.outcomes(Uuid::from_u64_pair(7, 8), 10).await)?;
    same("an unknown correlation's", &none, &Vec::new())
}

/// A store may find an outcome by its events: each is found once, however many there are, and also
/// where its events say something else.
async fn beside_events(store: Arc<dyn Store>) -> Checked {
    // Types that a store doesn't know yet may go another way.
    take(&store, appends("z", Expected::Empty, &[1, 2, 3])).await?;
    let correlation_id = Uuid::from_u64_pair(7, 7);
    let of = |id: &str, command: u64| OutcomeWrite { correlation_id, ..outcome(id, command) };
    let beside = |id: &str, command: u64, correlation_id: Uuid, command_id: Uuid| {
        let mut unit = appends(id, exactly(0), &[10 * command + 1, 10 * command + 2]);
        for event in &mut unit.appends[0].events {
            event.metadata.correlation_id = correlation_id;
            event.metadata.command_id = Some(command_id);
        }
        Unit { outcome: Some(of(id, command)), ..unit }
    };
    let (other, id) = (Uuid::from_u64_pair(7, 8), |command| of("", command).command_id);
    let alike = beside("a", 1, correlation_id, id(1));
    let by_another = beside("b", 2, correlation_id, id(9));
    let of_another = beside("c", 3, other, id(3));
    let ignored = Unit { outcome: Some(of("d", 4)), ..Unit::default() };
    for verdict in commit(&store, vec![alike, by_another, of_another, ignored]).await? {
        same("a verdict", &verdict.is_ok(), &true)?;
    }
    let all = vec![of("a", 1), of("b", 2), of("c", 3), of("d", 4)];
    same("all, by time", &ok(store.outcomes(correlation_id, 10).await)?, &all)?;
    same("the first two", &ok(store.outcomes(correlation_id, 2).await)?, &all[..2].to_vec())?;
    same("the other's", &ok(store.outcomes(other, 10).await)?, &Vec::new())
}
