//! What was found, as one JSON document.

use annals_bench_harness::Failure;
use serde_json::{Value, json};

use crate::hot::Hot;
use crate::run::{Findings, Row};
use crate::table::{Compared, compared};

/// Everything, each round of it too.
pub(crate) fn json(findings: &Findings, hot: Option<&Hot>) -> Result<String, Failure> {
    let rows: Vec<Value> = findings.rows.iter().map(|row| one(findings, row)).collect();
    let document = json!({
        "postgres": findings.postgres,
        "probes": findings.probes,
        "missing": findings.missing,
        "rows": rows,
        "hot": hot,
    });
    Ok(serde_json::to_string_pretty(&document)?)
}

fn one(findings: &Findings, row: &Row) -> Value {
    let Compared { medians, of_limit, ours } = compared(findings, row);
    json!({
        "engine": row.cell.bed.engine,
        "delay_ms": row.cell.bed.delay_ms,
        "workload": row.cell.workload.name(),
        "unit": row.cell.workload.unit(),
        "clients": row.cell.clients,
        "subject": row.cell.entry.name,
        "per_second": medians.per_second,
        "p50_us": medians.p50_us,
        "p99_us": medians.p99_us,
        "failed": medians.failed,
        "failure": medians.failure,
        "of_limit": of_limit,
        "annals_is": ours,
        "rounds": row.rounds,
    })
}
