//! The books of consumers: checkpoints, letters, retries, timers, sagas, requests, facts.

use std::sync::Arc;

use annals_core::{Position, Timestamp};
use annals_runtime::ports::{
    Checkpoint, Letter, LetterQuery, LetterStatus, Refusal, Request, SagaQuery, Store, Unit,
};

use super::{check, commit, ok, refused, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{THEN_US, checkpoint, incompressible, letter, retry, saga, timer};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("a checkpoint is fenced by what it must be", checkpoints),
        check!("letters are found by each filter, page by page", letters),
        check!("a letter is one event's and consumer's, and theirs is one letter", one_letter),
        check!("resolved letters are purged, and no others", purge),
        check!("retries are replaced and removed by consumer and position", retries),
        check!("timers come by due time, and go", timers),
        check!("saga instances are replaced, and found by each filter", sagas),
        check!("a saga's instances have names of up to 2,000 bytes on every store", long_keys),
        check!("requests are numbered, and go once they are answered", requests),
        check!("facts are remembered, the last of a name", facts),
    ]
}

async fn checkpoints(store: Arc<dyn Store>) -> Checked {
    let unit = |expected, position| Unit {
        checkpoint: Some(checkpoint("summary", expected, position)),
        retries: vec![retry("summary", position, 1)],
        ..Unit::default()
    };
    let stale =
        |actual| Refusal::StaleCheckpoint { consumer: "summary".into(), actual: Position(actual) };
    same("before any", &ok(store.checkpoint("summary").await)?, &None)?;
    same("ahead", &refused(&store, unit(3, 4)).await?, &stale(0))?;
    take(&store, unit(0, 5)).await?;
    same("behind", &refused(&store, unit(0, 6)).await?, &stale(5))?;
    take(&store, unit(5, 7)).await?;
    take(&store, unit(7, 2)).await?;
    let wanted = Checkpoint { position: Position(2), fingerprint: "f1".into() };
    same("now", &ok(store.checkpoint("summary").await)?, &Some(wanted))?;
    let kept = ok(store.retries("summary").await)?;
    let kept: Vec<u64> = kept.iter().map(|it| it.position.0).collect();
    same("what came with those that were taken", &kept, &vec![2, 5, 7])
}

async fn letters(store: Arc<dyn Store>) -> Checked {
    use LetterStatus::{Blocked, Discarded, Failed, Redriven};
    let all = vec![
        letter(1, "r", "a", Failed),
        letter(2, "r", "a", Blocked),
        letter(3, "s", "a", Failed),
        letter(4, "r", "b", Redriven),
        letter(5, "r", "c", Discarded),
    ];
    take(&store, Unit { letters: all.clone(), ..Unit::default() }).await?;
    let query = LetterQuery::default;
    let ids = async |query: LetterQuery| -> Result<Vec<u64>, String> {
        Ok(ok(store.letters(query).await)?.iter().map(|it| it.id).collect())
    };
    same("all", &ok(store.letters(query()).await)?, &all)?;
    same("a page", &ids(LetterQuery { after: 1, limit: 2, ..query() }).await?, &vec![2, 3])?;
    let mine = LetterQuery { consumer: Some("r".into()), ..query() };
    same("a consumer's", &ids(mine.clone()).await?, &vec![1, 2, 4, 5])?;
    let key = LetterQuery { key: Some("a".into()), ..mine };
    same("a key's", &ids(key.clone()).await?, &vec![1, 2])?;
    let open = LetterQuery { statuses: vec![Failed, Redriven], ..query() };
    same("statuses", &ids(open).await?, &vec![1, 3, 4])?;
    same("one", &ids(LetterQuery { id: Some(3), ..query() }).await?, &vec![3])?;
    same("not one's", &ids(LetterQuery { id: Some(3), ..key }).await?, &Vec::new())?;
    let resolution = Some("redriven".into());
    let changed = Letter { attempts: 9, resolution, ..letter(1, "r", "a", Redriven) };
    take(&store, Unit { letters: vec![changed.clone()], ..Unit::default() }).await?;
    let now = ok(store.letters(LetterQuery { id: Some(1), ..query() }).await)?;
    same("changed", &now, &vec![changed])
}

async fn one_letter(store: Arc<dyn Store>) -> Checked {
    let of = |id, consumer: &str, position| Letter {
        position: Position(position),
        ..letter(id, consumer, "a", LetterStatus::Failed)
    };
    let unit = |letters: Vec<Letter>| Unit { letters, ..Unit::default() };
    take(&store, unit(vec![of(1, "r", 7)])).await?;
    let wrong = [
        ("a number of another event", vec![of(1, "r", 8)]),
        ("a number of another consumer", vec![of(1, "s", 7)]),
        ("a second letter", vec![of(2, "r", 7)]),
        ("two letters at once", vec![of(3, "r", 9), of(4, "r", 9)]),
        ("one number for two", vec![of(5, "r", 10), of(5, "r", 11)]),
    ];
    for (what, letters) in wrong {
        let refusal =
            refused(&store, unit(letters)).await.map_err(|why| format!("{what}: {why}"))?;
        holds(what, matches!(refusal, Refusal::Unstorable(_)))?;
    }
    same("kept", &ok(store.letters(LetterQuery::default()).await)?, &vec![of(1, "r", 7)])?;
    // A rebuild begins with new letters for old events.
    let reset = Unit { reset: Some("r".into()), ..unit(vec![of(6, "r", 7), of(1, "s", 7)]) };
    take(&store, reset).await?;
    let kept = vec![of(1, "s", 7), of(6, "r", 7)];
    same("after a reset", &ok(store.letters(LetterQuery::default()).await)?, &kept)
}

