//! What was found, as Markdown: a table for each bed and workload, with what each row is of its
//! limit, and how many times as fast Annals was in the same run.

use std::fmt::Write;

use annals_bench_harness::{Measured, Workload};

use crate::bed::{Bed, Role};
use crate::probe::Probe;
use crate::run::{Findings, Row};

/// Medians over the rounds.
pub(crate) struct Medians {
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) failed: u64,
    pub(crate) failure: Option<String>,
}

/// What a row came to, and what it is of the others in its cell.
pub(crate) struct Compared {
    pub(crate) medians: Medians,
    /// Of the limit's throughput.
    pub(crate) of_limit: Option<f64>,
    /// Annals' throughput, in this row's.
    pub(crate) ours: Option<f64>,
}

impl Row {
    pub(crate) fn medians(&self) -> Medians {
        let of = |value: fn(&Measured) -> f64| median(self.rounds.iter().map(value).collect());
        Medians {
            per_second: of(|it| it.per_second),
            p50_us: of(|it| it.p50_us),
            p99_us: of(|it| it.p99_us),
            failed: self.rounds.iter().map(|it| it.failed).sum(),
            failure: self.rounds.iter().find_map(|it| it.failure.clone()),
        }
    }

    fn is_beside(&self, other: &Row) -> bool {
        let key = |row: &Row| (row.cell.bed, row.cell.workload, row.cell.clients);
        key(self) == key(other)
    }
}

/// A row beside its limit and Annals.
pub(crate) fn compared(findings: &Findings, row: &Row) -> Compared {
    let beside = |wanted: &dyn Fn(Role) -> bool| {
        let mut rows = findings.rows.iter().filter(|it| it.is_beside(row));
        rows.find(|it| wanted(it.cell.entry.role)).map(|it| it.medians().per_second)
    };
    let medians = row.medians();
    let limit = beside(&|role| role.is_limit(row.cell.workload));
    let ours = beside(&|role| role == Role::Ours);
    let per_second = medians.per_second;
    let of = |a: f64, b: f64| (a > 0.0 && b > 0.0).then(|| a / b);
    Compared {
        of_limit: limit.and_then(|limit| of(per_second, limit)),
        ours: ours.and_then(|ours| of(ours, per_second)),
        medians,
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

/// Everything.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text = probes(&findings.probes);
    for missing in &findings.missing {
        let _ = writeln!(text, "Not measured: {missing}.");
    }
    let mut beds: Vec<Bed> = findings.rows.iter().map(|row| row.cell.bed).collect();
    beds.sort();
    beds.dedup();
    for bed in beds {
        let _ = writeln!(text, "\n### {}", bed.title());
        for workload in Workload::ALL {
            text += &table(findings, bed, workload);
        }
    }
    text + "\n"
}

fn probes(probes: &[Probe]) -> String {
    let of = |value: fn(&Probe) -> f64| probes.iter().map(value).collect::<Vec<f64>>();
    let range = |values: Vec<f64>| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        format!("{} ({} to {})", number(median(values)), number(least), number(most))
    };
    let Some(first) = probes.first() else { return String::new() };
    format!(
        "Disk, 4 KiB appended + fdatasync: {}/s, p50 {:.0} µs, p99 {:.0} µs before the run; over \
         its {} probes {}/s. Load average: {}.\n",
        number(first.per_second),
        first.p50_us,
        first.p99_us,
        probes.len(),
        range(of(|it| it.per_second)),
        {
            let loads = of(|it| it.load);
            let most = loads.iter().copied().fold(0.0, f64::max);
            format!("{:.1} (up to {most:.1})", median(loads))
        },
    )
}

fn table(findings: &Findings, bed: Bed, workload: Workload) -> String {
    let is_here = |row: &&Row| row.cell.bed == bed && row.cell.workload == workload;
    let mut rows: Vec<&Row> = findings.rows.iter().filter(is_here).collect();
    let place = |row: &Row| {
        let entries = crate::bed::ENTRIES.iter();
        entries.take_while(|entry| entry.name != row.cell.entry.name).count()
    };
    rows.sort_by_key(|row| (row.cell.clients, place(row)));
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n**{}**, {} by the second\n\n\
         | clients | subject | per second | p50 ms | p99 ms | of the limit | Annals is |\n\
         |--:|---|--:|--:|--:|--:|--:|\n",
        workload.name(),
        workload.unit()
    );
    for row in rows {
        let Compared { medians, of_limit, ours } = compared(findings, row);
        let name = row.cell.entry.name;
        let failed = match (medians.failed, &medians.failure) {
            (0, _) => String::new(),
            (failed, why) => format!(" ({failed} calls failed: {})", short(why.as_deref())),
        };
        let times = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |it| format!("{it:.2} ×"));
        let _ = writeln!(
            text,
            "| {} | {name}{failed} | {} | {:.2} | {:.2} | {} | {} |",
            row.cell.clients,
            number(medians.per_second),
            medians.p50_us / 1_000.0,
            medians.p99_us / 1_000.0,
            of_limit.map_or("–".to_owned(), |it| format!("{it:.2}")),
            if row.cell.entry.role == Role::Ours { "–".to_owned() } else { times(ours) },
        );
    }
    text
}

fn short(why: Option<&str>) -> String {
    let line = why.unwrap_or_default().lines().next().unwrap_or_default();
    line.chars().filter(|c| *c != '|').take(60).collect()
}

/// With commas between thousands.
pub(crate) fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_medians_are_written_as_people_read_them() {
        assert_eq!([number(0.4), number(999.0), number(1_234_567.8)], ["0", "999", "1,234,568"]);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
