//! The tables of projections: how they are declared, made, remembered, and addressed in SQL.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use annals_core::{Cell, Position, Row, Table};
use annals_runtime::ports::{StoreError, declaration, declared};
use tokio_postgres::Transaction;

use crate::cells::{self, key_text};
use crate::error::{damaged, store_error};
use crate::readers::{PAGE, Readers};

/// A table and its statements.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) table: Table,
    pub(crate) select: String,
    page: String,
    page_after: String,
    positions: String,
    upsert: String,
}

/// The tables that this process has prepared, by name.
pub(crate) type Tables = Arc<RwLock<HashMap<String, Arc<Declared>>>>;

impl Declared {
    pub(crate) fn new(table: Table) -> Self {
        let name = &table.name;
        let (key, key_type) = {
            let column = &table.columns[table.key];
            (&column.name, cells::sql_type(column.type_, true))
        };
        let all: Vec<String> = table.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let all = all.join(", ");
        let of = |alias: &str| {
            let names = table.columns.iter().map(|c| format!("{alias}.\"{}\"", c.name));
            names.collect::<Vec<_>>().join(", ")
        };
        let sets: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.name != *key)
            .map(|c| format!("\"{0}\" = excluded.\"{0}\", ", c.name))
            .collect();
        let select = format!("SELECT {all}, annals_position FROM \"{name}\"");
        let later = format!("($2::text)::{key_type}");
        Self {
            select: format!(
                "SELECT {}, t.annals_position, k.n \
                 FROM unnest($1::text[]) WITH ORDINALITY k(key, n) \
                 CROSS JOIN LATERAL (SELECT * FROM \"{name}\" i \
                 WHERE i.\"{key}\" = k.key::{key_type} OFFSET 0) t",
                of("t")
            ),
            page: format!("{select} ORDER BY \"{key}\" LIMIT $1"),
            page_after: format!("{select} WHERE \"{key}\" > {later} ORDER BY \"{key}\" LIMIT $1"),
            positions: format!(
                "SELECT array_agg(coalesce(t.annals_position, 0) ORDER BY k.n) \
                 FROM unnest($1) WITH ORDINALITY k(key, n) \
                 LEFT JOIN \"{name}\" t ON t.\"{key}\" = k.key::{key_type}"
            ),
            upsert: format!(
                "INSERT INTO \"{name}\" ({all}, annals_position) SELECT {}, w.at \
                 FROM unnest($1, $2) w(line, at) \
                 CROSS JOIN LATERAL json_populate_record(NULL::\"{name}\", w.line::json) r \
                 ON CONFLICT (\"{key}\") DO UPDATE SET {} \
                 annals_position = excluded.annals_position",
                of("r"),
                sets.concat()
            ),
            table,
        }
    }

    pub(crate) async fn rows_of(
        &self,
        readers: &Readers,
        keys: &[Cell],
    ) -> Result<Vec<Option<(Row, Position)>>, StoreError> {
        let mut all = vec![None; keys.len()];
        for (keys, all) in keys.chunks(PAGE).zip(all.chunks_mut(PAGE)) {
            // No text in the store holds U+0000.
            let keys = keys.iter().map(key_text).map(|key| (!key.contains('\0')).then_some(key));
            let keys: Vec<Option<String>> = keys.collect();
            for row in readers.query(&self.select, &[&keys]).await? {
                let nth = row.try_get::<_, i64>(self.table.columns.len() + 1);
                let nth = nth.map_err(|error| store_error(&error))?;
                let place = usize::try_from(nth - 1).ok().and_then(|nth| all.get_mut(nth));
                let place = place.ok_or_else(|| damaged(format!("a row of no key: {nth}")))?;
                *place = Some(self.read(&row)?);
            }
        }
        Ok(all)
    }

    pub(crate) async fn rows(
        &self,
        readers: &Readers,
        after: Option<&Cell>,
        limit: usize,
    ) -> Result<Vec<(Row, Position)>, StoreError> {
        let (mut all, mut after) = (Vec::<(Row, Position)>::new(), after.cloned());
        loop {
            let wanted = (limit - all.len()).min(PAGE);
            let bound = i64::try_from(wanted).unwrap_or(i64::MAX);
            let rows = match &after {
                Some(after) => readers.query(&self.page_after, &[&bound, &key_text(after)]).await?,
                None => readers.query(&self.page, &[&bound]).await?,
            };
            for row in &rows {
                all.push(self.read(row)?);
            }
            if rows.len() < wanted || all.len() == limit {
                return Ok(all);
            }
            after = all.last().map(|(row, _)| row[self.table.key].clone());
        }
    }

    fn create(&self) -> String {
        let columns = self.table.columns.iter().enumerate().map(|(index, column)| {
            let is_key = index == self.table.key;
            let type_ = cells::sql_type(column.type_, is_key);
            let null = if column.optional { "" } else { " NOT NULL" };
            let key = if is_key { " PRIMARY KEY" } else { "" };
            format!("  \"{}\" {type_}{null}{key},\n", column.name)
        });
        format!(
            "CREATE TABLE \"{}\" (\n{}  annals_position bigint NOT NULL\n)",
            self.table.name,
            columns.collect::<String>()
        )
    }

    fn read(&self, row: &tokio_postgres::Row) -> Result<(Row, Position), StoreError> {
        let columns = self.table.columns.iter().enumerate();
        let cells = columns
            .map(|(index, column)| cells::read(column, index, index == self.table.key, row))
            .collect::<Result<Row, _>>()?;
        let position = row.try_get::<_, i64>(self.table.columns.len());
        let position = position.map_err(|error| store_error(&error))?;
        Ok((cells, Position(position.cast_unsigned())))
    }
}

