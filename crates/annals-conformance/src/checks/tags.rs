//! Tags, and reading the log by tag and by aggregate.

use std::sync::Arc;

use annals_core::{Position, StreamId};
use annals_runtime::ports::{Expected, LogQuery, Refusal, Store, Unit};

use super::{check, ok, refused, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{append, appends, tagged};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tags come back as they were written, in their order", verbatim),
        check!("too many, too long, empty and repeated tags are refused", limits),
        check!("texts with U+0000 are refused, wherever one stands", nul),
        check!("the log is read by one tag and by several, forward and backward", by_tag),
        check!("the log is read by aggregate, and by aggregate and tag", by_aggregate),
    ]
}

async fn verbatim(store: Arc<dyn Store>) -> Checked {
    let long = "x".repeat(256);
    let many: Vec<String> = (0..32).map(|number| format!("t:{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let all: [&[&str]; 5] =
        [&["b:2", "a:1"], &[], &["ü \"\\/\u{1}\n\u{1F600}", "'; --"], &[&long], &many];
    for (number, tags) in (1..).zip(all) {
        take(&store, tagged("a", number, tags)).await?;
    }
    let read = ok(store.read_log(LogQuery { limit: 9, ..LogQuery::default() }).await)?;
    for (event, tags) in read.iter().zip(all) {
        let got: Vec<&str> = event.event.tags.iter().map(|tag| &**tag).collect();
        same("tags", &got, &tags.to_vec())?;
        let Some(tag) = tags.last() else { continue };
        let query = LogQuery { tags: vec![(*tag).into()], limit: 9, ..LogQuery::default() };
        same("found by a tag", &ok(store.read_log(query).await)?, &vec![event.clone()])?;
    }
    let again = ok(store.read_at(read.iter().map(|event| event.position).collect()).await)?;
    same("read at their positions", &again, &read)?;
    same("how many", &read.len(), &all.len())
}

async fn limits(store: Arc<dyn Store>) -> Checked {
    let many: Vec<String> = (0..33).map(|number| format!("t:{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(257);
    let wrong: [(&str, &[&str]); 5] = [
        ("33 tags", &many),
        ("a tag of 257 bytes", &[&long]),
        ("an empty tag", &["a", ""]),
        ("a tag with U+0000", &["a\0"]),
        ("a tag twice", &["a", "b", "a"]),
    ];
    for (what, tags) in wrong {
        let refusal = refused(&store, tagged("a", 1, tags)).await;
        let refusal = refusal.map_err(|why| format!("{what}: {why}"))?;
        holds(what, matches!(refusal, Refusal::Unstorable(_)))?;
    }
    same("the head", &ok(store.head().await)?, &Position(0))
}

async fn nul(store: Arc<dyn Store>) -> Checked {
    let with = |change: fn(&mut Unit)| {
        let mut unit = appends("a", Expected::Any, &[1]);
        change(&mut unit);
        unit
    };
    let wrong: [(&str, Unit); 5] = [
        ("an aggregate", with(|unit| unit.appends[0].stream.aggregate = "Or\0der".into())),
        ("an id", with(|unit| unit.appends[0].stream.id = "\0".into())),
        ("an event's name", with(|unit| unit.appends[0].events[0].type_.name = "A\0".into())),
        (
            "an actor",
            with(|unit| {
                unit.appends[0].events[0].metadata.actor = Some("ann\0".into());
            }),
        ),
        (
            "a traceparent",
            with(|unit| {
                unit.appends[0].events[0].metadata.traceparent = Some("\0".into());
            }),
        ),
    ];
    for (what, unit) in wrong {
        let refusal = refused(&store, unit).await.map_err(|why| format!("{what}: {why}"))?;
        holds(what, matches!(refusal, Refusal::Unstorable(_)))?;
    }
    // In data it is a matter of JSON's escapes, and comes back.
    take(&store, appends("a", Expected::Any, &[1])).await.map(|_| ())
}

/// Twelve events: even ones tagged `two`, every third `three`, of orders and customers in turn.
async fn fill(store: &Arc<dyn Store>) -> Checked {
    for number in 1..=12_u64 {
        let mut tags = vec!["all"];
        tags.extend(number.is_multiple_of(3).then_some("three"));
        tags.extend(number.is_multiple_of(2).then_some("two"));
        let mut unit = tagged("a", number, &tags);
        if number % 4 >= 2 {
            unit.appends[0].stream = StreamId::new("Customer", "a");
        }
        take(store, unit).await?;
    }
    take(store, Unit { appends: vec![append("b", Expected::Any, &[13])], ..Unit::default() })
        .await?;
    Ok(())
}

async fn read(store: &Arc<dyn Store>, query: LogQuery) -> Result<Vec<u64>, String> {
    let events = ok(store.read_log(query).await)?;
    Ok(events.iter().map(|event| event.position.0).collect())
}

fn tags(tags: &[&str]) -> LogQuery {
    let tags = tags.iter().map(|tag| (*tag).into()).collect();
    LogQuery { tags, limit: 20, ..LogQuery::default() }
}

async fn by_tag(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    same("all", &read(&store, tags(&["all"])).await?, &(1..=12).collect())?;
    same("three", &read(&store, tags(&["three"])).await?, &vec![3, 6, 9, 12])?;
    for both in [["two", "three"], ["three", "two"]] {
        same("two and three", &read(&store, tags(&both)).await?, &vec![6, 12])?;
    }
    same("none", &read(&store, tags(&["two", "four"])).await?, &Vec::new())?;
    let page = LogQuery { after: Position(3), limit: 2, ..tags(&["three"]) };
    same("a page", &read(&store, page).await?, &vec![6, 9])?;
    let back = LogQuery { backward: true, limit: 3, ..tags(&["two"]) };
    same("backward", &read(&store, back.clone()).await?, &vec![12, 10, 8])?;
    let before = LogQuery { after: Position(8), ..back };
    same("backward before 8", &read(&store, before).await?, &vec![6, 4, 2])?;
    let named = LogQuery { names: vec!["OrderPlaced".into()], ..tags(&["three"]) };
    same("by name and tag", &read(&store, named.clone()).await?, &vec![3, 6, 9, 12])?;
    let other = LogQuery { names: vec!["OrderPaid".into()], ..named };
    same("another name", &read(&store, other).await?, &Vec::new())?;
    let one = LogQuery { stream: Some(StreamId::new("Customer", "a")), ..tags(&["two"]) };
    same("by stream and tag", &read(&store, one).await?, &vec![2, 6, 10])
}

async fn by_aggregate(store: Arc<dyn Store>) -> Checked {
    fill(&store).await?;
    let of = |aggregate: &str, query| LogQuery { aggregate: Some(aggregate.into()), ..query };
    let all = of("Customer", tags(&[]));
    same("customers", &read(&store, all.clone()).await?, &vec![2, 3, 6, 7, 10, 11])?;
    let page = LogQuery { after: Position(2), limit: 2, ..all.clone() };
    same("a page", &read(&store, page).await?, &vec![3, 6])?;
    let back = LogQuery { backward: true, limit: 3, ..all };
    same("backward", &read(&store, back).await?, &vec![11, 10, 7])?;
    let both = of("Customer", tags(&["three"]));
    same("with a tag", &read(&store, both.clone()).await?, &vec![3, 6])?;
    let back = LogQuery { backward: true, ..both };
    same("with a tag, backward", &read(&store, back).await?, &vec![6, 3])?;
    same("nobody", &read(&store, of("Cust", tags(&[]))).await?, &Vec::new())
}
