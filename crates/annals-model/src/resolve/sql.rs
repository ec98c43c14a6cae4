//! Names that become tables and columns: what SQL and the store's own tables leave free.

use crate::codes_resolve as codes;
use crate::source::Span;
use crate::yaml::Entry;

use super::context::Context;

/// Words that Postgres or SQLite reserves, so that a user's own query would have to quote them.
const KEYWORDS: [&str; 96] = [
    "add",
    "all",
    "alter",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "autoincrement",
    "between",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "commit",
    "constraint",
    "create",
    "current_date",
    "current_time",
    "current_timestamp",
    "default",
    "deferrable",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "if",
    "in",
    "index",
    "initially",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "nothing",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "set",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "transaction",
    "trailing",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
];

/// Complains where a projection's name can't be its table's.
pub(crate) fn table_name(context: &mut Context<'_>, entry: &Entry) {
    let name = &*entry.key;
    let message = if !plain(name) {
        format!("`{name}` can't be the name of a table")
    } else if KEYWORDS.contains(&name) {
        format!("`{name}` is a word of SQL, and a projection's name is its table's")
    } else if name.starts_with("pg_") {
        "names that begin with `pg_` belong to Postgres".to_owned()
    } else if let Some(message) = of_the_store(name) {
        message
    } else {
        return;
    };
    let cure = "choose a name of small letters, digits and `_`, such as `orders_summary`";
    context.problems.error(codes::SQL_NAME, entry.key_span, message).cure(cure);
}

/// Complains where a column's name can't be one in SQL.
pub(crate) fn column_name(context: &mut Context<'_>, name: &str, span: Span) {
    let message = match of_the_store(name) {
        _ if !plain(name) => format!("`{name}` can't be the name of a column"),
        Some(message) => message,
        None => return,
    };
    let cure = "choose a name of small letters, digits and `_`, at most 63, from a letter on";
    context.problems.error(codes::SQL_NAME, span, message).cure(cure);
}

/// Why a name is no table's and no column's: the stores refuse it.
fn of_the_store(name: &str) -> Option<String> {
    let prefix = ["annals_", "sqlite_"].into_iter().find(|prefix| name.starts_with(prefix));
    match prefix {
        Some(prefix) => Some(format!("names that begin with `{prefix}` belong to the store")),
        None if name == "event_store" => Some("`event_store` is the log's own table".to_owned()),
        None => None,
    }
}

fn plain(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
