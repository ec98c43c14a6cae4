//! The schema and its numbered migrations; `annals_migrations` lists those that a store has had.
//! One that was released is never edited, another is added.

use annals_runtime::ports::StoreError;
use tokio_postgres::Client;

use crate::error::store_error;
use crate::url::Place;

/// The version of the schema that this code reads and writes.
pub(crate) const LATEST: i32 = MIGRATIONS.len() as i32;

const MIGRATIONS: &[&[&str]] = &[
    FIRST,
    &[include_str!("schema/annals_extend.sql")],
    &[include_str!("schema/annals_first_matches_v3.sql")],
    &[include_str!("schema/annals_outcomes_v4.sql"), include_str!("schema/annals_extend_v4.sql")],
    &[include_str!("schema/annals_leap.sql"), include_str!("schema/annals_first_matches_v5.sql")],
    &[include_str!("schema/annals_outcomes_v6.sql")],
    &[include_str!("schema/annals_extend_v7.sql")],
    &[include_str!("schema/annals_extend_v8.sql"), include_str!("schema/annals_commit_v8.sql")],
    &[include_str!("schema/annals_extend_v9.sql"), include_str!("schema/annals_commit_v9.sql")],
];

const FIRST: &[&str] = &[
    include_str!("schema/annals_migrations.sql"),
    include_str!("schema/annals_log.sql"),
    include_str!("schema/annals_commits.sql"),
    include_str!("schema/event_store.sql"),
    include_str!("schema/event_store_partitions.sql"),
    include_str!("schema/event_store_by_stream.sql"),
    include_str!("schema/event_store_by_position.sql"),
    include_str!("schema/event_store_by_type.sql"),
    include_str!("schema/event_store_by_time.sql"),
    include_str!("schema/event_store_by_correlation.sql"),
    include_str!("schema/annals_types.sql"),
    include_str!("schema/annals_tags.sql"),
    include_str!("schema/annals_outcomes.sql"),
    include_str!("schema/annals_outcomes_by_correlation.sql"),
    include_str!("schema/annals_snapshots.sql"),
    include_str!("schema/annals_checkpoints.sql"),
    include_str!("schema/annals_sagas.sql"),
    include_str!("schema/annals_sagas_open.sql"),
    include_str!("schema/annals_letters.sql"),
    include_str!("schema/annals_retries.sql"),
    include_str!("schema/annals_timers.sql"),
    include_str!("schema/annals_requests.sql"),
    include_str!("schema/annals_facts.sql"),
    include_str!("schema/annals_tables.sql"),
    include_str!("schema/annals_system.sql"),
    include_str!("schema/annals_events.sql"),
    include_str!("schema/annals_refuse.sql"),
    include_str!("schema/annals_append_only.sql"),
    include_str!("schema/annals_first_matches.sql"),
    include_str!("schema/annals_reset.sql"),
    include_str!("schema/annals_keep.sql"),
    include_str!("schema/annals_commit.sql"),
    include_str!("schema/annals_append.sql"),
    include_str!("schema/annals_roles.sql"),
];

/// How often a migration is begun anew where another database of the cluster is in its way.
const TRIES: u32 = 8;

/// The version of the schema in the database, 0 where there is none.
pub(crate) async fn version(client: &Client, place: &Place) -> Result<i32, StoreError> {
    let failed = |error| store_error(&error);
    let known = "SELECT to_regclass($1) IS NOT NULL";
    let named = |table: &str| format!("\"{}\".{table}", place.schema);
    let ours = client.query_one(known, &[&named("annals_migrations")]).await.map_err(failed)?;
    if !ours.get::<_, bool>(0) {
        let other = client.query_one(known, &[&named("event_store")]).await.map_err(failed)?;
        if other.get::<_, bool>(0) {
            return Err(StoreError::NotOurs(format!(
                "the schema {} has an event_store that isn't ours; name another by ?schema=",
                place.schema
            )));
        }
        return Ok(0);
    }
    let sql = format!("SELECT coalesce(max(version), 0) FROM {}", named("annals_migrations"));
    Ok(client.query_one(&sql, &[]).await.map_err(failed)?.get(0))
}

/// Brings the database to [`LATEST`], each migration in a transaction of its own: a crash leaves
/// the version before it. Another process that does the same is waited for.
pub(crate) async fn migrate(client: &mut Client, place: &Place) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        match step(client, place).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // Roles are the cluster's: a migration of another database changed them just now.
            Err(error) if tries < TRIES && is_crossed(&error) => tries += 1,
            Err(error) => return Err(explained(&error)),
        }
    }
}

/// One migration; whether there was one to do.
async fn step(client: &mut Client, place: &Place) -> Result<bool, tokio_postgres::Error> {
    let schema = &place.schema;
    let transaction = client.transaction().await?;
    // An index of a large store takes as long as it takes: what gave up would never be done.
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('annals ' || $1, 0))";
    transaction.query(lock, &[schema]).await?;
    let make = format!(
        "CREATE SCHEMA IF NOT EXISTS \"{schema}\"; SET LOCAL search_path = \"{schema}\", pg_temp"
    );
    transaction.batch_execute(&make).await?;
    let known = "SELECT to_regclass('annals_migrations') IS NOT NULL";
    let known: bool = transaction.query_one(known, &[]).await?.get(0);
    let version: i32 = if known {
        let sql = "SELECT coalesce(max(version), 0) FROM annals_migrations";
        transaction.query_one(sql, &[]).await?.get(0)
    } else {
        0
    };
    let Some(migration) = usize::try_from(version).ok().and_then(|at| MIGRATIONS.get(at)) else {
        return Ok(false);
    };
    // One message: nothing waits for us while the schema is locked.
    transaction.batch_execute(&migration.join(";\n")).await?;
    let sql = "INSERT INTO annals_migrations (version) VALUES ($1)";
    transaction.execute(sql, &[&(version + 1)]).await?;
    transaction.commit().await?;
    Ok(true)
}

fn is_crossed(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|said| {
        said.message().contains("concurrently") || matches!(said.code().code(), "23505" | "40P01")
    })
}

fn explained(error: &tokio_postgres::Error) -> StoreError {
    match store_error(error) {
        StoreError::NotOurs(why) => StoreError::NotOurs(format!(
            "{why}; the first start makes the schema and the roles annals_application and \
             annals_projections: let it connect as a user who may create both (CREATE on the \
             database, CREATEROLE)"
        )),
        other => other,
    }
}

#[cfg(all(test, feature = "on-services"))]
mod tests;
