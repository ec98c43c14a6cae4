//! Rows of projections: their order, what they were read with, and rebuilds.

use std::sync::Arc;

use annals_core::{Cell, Column, ColumnType, Position, Table, Version};
use annals_runtime::ports::{
    Expected, LetterQuery, LetterStatus, Refusal, RowWrite, Store, StoreError, Unit,
};

use super::{check, commit, ok, refused, take};
use crate::check::{Check, Checked, holds, same};
use crate::make::{appends, checked_row, checkpoint, incompressible, letter, retry, row, table};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rows are read as written, in the order of their keys, page by page", pages),
        check!("rows are read by many keys in one go, each in the place of its key", by_keys),
        check!("a row that moved since it was read refuses its unit", stale),
        check!(
            "a row may be folded on what an earlier unit leaves, and on nothing else",
            predicted
        ),
        check!("what a call leaves is counted without the calls beside it", beside_others),
        check!("a row without a position takes that of the unit's last event", positions),
        check!("what a table can't hold refuses its unit", unfit),
        check!("keys have up to 2,000 bytes on every store, and longer ones are refused", keys),
        check!("a reset empties the table, its letters and its retries", reset),
        check!("tables that are the same keep their rows, and others are emptied", prepare),
        check!("a table that is replaced takes its projection's progress along", replaced),
        check!("names that a table can't have are refused, and nothing is made", names),
        check!("another system's store is refused", other_system),
    ]
}

async fn prepared(store: &Arc<dyn Store>) -> Checked {
    ok(store.prepare("orders", vec![table("summary")]).await)
}

async fn pages(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let keys = ["b", "a", "Z", "ä", "aa", ""];
    let rows = (1..).zip(keys).map(|(n, key)| checked_row(key, n, Some(0), Some(3))).collect();
    take(&store, Unit { rows, ..Unit::default() }).await?;
    let b = ok(store.row("summary", &Cell::Text("b".into())).await)?;
    same("one", &b, &Some((row("b", 1), Position(3))))?;
    let none = ok(store.row("summary", &Cell::Text("x".into())).await)?;
    same("none", &none, &None)?;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = ok(store.rows("summary", after.take(), 4).await)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last[0].clone());
        all.extend(page.into_iter().map(|(row, _)| row[0].clone()));
    }
    let wanted: Vec<_> =
        ["", "Z", "a", "aa", "b", "ä"].iter().map(|key| Cell::Text((*key).into())).collect();
    same("keys by their bytes", &all, &wanted)
}

async fn by_keys(store: Arc<dyn Store>) -> Checked {
    // Names that a statement may have of its own.
    let column = |name: &str, type_| Column { name: name.into(), type_, optional: false };
    let columns = vec![column("n", ColumnType::Int), column("key", ColumnType::Text)];
    let numbered = Table { name: "numbered".into(), columns, key: 0 };
    ok(store.prepare("orders", vec![table("summary"), numbered]).await)?;
    let stored = |number: i64| vec![Cell::Int(number), Cell::Text(format!("row {number}").into())];
    let write = |number| RowWrite {
        projection: "numbered".into(),
        key: Cell::Int(number),
        row: stored(number),
        read: None,
        position: Some(Position(number.unsigned_abs())),
    };
    let rows: Vec<RowWrite> = (1..=1_300).map(write).collect();
    let text = checked_row("a", 1, None, Some(1));
    take(&store, Unit { rows: [rows, vec![text]].concat(), ..Unit::default() }).await?;
    // Backwards, one of them twice, and some that nobody wrote.
    let asked: Vec<i64> = (-5..=1_305).rev().chain([700]).collect();
    let keys = asked.iter().map(|number| Cell::Int(*number)).collect();
    let found = ok(store.rows_of("numbered", keys).await)?;
    let there = |number: &i64| {
        let row = (stored(*number), Position(number.unsigned_abs()));
        (1..=1_300).contains(number).then_some(row)
    };
    same("all", &found, &asked.iter().map(there).collect())?;
    let keys = ["\0", "a", ""].map(|key| Cell::Text(key.into())).to_vec();
    let found = ok(store.rows_of("summary", keys).await)?;
    same("texts", &found, &vec![None, Some((row("a", 1), Position(1))), None])?;
    same("of none", &ok(store.rows_of("numbered", Vec::new()).await)?.len(), &0)?;
    let unknown = ok(store.rows_of("nothing", vec![Cell::Int(1), Cell::Int(2)]).await)?;
    same("of no table", &unknown, &vec![None, None])
}

