//! The tables of projections: how they are declared, made, remembered, and addressed in SQL.
//! Reading and writing single rows is here too.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use annals_core::{Cell, Position, Row, Table};
use annals_runtime::ports::{StoreError, declaration, declared};
use rusqlite::{Connection, OptionalExtension, Result, params_from_iter};

use crate::cells::{self, Bound};
use crate::error::damaged;
use crate::readers::Turn;
use crate::write_books::forget;

/// A table and its statements.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) table: Table,
    select: String,
    page: String,
    page_after: String,
    position: String,
    upsert: String,
    clear: String,
}

/// The tables that this process has prepared, by name; shared by the writer and the readers.
pub(crate) type Tables = Arc<RwLock<HashMap<String, Arc<Declared>>>>;

impl Declared {
    pub(crate) fn new(table: Table) -> Self {
        let name = &table.name;
        let key = &table.columns[table.key].name;
        let all: Vec<String> = table.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let all = all.join(", ");
        let marks = vec!["?"; table.columns.len() + 1].join(", ");
        let sets: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.name != *key)
            .map(|c| format!("\"{0}\" = excluded.\"{0}\", ", c.name))
            .collect();
        let select = format!("SELECT {all}, annals_position FROM \"{name}\"");
        Self {
            page: format!("{select} ORDER BY \"{key}\" LIMIT ?1"),
            page_after: format!("{select} WHERE \"{key}\" > ?2 ORDER BY \"{key}\" LIMIT ?1"),
            select: format!("{select} WHERE \"{key}\" = ?1"),
            position: format!("SELECT annals_position FROM \"{name}\" WHERE \"{key}\" = ?1"),
            upsert: format!(
                "INSERT INTO \"{name}\" ({all}, annals_position) VALUES ({marks}) \
                 ON CONFLICT (\"{key}\") DO UPDATE SET {} \
                 annals_position = excluded.annals_position",
                sets.concat()
            ),
            clear: format!("DELETE FROM \"{name}\""),
            table,
        }
    }

    /// The position that last changed a row, 0 where there is none.
    pub(crate) fn position(&self, conn: &Connection, key: &Cell) -> Result<Position> {
        let mut statement = conn.prepare_cached(&self.position)?;
        let found = statement.query_row([Bound(key)], |row| row.get::<_, u64>(0)).optional()?;
        Ok(Position(found.unwrap_or(0)))
    }

    /// The rows by their keys, behind those that earlier turns read; whether that was the last
    /// turn.
    pub(crate) fn rows_of(
        &self,
        conn: &Connection,
        keys: &[Cell],
        found: &mut Vec<Option<(Row, Position)>>,
    ) -> Result<bool> {
        let mut statement = conn.prepare_cached(&self.select)?;
        let mut turn = Turn::begin();
        for key in &keys[found.len()..] {
            found.push(statement.query_row([Bound(key)], |row| self.read(row)).optional()?);
            if turn.is_over() {
                break;
            }
        }
        Ok(found.len() == keys.len())
    }

    /// Rows after a key, at most `limit` in all with those that earlier turns read; whether that
    /// was the last turn.
    pub(crate) fn rows(
        &self,
        conn: &Connection,
        (after, limit): (Option<&Cell>, usize),
        found: &mut Vec<(Row, Position)>,
    ) -> Result<bool> {
        let last = found.last().map(|(row, _)| row[self.table.key].clone());
        let after = last.as_ref().or(after);
        let left = Cell::Int(i64::try_from(limit - found.len()).unwrap_or(i64::MAX));
        let sql = if after.is_some() { &self.page_after } else { &self.page };
        let mut statement = conn.prepare_cached(sql)?;
        let bound = params_from_iter(std::iter::once(&left).chain(after).map(Bound));
        let mut rows = statement.query(bound)?;
        let mut turn = Turn::begin();
        while let Some(row) = rows.next()? {
            found.push(self.read(row)?);
            if turn.is_over() {
                return Ok(found.len() == limit);
            }
        }
        Ok(true)
    }

    pub(crate) fn write(&self, conn: &Connection, row: &Row, position: Position) -> Result<()> {
        let position = Cell::Int(i64::try_from(position.0).unwrap_or(i64::MAX));
        let bound = params_from_iter(row.iter().chain(std::iter::once(&position)).map(Bound));
        conn.prepare_cached(&self.upsert)?.execute(bound).map(|_| ())
    }

    pub(crate) fn clear(&self, conn: &Connection) -> Result<()> {
        conn.execute(&self.clear, []).map(|_| ())
    }

    fn create(&self) -> String {
        let columns = self.table.columns.iter().enumerate().map(|(index, column)| {
            let type_ = cells::sql_type(column.type_);
            let null = if column.optional { "" } else { " NOT NULL" };
            let key = if index == self.table.key { " PRIMARY KEY" } else { "" };
            format!("  \"{}\" {type_}{null}{key},\n", column.name)
        });
        format!(
            "CREATE TABLE \"{}\" (\n{}  annals_position INTEGER NOT NULL\n) STRICT, WITHOUT ROWID",
            self.table.name,
            columns.collect::<String>()
        )
    }

    fn read(&self, row: &rusqlite::Row<'_>) -> Result<(Row, Position)> {
        let columns = self.table.columns.iter().enumerate();
        let cells = columns.map(|(index, column)| cells::read(column, row.get_ref(index)?));
        Ok((cells.collect::<Result<Row>>()?, Position(row.get(self.table.columns.len())?)))
    }
}

/// Makes a table, or replaces one whose columns differ, within the caller's transaction. What its
/// projection remembers goes with the rows: after a crash, or a start that fails later on, nobody
/// takes the empty table for one that is built.
pub(crate) fn ensure(conn: &Connection, declared: &Declared) -> Result<(), StoreError> {
    let (name, wanted) = (&declared.table.name, declaration(&declared.table).to_string());
    let failed = |error| StoreError::from(crate::error::Trouble::from(error));
    let stored = stored(conn, name).map_err(failed)?;
    let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
    let exists: bool = conn.query_row(exists, [&**name], |row| row.get(0)).map_err(failed)?;
    match stored {
        Some(stored) if stored == wanted && exists => return Ok(()),
        None if exists => {
            return Err(StoreError::NotOurs(format!(
                "the database has a table {name} that no projection made; rename one of them"
            )));
        }
        _ => {}
    }
    let make = || -> Result<()> {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS \"{name}\"; {}", declared.create()))?;
        conn.execute(
            "INSERT OR REPLACE INTO annals_tables (name, declaration) VALUES (?1, ?2)",
            (&**name, &wanted),
        )?;
        conn.execute("DELETE FROM annals_checkpoints WHERE consumer = ?1", [&**name])?;
        forget(conn, name)
    };
    make().map_err(failed)
}

/// The table of a projection as the file remembers it.
pub(crate) fn remembered(conn: &Connection, name: &str) -> Result<Option<Declared>> {
    let Some(text) = stored(conn, name)? else { return Ok(None) };
    let unread = || damaged(format!("the declaration of table {name} can't be read: {text}"));
    declared(name, &text).map(Declared::new).map(Some).ok_or_else(unread)
}

fn stored(conn: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT declaration FROM annals_tables WHERE name = ?1";
    conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()
}
