//! SQLite by itself, without a store: each command is a row and a transaction of its own, and is
//! acknowledged behind it. Synced at each commit it keeps what it has acknowledged; as SQLite
//! advises for its write-ahead log (`synchronous=NORMAL`) a power cut may take it, and a harness
//! that doesn't see that sees nothing. The store itself can't be had so: it reads its setting back.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::load::{Command, Load, Manner, WRITERS, say};

/// The load, as [`crate::load::run`].
///
/// # Errors
/// What SQLite says.
pub fn run(file: &Path, load: Load) -> Result<(), String> {
    let conn = open(file, load.manner).map_err(|error| error.to_string())?;
    for number in 1..=load.commands.unwrap_or(u64::MAX) {
        for writer in 0..WRITERS {
            let insert = "INSERT INTO commands (run, writer, number) VALUES (?1, ?2, ?3)";
            conn.execute(insert, params![load.run, writer, number])
                .map_err(|error| error.to_string())?;
            say(&format!("ack {} {writer} {number}\n", load.run))?;
        }
    }
    Ok(())
}

fn open(file: &Path, manner: Manner) -> rusqlite::Result<Connection> {
    let conn = Connection::open(file)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = if manner == Manner::PlainNormal { "NORMAL" } else { "FULL" };
    conn.pragma_update(None, "synchronous", synchronous)?;
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS commands
         (run INTEGER, writer INTEGER, number INTEGER, PRIMARY KEY (run, writer, number)) STRICT",
    )?;
    Ok(conn)
}

/// All that was acknowledged is there.
///
/// # Errors
/// The first that isn't; what SQLite says.
pub fn verify(file: &Path, acknowledged: &[Command]) -> Result<(), String> {
    let fail = |error: rusqlite::Error| error.to_string();
    let conn = open(file, Manner::Plain).map_err(fail)?;
    let sql = "SELECT 1 FROM commands WHERE run = ?1 AND writer = ?2 AND number = ?3";
    let mut statement = conn.prepare(sql).map_err(fail)?;
    for command in acknowledged {
        let Command { run, writer, number } = *command;
        if !statement.exists(params![run, writer, number]).map_err(fail)? {
            return Err(format!("{command:?} was acknowledged, and is lost"));
        }
    }
    Ok(())
}