async fn stale(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let unit = |key, count, read, number| Unit {
        rows: vec![checked_row(key, count, Some(read), None)],
        ..appends("a", Expected::Any, &[number])
    };
    take(&store, unit("x", 1, 0, 1)).await?;
    let wanted = Refusal::StaleRow { projection: "summary".into(), key: Cell::Text("x".into()) };
    same("as if there was none", &refused(&store, unit("x", 5, 0, 2)).await?, &wanted)?;
    same("from the future", &refused(&store, unit("x", 5, 2, 2)).await?, &wanted)?;
    take(&store, unit("x", 2, 1, 2)).await?;
    same("as it was before", &refused(&store, unit("x", 5, 1, 3)).await?, &wanted)?;
    let twice = vec![checked_row("x", 6, Some(2), None), checked_row("x", 7, Some(2), None)];
    take(&store, Unit { rows: twice, ..appends("a", Expected::Any, &[4]) }).await?;
    let unchecked = Unit { rows: vec![checked_row("x", 9, None, Some(3))], ..Unit::default() };
    take(&store, unchecked).await?;
    let now = ok(store.row("summary", &Cell::Text("x".into())).await)?;
    same("now", &now, &Some((row("x", 9), Position(3))))?;
    same("the head", &ok(store.head().await)?, &Position(3))
}

async fn predicted(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    take(&store, appends("z", Expected::Any, &[1])).await?;
    let unit = |number: u64, read, on: Option<u64>| Unit {
        rows: vec![checked_row("x", number as i64, Some(read), None)],
        rows_on: on.map(Position),
        ..appends(&format!("a{number}"), Expected::Any, &[number])
    };
    // Whoever believes that the log is empty predicts 1 and 2 for what comes to be at 2 and 3.
    let units = vec![unit(2, 0, None), unit(3, 1, Some(0)), unit(4, 2, Some(0))];
    let verdicts = commit(&store, units).await?;
    holds("what is left is built on", verdicts.iter().all(Result::is_ok))?;
    // The second is refused, and the others were folded on it.
    let mut refused = unit(6, 4, Some(3));
    refused.appends[0].expected = Expected::Exactly(Version(7));
    let units = vec![unit(5, 4, None), refused, unit(7, 5, Some(3)), unit(8, 6, Some(3))];
    let verdicts = commit(&store, units).await?;
    let stale = |verdict| matches!(verdict, &Err(Refusal::StaleRow { .. }));
    holds("the first is committed", verdicts[0].is_ok())?;
    holds("the others are stale", stale(&verdicts[2]) && stale(&verdicts[3]))?;
    // Without rows that were read there is nothing to be stale.
    let unchecked = Unit { rows: vec![checked_row("y", 8, None, None)], ..unit(9, 0, Some(0)) };
    take(&store, unchecked).await?;
    let x = ok(store.row("summary", &Cell::Text("x".into())).await)?;
    same("the row", &x, &Some((row("x", 5), Position(5))))
}

