//! Conditions: boundaries of consistency over several streams, alone and under a race.

use std::sync::Arc;

use annals_core::Position;
use annals_runtime::ports::{Committed, Criterion, Expected, LogQuery, Refusal, Store, Unit};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{check, commit, ok, refused, take};
use crate::check::{Check, Checked, same};
use crate::make::{appends, criterion, outcome, stream, tagged, unless};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("a condition whose query found nothing is enforced too", nothing_found),
        check!("events that a condition isn't about are no violation", unrelated),
        check!("a criterion has one of its names and all of its tags", names_and_tags),
        check!("a refusal names the first match behind the condition's position", first),
        check!("a condition is judged by what earlier units of its call wrote", in_order),
        check!("a unit that a condition refuses leaves nothing, whatever else it holds", alone),
        check!("boundary race: of 8 that decided by one query exactly one commits", racers),
        check!("boundary race: a plain append between reading and appending", between),
        check!("boundary race: disjoint tags both commit", disjoint),
        check!("boundary race: tags in reversed order wait for nobody for ever", reversed),
    ]
}

fn matched(position: u64) -> Refusal {
    Refusal::Matched { position: Position(position) }
}

async fn nothing_found(store: Arc<dyn Store>) -> Checked {
    let about = [criterion(&[], &["seat:1"])];
    let unit = |number| unless(tagged("a", number, &["seat:1"]), 0, &about);
    take(&store, unit(1)).await?;
    same("the second", &refused(&store, unit(2)).await?, &matched(1))?;
    same("the head", &ok(store.head().await)?, &Position(1))
}

async fn unrelated(store: Arc<dyn Store>) -> Checked {
    let about = [criterion(&["OrderPaid"], &[]), criterion(&["OrderPlaced"], &["seat:1"])];
    take(&store, tagged("a", 1, &["seat:2", "seat:11"])).await?;
    take(&store, tagged("a", 2, &[])).await?;
    take(&store, unless(tagged("b", 3, &["seat:1"]), 0, &about)).await?;
    let none: [Criterion; 0] = [];
    take(&store, unless(tagged("b", 4, &["seat:1"]), 0, &none)).await?;
    // Without names and tags it is about every event.
    let any = [criterion(&[], &[])];
    same("any", &refused(&store, unless(tagged("b", 5, &[]), 3, &any)).await?, &matched(4))?;
    take(&store, unless(tagged("b", 5, &[]), 4, &any)).await?;
    take(&store, unless(tagged("b", 6, &[]), 99, &any)).await.map(|_| ())
}

async fn names_and_tags(store: Arc<dyn Store>) -> Checked {
    let events: [(&str, &[&str]); 5] = [
        ("OrderPlaced.v1", &["seat:1"]),
        ("OrderPlaced.v2", &["show:1"]),
        ("OrderPaid.v1", &["seat:1", "show:1"]),
        ("OrderPlaced.v2", &["show:1", "seat:1"]),
        ("OrderPlacedLate.v1", &["seat:9", "show:1"]),
    ];
    for (number, (type_, tags)) in (1..).zip(events) {
        let mut unit = tagged("a", number, tags);
        let event = crate::event(type_, number);
        unit.appends[0].events[0].type_ = event.type_;
        take(&store, unit).await?;
    }
    let cases: [(&[&str], &[&str], Option<u64>); 9] = [
        (&["OrderPlaced"], &["seat:1", "show:1"], Some(4)),
        (&["OrderPlaced"], &["show:1", "seat:1"], Some(4)),
        (&["OrderPaid", "OrderPlaced"], &["seat:1", "show:1"], Some(3)),
        (&["OrderPlaced"], &["show:1"], Some(2)),
        (&["OrderPlaced"], &[], Some(1)),
        (&["OrderPlacedLate"], &["show:1"], Some(5)),
        (&["OrderPlacedLate"], &["seat:1"], None),
        (&["Order", "OrderPlaced.v1"], &[], None),
        (&[], &["seat:9", "show:1"], Some(5)),
    ];
    for (number, (names, tags, wanted)) in (10..).zip(cases) {
        let unit = unless(tagged("b", number, &[]), 0, &[criterion(names, tags)]);
        let verdict = commit(&store, vec![unit]).await?.pop().ok_or("no verdict")?;
        let what = format!("{names:?} {tags:?}");
        same(&what, &verdict.err(), &wanted.map(matched))?;
    }
    Ok(())
}

async fn first(store: Arc<dyn Store>) -> Checked {
    for number in 1..=6_u64 {
        let tag = ["seat:1", "seat:2"][usize::from(number.is_multiple_of(2))];
        take(&store, tagged("a", number, &[tag, "show:1"])).await?;
    }
    let (odd, even) = (criterion(&[], &["seat:1"]), criterion(&[], &["show:1", "seat:2"]));
    let unit = |after, about: &[Criterion]| unless(tagged("b", 9, &[]), after, about);
    for (after, wanted) in [(0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6)] {
        let one = refused(&store, unit(after, std::slice::from_ref(&even))).await?;
        same(&format!("even after {after}"), &one, &matched(wanted))?;
        let both = refused(&store, unit(after, &[even.clone(), odd.clone()])).await?;
        same(&format!("either after {after}"), &both, &matched(after + 1))?;
    }
    take(&store, unit(6, &[odd, even])).await.map(|_| ())
}