/// Whether there is nothing to make: whoever connects need not be the owner then.
pub(crate) async fn are_made(readers: &Readers, declared: &[Declared]) -> Result<bool, StoreError> {
    let names: Vec<&str> = declared.iter().map(|it| &*it.table.name).collect();
    let wanted: Vec<String> =
        declared.iter().map(|it| declaration(&it.table).to_string()).collect();
    let sql = "SELECT count(*) FROM unnest($1::text[], $2::text[]) w(name, declaration) \
               JOIN annals_tables t ON t.name = w.name AND t.declaration = w.declaration \
               WHERE EXISTS (SELECT FROM pg_class c WHERE c.relname = w.name \
                             AND c.relnamespace = current_schema()::regnamespace)";
    let rows = readers.query(sql, &[&names, &wanted]).await?;
    Ok(rows.first().is_some_and(|row| row.get::<_, i64>(0) == declared.len() as i64))
}

/// Makes a table, or replaces one whose columns differ, within the caller's transaction. What its
/// projection remembers goes with the rows: after a crash, or a start that fails later on, nobody
/// takes the empty table for one that is built.
pub(crate) async fn ensure(
    transaction: &Transaction<'_>,
    declared: &Declared,
) -> Result<(), StoreError> {
    let failed = |error| store_error(&error);
    let (name, wanted) = (&*declared.table.name, declaration(&declared.table).to_string());
    let stored = "SELECT declaration FROM annals_tables WHERE name = $1";
    let stored = transaction.query_opt(stored, &[&name]).await.map_err(failed)?;
    let stored = stored.map(|row| row.get::<_, String>(0));
    let exists = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = $1 \
                  AND relnamespace = current_schema()::regnamespace)";
    let exists: bool = transaction.query_one(exists, &[&name]).await.map_err(failed)?.get(0);
    match stored {
        Some(stored) if stored == wanted && exists => return Ok(()),
        None if exists => {
            return Err(StoreError::NotOurs(format!(
                "the schema has a table {name} that no projection made; rename one of them"
            )));
        }
        _ => {}
    }
    let make = format!(
        "DROP TABLE IF EXISTS \"{name}\"; {}; \
         GRANT SELECT ON \"{name}\" TO annals_application; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON \"{name}\" TO annals_projections",
        declared.create()
    );
    transaction.batch_execute(&make).await.map_err(failed)?;
    let remember = "INSERT INTO annals_tables (name, declaration, positions, upsert) \
                    VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET \
                    declaration = excluded.declaration, positions = excluded.positions, \
                    upsert = excluded.upsert";
    let bound: [crate::lists::Bound<'_>; 4] =
        [&name, &wanted, &declared.positions, &declared.upsert];
    transaction.execute(remember, &bound).await.map_err(failed)?;
    for table in ["annals_checkpoints", "annals_letters", "annals_retries"] {
        let forget = format!("DELETE FROM {table} WHERE consumer = $1");
        transaction.execute(&forget, &[&name]).await.map_err(failed)?;
    }
    Ok(())
}

/// The table of a projection as the store remembers it.
pub(crate) async fn remembered(
    readers: &Readers,
    name: &str,
) -> Result<Option<Declared>, StoreError> {
    let sql = "SELECT declaration FROM annals_tables WHERE name = $1";
    let rows = readers.query(sql, &[&name]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let text: String = row.get(0);
    let table = declared(name, &text)
        .ok_or_else(|| damaged(format!("the declaration of table {name} can't be read: {text}")))?;
    Ok(Some(Declared::new(table)))
}