async fn purge(store: Arc<dyn Store>) -> Checked {
    use LetterStatus::{Blocked, Discarded, Failed, Redriven};
    let all = [Failed, Blocked, Redriven, Discarded, Redriven];
    let letters = (1..).zip(all).map(|(id, status)| letter(id, "r", "a", status)).collect();
    take(&store, Unit { letters, ..Unit::default() }).await?;
    let purge = || store.purge_letters(Timestamp(THEN_US + 5));
    same("above the checkpoint", &ok(purge().await)?, &0)?;
    for (expected, position, wanted) in [(0, 3, 1), (3, 9, 1)] {
        let checkpoint = Some(checkpoint("r", expected, position));
        take(&store, Unit { checkpoint, ..Unit::default() }).await?;
        same("how many", &ok(purge().await)?, &wanted)?;
    }
    let left = ok(store.letters(LetterQuery::default()).await)?;
    same("left", &left.iter().map(|it| it.id).collect(), &vec![1, 2, 5])
}

async fn retries(store: Arc<dyn Store>) -> Checked {
    let retries = vec![retry("r", 5, 1), retry("r", 2, 0), retry("s", 5, 1)];
    take(&store, Unit { retries, ..Unit::default() }).await?;
    let unit = Unit {
        retries: vec![retry("r", 5, 2)],
        retries_done: vec![("r".into(), Position(2)), ("r".into(), Position(99))],
        ..Unit::default()
    };
    take(&store, unit).await?;
    same("of one", &ok(store.retries("r").await)?, &vec![retry("r", 5, 2)])?;
    same("of another", &ok(store.retries("s").await)?, &vec![retry("s", 5, 1)])
}

async fn timers(store: Arc<dyn Store>) -> Checked {
    let timers = vec![timer("r", 1, 30), timer("r", 2, 10), timer("r", 3, 20), timer("s", 1, 5)];
    take(&store, Unit { timers, ..Unit::default() }).await?;
    let wanted = vec![timer("r", 2, 10), timer("r", 3, 20), timer("r", 1, 30)];
    same("by due time", &ok(store.timers("r").await)?, &wanted)?;
    let timers_done = vec![("r".into(), Position(2)), ("r".into(), Position(3))];
    take(&store, Unit { timers_done, ..Unit::default() }).await?;
    same("left", &ok(store.timers("r").await)?, &vec![timer("r", 1, 30)])?;
    same("another's", &ok(store.timers("s").await)?, &vec![timer("s", 1, 5)])
}

async fn sagas(store: Arc<dyn Store>) -> Checked {
    let mut other = saga("a", "running", true);
    other.saga = "Other".into();
    let sagas = vec![
        saga("c", "running", true),
        saga("a", "running", true),
        saga("b", "completed", false),
        other,
    ];
    take(&store, Unit { sagas, ..Unit::default() }).await?;
    take(&store, Unit { sagas: vec![saga("a", "stuck", true)], ..Unit::default() }).await?;
    let query = || SagaQuery { saga: "Fulfilment".into(), ..SagaQuery::default() };
    let keys = async |query: SagaQuery| -> Result<String, String> {
        Ok(ok(store.sagas(query).await)?.iter().map(|it| &*it.key).collect())
    };
    let all = ok(store.sagas(query()).await)?;
    let wanted =
        vec![saga("a", "stuck", true), saga("b", "completed", false), saga("c", "running", true)];
    same("all", &all, &wanted)?;
    let page = SagaQuery { after: Some("a".into()), limit: 1, ..query() };
    same("a page", &keys(page).await?, &"b".to_owned())?;
    same("open", &keys(SagaQuery { open: true, ..query() }).await?, &"ac".to_owned())?;
    let stuck = SagaQuery { status: Some("stuck".into()), ..query() };
    same("by status", &keys(stuck).await?, &"a".to_owned())?;
    let one = SagaQuery { key: Some("c".into()), ..query() };
    same("one", &keys(one).await?, &"c".to_owned())
}

async fn long_keys(store: Arc<dyn Store>) -> Checked {
    let long = incompressible(2_001);
    let unit = |bytes: usize| {
        let sagas = vec![saga(&long[..bytes - "Fulfilment".len()], "running", true)];
        Unit { sagas, ..Unit::default() }
    };
    let verdicts = commit(&store, vec![unit(2_000), unit(2_001)]).await?;
    let longer = matches!(verdicts[1], Err(Refusal::Unstorable(_)));
    holds("the longer one alone is refused", verdicts[0].is_ok() && longer)
}

async fn requests(store: Arc<dyn Store>) -> Checked {
    let discard =
        Request::Discard { letter: 3, reason: "no such order".into(), at: Timestamp(THEN_US) };
    let first = ok(store.request(Request::Redrive(2)).await)?;
    let second = ok(store.request(discard.clone()).await)?;
    let wanted = vec![(first, Request::Redrive(2)), (second, discard.clone())];
    same("both", &ok(store.requests().await)?, &wanted)?;
    take(&store, Unit { requests_done: vec![first], ..Unit::default() }).await?;
    same("left", &ok(store.requests().await)?, &vec![(second, discard)])
}

async fn facts(store: Arc<dyn Store>) -> Checked {
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    same("before any", &ok(store.facts().await)?, &Vec::new())?;
    ok(store.remember(vec![fact("b", "1"), fact("a", "1")]).await)?;
    ok(store.remember(vec![fact("b", "2\nlines")]).await)?;
    let wanted = vec![fact("a", "1"), fact("b", "2\nlines")];
    same("facts", &ok(store.facts().await)?, &wanted)
}
