//! What is longer than a store may read at once: found whole, in its order, wherever what is wanted
//! lies.

use std::fmt::Debug;
use std::sync::Arc;

use annals_core::{Position, Timestamp};
use annals_runtime::ports::{
    LetterQuery, LetterStatus, OutcomeWrite, Request, SagaQuery, Store, Unit,
};
use uuid::Uuid;

use super::{check, commit, ok, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{THEN_US, appends, checkpoint, exactly, letter, outcome, retry, saga, timer};

/// More than two turns of 1,000 rows.
const MANY: u64 = 2_100;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("letters, retries, timers and sagas are found among thousands", books),
        check!("of thousands of letters those resolved before are purged", purge),
        check!("thousands of requests are all there", requests),
        check!("thousands of outcomes of one correlation are all there, by time", outcomes),
    ]
}

/// Lists of thousands are compared without being shown.
fn alike<T: PartialEq + Debug>(what: &str, got: &[T], wanted: &[T]) -> Checked {
    same(what, &got.len(), &wanted.len())?;
    let first = got.iter().zip(wanted).position(|(got, wanted)| got != wanted);
    same(&format!("{what}: the first other"), &first, &None)
}

async fn books(store: Arc<dyn Store>) -> Checked {
    let (consumer, status) = (|id| if id == 2_050 { "s" } else { "r" }, LetterStatus::Failed);
    let letters: Vec<_> = (1..=MANY).map(|id| letter(id, consumer(id), "a", status)).collect();
    let retries: Vec<_> = (1..=MANY).map(|position| retry("r", position, 1)).collect();
    let due = |position: u64| (MANY - position) as i64 / 2;
    let mut timers: Vec<_> = (1..=MANY).map(|it| timer("r", it, due(it))).collect();
    let open = |number: u64| number.is_multiple_of(2);
    let state = |number| if number == 2_050 { "stuck" } else { "running" };
    let key = |number: u64| format!("{number:05}");
    let sagas: Vec<_> = (1..=MANY).map(|it| saga(&key(it), state(it), open(it))).collect();
    let unit = Unit {
        letters: letters.clone(),
        retries: retries.clone(),
        timers: timers.clone(),
        sagas: sagas.clone(),
        ..Unit::default()
    };
    take(&store, unit).await?;
    let query = LetterQuery::default;
    alike("letters", &ok(store.letters(query()).await)?, &letters)?;
    let of_one = LetterQuery { consumer: Some("s".into()), limit: 3, ..query() };
    alike("one's letters", &ok(store.letters(of_one).await)?, &letters[2_049..2_050])?;
    let page = LetterQuery { after: 700, limit: 1_200, ..query() };
    alike("a page of letters", &ok(store.letters(page).await)?, &letters[700..1_900])?;
    let (consumer, after) = (Some("r".into()), 700);
    let all_of_one = LetterQuery { consumer, after, key: Some("a".into()), ..query() };
    let wanted: Vec<_> = letters[700..].iter().filter(|it| it.id != 2_050).cloned().collect();
    alike("a consumer's letters", &ok(store.letters(all_of_one).await)?, &wanted)?;
    alike("retries", &ok(store.retries("r").await)?, &retries)?;
    timers.sort_by_key(|timer| (timer.due, timer.position));
    alike("timers", &ok(store.timers("r").await)?, &timers)?;
    let query = || SagaQuery { saga: "Fulfilment".into(), ..SagaQuery::default() };
    alike("sagas", &ok(store.sagas(query()).await)?, &sagas)?;
    let stuck = SagaQuery { status: Some("stuck".into()), limit: 3, ..query() };
    alike("a stuck saga", &ok(store.sagas(stuck).await)?, &sagas[2_049..2_050])?;
    let after = Some(key(30).into());
    let page = SagaQuery { after, limit: 1_000, open: true, ..query() };
    let wanted: Vec<_> = sagas[30..2_030].iter().filter(|saga| saga.open).cloned().collect();
    alike("a page of open sagas", &ok(store.sagas(page).await)?, &wanted)
}

async fn purge(store: Arc<dyn Store>) -> Checked {
    let status = |id: u64| match id {
        1..=1_500 => LetterStatus::Discarded,
        _ => LetterStatus::Failed,
    };
    let letters = (1..=MANY).map(|id| letter(id, "r", "a", status(id))).collect();
    let checkpoint = Some(checkpoint("r", 0, 1_400));
    take(&store, Unit { letters, checkpoint, ..Unit::default() }).await?;
    let purge = store.purge_letters(Timestamp(THEN_US + 1_200));
    same("changed before", &ok(purge.await)?, &1_199)?;
    let purge = store.purge_letters(Timestamp(THEN_US + 9_999));
    same("up to the checkpoint", &ok(purge.await)?, &201)?;
    let left = ok(store.letters(LetterQuery::default()).await)?;
    holds("the others are left", left.iter().map(|it| it.id).eq(1_401..=MANY))
}

async fn requests(store: Arc<dyn Store>) -> Checked {
    let mut wanted = Vec::new();
    for letter in 1..=1_050 {
        let request = Request::Redrive(letter);
        wanted.push((ok(store.request(request.clone()).await)?, request));
    }
    alike("requests", &ok(store.requests().await)?, &wanted)
}

async fn outcomes(store: Arc<dyn Store>) -> Checked {
    // Types that a store doesn't know yet may go another way.
    take(&store, appends("z", exactly(0), &[1, 2, 3])).await?;
    let correlation_id = Uuid::from_u64_pair(7, 7);
    let of = |id: &str, command| OutcomeWrite { correlation_id, ..outcome(id, command) };
    let (name, mut wanted, mut units) = (|it| format!("o{}", it % 7), Vec::new(), Vec::new());
    for command in 1..=1_050 {
        // Some of the same command and time as others.
        let rejected = of(&name(command), command / 2 + 1);
        let accepted = of(&format!("a{command}"), MANY + command);
        let mut unit = appends(&format!("a{command}"), exactly(0), &[command * 2, command * 2 + 1]);
        for event in &mut unit.appends[0].events {
            event.metadata.correlation_id = correlation_id;
            event.metadata.command_id = Some(accepted.command_id);
        }
        wanted.extend([rejected.clone(), accepted.clone()]);
        units.push(Unit { outcome: Some(rejected), ..Unit::default() });
        units.push(Unit { outcome: Some(accepted), ..unit });
    }
    for verdict in commit(&store, units).await? {
        holds("it is committed", verdict.is_ok())?;
    }
    let key = |it: &OutcomeWrite| (it.time, it.command_id, it.stream.id.clone());
    let sorted = |mut outcomes: Vec<OutcomeWrite>| {
        outcomes.sort_by_key(key);
        outcomes
    };
    let wanted = sorted(wanted);
    let all = ok(store.outcomes(correlation_id, 9_999).await)?;
    holds("they come by time", all.is_sorted_by_key(|it| (it.time, it.command_id)))?;
    alike("outcomes", &sorted(all), &wanted)?;
    // One, and ten that two share.
    let first = ok(store.outcomes(correlation_id, 21).await)?;
    alike("the first outcomes", &sorted(first), &wanted[..21])?;
    let positions: Vec<_> = (1..=MANY).rev().map(Position).collect();
    let events = ok(store.read_at(positions).await)?;
    holds("events by positions", events.iter().map(|it| it.position.0).eq(1..=MANY))
}
