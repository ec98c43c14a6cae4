//! The schema and its numbered migrations. `user_version` counts those that a file has had; one
//! that was released is never edited, another is added.

use rusqlite::{Connection, Result};

/// "annl" in ASCII: what `file` and SQLite see in the header of our files.
pub(crate) const APPLICATION_ID: i32 = 0x616e_6e6c;

/// The version of the schema that this code reads and writes.
pub(crate) const LATEST: usize = MIGRATIONS.len();

const MIGRATIONS: &[&[&str]] = &[
    &[
        include_str!("schema/annals_streams.sql"),
        include_str!("schema/annals_streams_no_update.sql"),
        include_str!("schema/annals_streams_no_delete.sql"),
        include_str!("schema/event_store.sql"),
        include_str!("schema/event_store_by_type.sql"),
        include_str!("schema/event_store_by_correlation.sql"),
        include_str!("schema/event_store_appends.sql"),
        include_str!("schema/event_store_no_update.sql"),
        include_str!("schema/event_store_no_delete.sql"),
        include_str!("schema/annals_events.sql"),
        include_str!("schema/annals_outcomes.sql"),
        include_str!("schema/annals_outcomes_no_update.sql"),
        include_str!("schema/annals_outcomes_no_delete.sql"),
        include_str!("schema/annals_checkpoints.sql"),
        include_str!("schema/annals_snapshots.sql"),
        include_str!("schema/annals_sagas.sql"),
        include_str!("schema/annals_sagas_open.sql"),
        include_str!("schema/annals_letters.sql"),
        include_str!("schema/annals_retries.sql"),
        include_str!("schema/annals_timers.sql"),
        include_str!("schema/annals_requests.sql"),
        include_str!("schema/annals_facts.sql"),
        include_str!("schema/annals_tables.sql"),
        include_str!("schema/annals_system.sql"),
    ],
    &[
        include_str!("schema/annals_outcomes_named.sql"),
        include_str!("schema/annals_outcomes_by_correlation.sql"),
    ],
    &[include_str!("schema/annals_letters_resolution.sql")],
    &[
        include_str!("schema/event_store_tags.sql"),
        include_str!("schema/annals_tags.sql"),
        include_str!("schema/annals_tags_no_update.sql"),
        include_str!("schema/annals_tags_no_delete.sql"),
        include_str!("schema/annals_events_tags.sql"),
    ],
];

/// Brings a file from `version` to [`LATEST`] in one transaction: a crash leaves the old one.
pub(crate) fn migrate(conn: &mut Connection, version: usize) -> Result<()> {
    if version >= LATEST {
        return Ok(());
    }
    let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for sql in MIGRATIONS[version..].iter().copied().flatten() {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", i64::try_from(LATEST).unwrap_or(i64::MAX))?;
    transaction.commit()
}