async fn beside_others(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let mut read = Position(0);
    for round in 0..20 {
        let head = ok(store.head().await)?;
        let folded = |number: u64, read: Position, on: Option<Position>| Unit {
            rows: vec![checked_row("x", number as i64, Some(read.0), None)],
            rows_on: on,
            ..appends(&format!("a{round}-{number}"), Expected::Any, &[number])
        };
        let left = |number| folded(number, Position(head.0 + number - 1), Some(head));
        let chain = vec![folded(1, read, None), left(2), left(3)];
        let other = |number| vec![appends("beside", Expected::Any, &[number])];
        let calls = (store.commit(other(1)), store.commit(other(2)), store.commit(chain));
        let (first, second, chain) = tokio::join!(calls.0, calls.1, calls.2);
        let (first, second, chain) = (ok(first)?, ok(second)?, ok(chain)?);
        holds("the others are committed", first[0].is_ok() && second[0].is_ok())?;
        holds("all of the chain is", chain.iter().all(Result::is_ok))?;
        read = chain[2].as_ref().map_or(read, |it| it.appends[0].0);
    }
    Ok(())
}

async fn positions(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    take(&store, appends("z", Expected::Any, &[1])).await?;
    let rows = vec![checked_row("x", 1, Some(0), None), checked_row("y", 1, None, Some(2))];
    take(&store, Unit { rows, ..appends("a", Expected::Any, &[2, 3, 4]) }).await?;
    let all = ok(store.rows("summary", None, 9).await)?;
    let at: Vec<u64> = all.iter().map(|(_, position)| position.0).collect();
    same("positions", &at, &vec![4, 2])?;
    let nowhere = Unit { rows: vec![checked_row("w", 1, None, None)], ..Unit::default() };
    let refusal = refused(&store, nowhere).await?;
    holds("neither position nor event: unstorable", matches!(refusal, Refusal::Unstorable(_)))
}

async fn unfit(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let base = || checked_row("x", 1, None, Some(1));
    let mut short = base();
    short.row.pop();
    let mut wrong_type = base();
    wrong_type.row[1] = Cell::Text("one".into());
    let mut null = base();
    null.row[1] = Cell::Null;
    let mut other_key = base();
    other_key.key = Cell::Text("y".into());
    let mut other_table = base();
    other_table.projection = "nothing".into();
    let all = [short, wrong_type, null, other_key, other_table];
    for (index, write) in all.into_iter().enumerate() {
        let unit = Unit { rows: vec![base(), write], ..Unit::default() };
        let refusal = refused(&store, unit).await?;
        holds(&format!("row {index} unstorable"), matches!(refusal, Refusal::Unstorable(_)))?;
    }
    same("rows", &ok(store.rows("summary", None, 9).await)?.len(), &0)
}

async fn keys(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let long = incompressible(2_001);
    take(&store, appends("a", Expected::Any, &[1])).await?;
    let unit = |key: &str| {
        let rows = vec![checked_row(key, 1, None, Some(1))];
        Unit { rows, ..Unit::default() }
    };
    let verdicts = commit(&store, vec![unit(&long[..2_000]), unit(&long), unit("b")]).await?;
    let longer = matches!(verdicts[1], Err(Refusal::Unstorable(_)));
    holds("the longer one alone is refused", verdicts[0].is_ok() && longer && verdicts[2].is_ok())?;
    let read = ok(store.row("summary", &Cell::Text(long[..2_000].into())).await)?;
    holds("the longest is found", read.is_some())
}