async fn in_order(store: Arc<dyn Store>) -> Checked {
    let about = [criterion(&[], &["seat:1"])];
    let unit = |number| unless(tagged("a", number, &["seat:1"]), 0, &about);
    let other = unless(tagged("b", 3, &["seat:2"]), 0, &about);
    let units = vec![appends("b", Expected::Any, &[9]), unit(1), unit(2), other];
    let verdicts = commit(&store, units).await?;
    let refusals: Vec<_> = verdicts.into_iter().map(Result::err).collect();
    same("refusals", &refusals, &vec![None, None, Some(matched(2)), Some(matched(2))])?;
    // A unit's own events are none that came between.
    let own = unless(tagged("c", 4, &["seat:3"]), 0, &[criterion(&[], &["seat:3"])]);
    take(&store, own).await.map(|_| ())
}

async fn alone(store: Arc<dyn Store>) -> Checked {
    take(&store, tagged("a", 1, &["seat:1"])).await?;
    let about = [criterion(&[], &["seat:1"])];
    let unit = Unit { outcome: Some(outcome("b", 2)), ..tagged("b", 2, &["seat:2"]) };
    same("refused", &refused(&store, unless(unit.clone(), 0, &about)).await?, &matched(1))?;
    let id = outcome("b", 2).command_id;
    same("its outcome", &ok(store.outcome(&stream("b"), id).await)?, &None)?;
    let by_tag = LogQuery { tags: vec!["seat:2".into()], limit: 9, ..LogQuery::default() };
    same("its tags", &ok(store.read_log(by_tag).await)?, &Vec::new())?;
    // A checkpoint, too, may rest on what the log doesn't hold.
    let only = unless(Unit { outcome: unit.outcome, ..Unit::default() }, 1, &about);
    take(&store, only).await.map(|_| ())
}

/// Commits each unit in a call of its own, all at once.
async fn race(
    store: &Arc<dyn Store>,
    units: Vec<Unit>,
) -> Result<Vec<Result<Committed, Refusal>>, String> {
    let barrier = Arc::new(Barrier::new(units.len()));
    let mut racers = JoinSet::new();
    for unit in units {
        let (store, barrier) = (store.clone(), barrier.clone());
        racers.spawn(async move {
            barrier.wait().await;
            commit(&store, vec![unit]).await
        });
    }
    let mut all = Vec::new();
    while let Some(racer) = racers.join_next().await {
        all.extend(racer.map_err(|error| error.to_string())??);
    }
    Ok(all)
}

async fn racers(store: Arc<dyn Store>) -> Checked {
    let about = [criterion(&["OrderPlaced"], &["seat:1"])];
    for round in 0..12_u64 {
        let after = ok(store.head().await)?.0;
        let unit = |racer| {
            let (id, number) = (format!("o{racer}"), round * 8 + racer);
            unless(tagged(&id, number, &["seat:1", "show:1"]), after, &about)
        };
        let verdicts = race(&store, (0..8).map(unit).collect()).await?;
        for verdict in &verdicts {
            if let Err(refusal) = verdict {
                same("a loser is told", refusal, &matched(after + 1))?;
            }
        }
        let won = verdicts.iter().filter(|verdict| verdict.is_ok()).count();
        same("winners of a round", &won, &1)?;
        same("the head", &ok(store.head().await)?, &Position(after + 1))?;
    }
    Ok(())
}

async fn between(store: Arc<dyn Store>) -> Checked {
    let about = [criterion(&[], &["seat:1"])];
    take(&store, tagged("a", 1, &["seat:1"])).await?;
    let seen = ok(store.head().await)?.0;
    // It asks for nothing, and counts all the same.
    take(&store, tagged("b", 2, &["seat:1"])).await?;
    let late = unless(tagged("c", 3, &["seat:1"]), seen, &about);
    same("late", &refused(&store, late.clone()).await?, &matched(2))?;
    let again = unless(late, 2, &about);
    take(&store, again).await.map(|_| ())
}

async fn disjoint(store: Arc<dyn Store>) -> Checked {
    let unit = |number: u64| {
        let tag = format!("seat:{number}");
        unless(tagged("a", number, &[&tag]), 0, &[criterion(&[], &[&tag])])
    };
    let verdicts = race(&store, (0..16).map(unit).collect()).await?;
    same("committed", &verdicts.iter().filter(|verdict| verdict.is_ok()).count(), &16)
}

async fn reversed(store: Arc<dyn Store>) -> Checked {
    let unit = |number: u64| {
        let tags = if number.is_multiple_of(2) { ["a", "b"] } else { ["b", "a"] };
        let about = tags.map(|tag| criterion(&[], &[tag]));
        unless(tagged(tags[0], number, &tags), 0, &about)
    };
    let verdicts = race(&store, (0..40).map(unit).collect()).await?;
    same("committed", &verdicts.iter().filter(|verdict| verdict.is_ok()).count(), &1)
}
