//! The command line as data.

use std::path::PathBuf;

use annals_bench_harness::Workload;

use crate::bed::{ENTRIES, Engine, find};

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [NAME…] [options]

  NAME             only these: subjects (annals-sqlite, umadb, …), workloads (append-1, handle,
                   read-log, read-stream, …), `embedded`, `postgres`, `hot`;
                   `conditional`: appends of tagged events, and the same on a condition;
                   `processes`: one, two and four processes on one log on Postgres
  --seconds N      measured in each cell, in each round (1)
  --clients N,…    (1,8,64,256)
  --rounds N       (3)
  --delays MS,…    milliseconds added to each fsync, a table each (0,1,4)
  --folder PATH    on the disk that is to be measured (the system's for temporary files)
  --quick          one round of half a second, clients 1 and 64, no delays but 1 ms
  --large [N]      instead of the rest: SQLite with 100,000 and with N (10,000,000) events
  --json           JSON instead of tables
";

/// What to measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) subjects: Vec<String>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) engines: Vec<Engine>,
    /// Only the hot aggregate, where nothing else is named.
    pub(crate) hot: bool,
    /// Instead of the rest: many processes on one log.
    pub(crate) processes: bool,
    pub(crate) run_ms: u64,
    /// Empty: what suits each workload.
    pub(crate) clients: Vec<usize>,
    pub(crate) rounds: usize,
    pub(crate) delays: Vec<u64>,
    pub(crate) folder: PathBuf,
    /// Events that readers find.
    pub(crate) filled: usize,
    pub(crate) large: Option<u64>,
    pub(crate) json: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            subjects: Vec::new(),
            workloads: Vec::new(),
            engines: Vec::new(),
            hot: false,
            processes: false,
            run_ms: 1_000,
            clients: Vec::new(),
            rounds: 3,
            delays: vec![0, 1, 4],
            folder: std::env::temp_dir(),
            filled: 100_000,
            large: None,
            json: false,
        }
    }
}

impl Arguments {
    /// Whether everything is asked for.
    pub(crate) fn is_all(&self) -> bool {
        self.subjects.is_empty() && self.workloads.is_empty() && self.engines.is_empty()
    }
}

/// # Errors
/// What is wrong with them.
pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--seconds" => {
                let seconds: f64 = number(&value()?)?;
                arguments.run_ms = (seconds * 1_000.0) as u64;
            }
            "--clients" => arguments.clients = numbers(&value()?)?,
            "--rounds" => arguments.rounds = number(&value()?)?,
            "--delays" => arguments.delays = numbers(&value()?)?,
            "--folder" => arguments.folder = value()?.into(),
            "--json" => arguments.json = true,
            "--quick" => quick(&mut arguments),
            "--large" => {
                let count = words.next_if(|next| next.starts_with(|c: char| c.is_ascii_digit()));
                arguments.large = Some(count.map_or(Ok(10_000_000), |text| number(&text))?);
            }
            name => named(&mut arguments, name)?,
        }
    }
    if arguments.rounds == 0 || arguments.run_ms == 0 || arguments.clients.contains(&0) {
        return Err("rounds, seconds and clients are above 0".to_owned());
    }
    Ok(arguments)
}

fn quick(arguments: &mut Arguments) {
    let (clients, delays) = (vec![1, 64], vec![0, 1]);
    let base = std::mem::take(arguments);
    *arguments = Arguments { run_ms: 500, clients, rounds: 1, delays, filled: 20_000, ..base };
}

fn named(arguments: &mut Arguments, name: &str) -> Result<(), String> {
    match name {
        "embedded" => arguments.engines.push(Engine::Embedded),
        "postgres" => arguments.engines.push(Engine::Postgres),
        "hot" => arguments.hot = true,
        "processes" => arguments.processes = true,
        "conditional" => {
            let apart = ENTRIES.iter().filter(|entry| entry.role.is_apart());
            arguments.subjects.extend(apart.map(|entry| entry.name.to_owned()));
            arguments.workloads.push(Workload::Append(1));
            if arguments.clients.is_empty() {
                arguments.clients = vec![64];
            }
        }
        _ => {
            let workload = Workload::ALL.into_iter().find(|it| it.name() == name);
            match (workload, find(name)) {
                (Some(workload), _) => arguments.workloads.push(workload),
                (None, Some(entry)) => arguments.subjects.push(entry.name.to_owned()),
                (None, None) => return Err(format!("`{name}` isn't known here")),
            }
        }
    }
    Ok(())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))
}

fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, String> {
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Arguments, String> {
        parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn names_and_options_are_read() {
        let read = parsed("handle umadb postgres --seconds 0.5 --clients 1,64 --json").unwrap();
        assert_eq!(read.workloads, [Workload::Handle]);
        assert_eq!(read.subjects, ["umadb"]);
        assert_eq!(read.engines, [Engine::Postgres]);
        assert_eq!((read.run_ms, read.clients.as_slice(), read.json), (500, &[1, 64][..], true));
        assert_eq!(parsed("--large").unwrap().large, Some(10_000_000));
        assert_eq!(parsed("--large 1_000_000 --json").unwrap().large, Some(1_000_000));
        assert_eq!(parsed("--quick --rounds 2").unwrap().rounds, 2);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert_eq!(parsed("oracle").unwrap_err(), "`oracle` isn't known here");
        assert_eq!(parsed("--seconds").unwrap_err(), "--seconds needs a value");
        assert_eq!(parsed("--clients 1,x").unwrap_err(), "`x` is no number");
        assert!(parsed("--clients 0").is_err());
    }
}