async fn reset(store: Arc<dyn Store>) -> Checked {
    ok(store.prepare("orders", vec![table("summary"), table("other")]).await)?;
    let mut rows = vec![checked_row("x", 1, None, Some(1)), checked_row("y", 1, None, Some(1))];
    rows[1].projection = "other".into();
    let unit = Unit {
        rows,
        checkpoint: Some(checkpoint("summary", 0, 8)),
        letters: vec![
            letter(1, "summary", "a", LetterStatus::Failed),
            letter(2, "other", "a", LetterStatus::Failed),
        ],
        retries: vec![retry("summary", 3, 1), retry("other", 3, 1)],
        ..Unit::default()
    };
    take(&store, unit).await?;
    let again = Unit {
        reset: Some("summary".into()),
        rows: vec![checked_row("z", 1, None, Some(1))],
        checkpoint: Some(checkpoint("summary", 8, 0)),
        ..Unit::default()
    };
    take(&store, again).await?;
    let kept = ok(store.rows("summary", None, 9).await)?;
    same("what the unit itself writes", &kept, &vec![(row("z", 1), Position(1))])?;
    same("another's rows", &ok(store.rows("other", None, 9).await)?.len(), &1)?;
    let letters = ok(store.letters(Default::default()).await)?;
    same("letters", &letters.iter().map(|it| it.id).collect(), &vec![2])?;
    same("retries", &ok(store.retries("summary").await)?.len(), &0)?;
    same("another's retries", &ok(store.retries("other").await)?.len(), &1)
}

async fn prepare(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    let rows = vec![checked_row("x", 1, None, Some(1))];
    take(&store, Unit { rows, ..Unit::default() }).await?;
    prepared(&store).await?;
    same("the same table", &ok(store.rows("summary", None, 9).await)?.len(), &1)?;
    let mut other = table("summary");
    other.columns.pop();
    ok(store.prepare("orders", vec![other]).await)?;
    same("other columns", &ok(store.rows("summary", None, 9).await)?.len(), &0)
}

async fn replaced(store: Arc<dyn Store>) -> Checked {
    ok(store.prepare("orders", vec![table("summary"), table("other")]).await)?;
    for (number, name) in (1..).zip(["summary", "other"]) {
        let unit = Unit {
            checkpoint: Some(checkpoint(name, 0, 8)),
            letters: vec![letter(number, name, "a", LetterStatus::Failed)],
            retries: vec![retry(name, 3, 1)],
            ..Unit::default()
        };
        take(&store, unit).await?;
    }
    let left = async |name: &str| -> Result<(Option<u64>, usize, usize), String> {
        let position = ok(store.checkpoint(name).await)?.map(|it| it.position.0);
        let mine = LetterQuery { consumer: Some(name.into()), ..LetterQuery::default() };
        let letters = ok(store.letters(mine).await)?.len();
        Ok((position, letters, ok(store.retries(name).await)?.len()))
    };
    ok(store.prepare("orders", vec![table("summary"), table("other")]).await)?;
    same("of the same table", &left("summary").await?, &(Some(8), 1, 1))?;
    let mut changed = table("summary");
    changed.columns.pop();
    ok(store.prepare("orders", vec![changed, table("other")]).await)?;
    same("of the replaced one", &left("summary").await?, &(None, 0, 0))?;
    same("of another", &left("other").await?, &(Some(8), 1, 1))?;
    // And back again: nobody may take the empty table for the one that was built.
    ok(store.prepare("orders", vec![table("summary"), table("other")]).await)?;
    same("once it is as before", &left("summary").await?, &(None, 0, 0))
}

async fn names(store: Arc<dyn Store>) -> Checked {
    for name in ["annals_x", "sqlite_x", "event_store", "X", "", "é", "a\"b"] {
        let tables = vec![table("summary"), table(name)];
        match store.prepare("orders", tables).await {
            Err(StoreError::NotOurs(_)) => {}
            other => return Err(format!("'{name}': it said {other:?}")),
        }
    }
    let unit = Unit { rows: vec![checked_row("x", 1, None, Some(1))], ..Unit::default() };
    let refusal = refused(&store, unit).await?;
    holds("there is no table", matches!(refusal, Refusal::Unstorable(_)))?;
    ok(store.prepare("shop", Vec::new()).await)
}

async fn other_system(store: Arc<dyn Store>) -> Checked {
    prepared(&store).await?;
    match store.prepare("shop", vec![]).await {
        Err(StoreError::NotOurs(_)) => Ok(()),
        other => Err(format!("it said {other:?}")),
    }
}
