//! Snapshots: kept beside the log, and never against it.

use std::sync::Arc;

use annals_core::Version;
use annals_runtime::ports::{Expected, Snapshot, Store};

use super::{check, ok, take};
use crate::check::{Check, Checked, same};
use crate::make::{appends, stream};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("the newest snapshot of a definition is kept", newest),
        check!("another definition's snapshot takes the place of any", another),
    ]
}

fn snapshot(id: &str, version: u64, fingerprint: &str) -> Snapshot {
    let state = format!("{{\"at\":{version},\"text\":\"ü\\u0000\"}}").into_bytes().into();
    let fingerprint = fingerprint.into();
    Snapshot { stream: stream(id), version: Version(version), fingerprint, state }
}

async fn newest(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Any, &[1, 2, 3, 4])).await?;
    same("before any", &ok(store.snapshot(&stream("a")).await)?, &None)?;
    let all = vec![snapshot("a", 3, "f"), snapshot("b", 1, "f"), snapshot("a", 2, "f")];
    ok(store.keep_snapshots(all).await)?;
    let kept = Some(snapshot("a", 3, "f"));
    same("the newest", &ok(store.snapshot(&stream("a")).await)?, &kept)?;
    same("of nothing", &ok(store.snapshot(&stream("b")).await)?, &None)?;
    ok(store.keep_snapshots(vec![snapshot("a", 4, "f")]).await)?;
    let kept = Some(snapshot("a", 4, "f"));
    same("a newer one", &ok(store.snapshot(&stream("a")).await)?, &kept)?;
    let late = vec![snapshot("a", 3, "f"), snapshot("a", 1, "f")];
    ok(store.keep_snapshots(late).await)?;
    same("behind late ones", &ok(store.snapshot(&stream("a")).await)?, &kept)
}

async fn another(store: Arc<dyn Store>) -> Checked {
    take(&store, appends("a", Expected::Any, &[1, 2, 3, 4])).await?;
    ok(store.keep_snapshots(vec![snapshot("a", 4, "old")]).await)?;
    ok(store.keep_snapshots(vec![snapshot("a", 2, "new")]).await)?;
    let kept = Some(snapshot("a", 2, "new"));
    same("the new definition's", &ok(store.snapshot(&stream("a")).await)?, &kept)
}
