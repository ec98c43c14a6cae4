//! `cargo xtask score`: the reliability scorecard. Each lane runs as a process of
//! `annals-faults-score`, which knows what a lane does; here they are started one after another,
//! timed, and put into a [`table`]. [`order`] reads the command line.

use std::path::Path;
use std::process::Output;

use crate::sections::now;
use crate::test::cargo;

mod order;
mod table;

use order::Order;
use table::{Card, Row, Verdict};

const PACKAGE: &str = "annals-faults";
const PROGRAM: &str = "annals-faults-score";
/// The places where a lane has the process fail.
const FEATURES: &str = "--features=failpoints";

/// Runs the lanes that the options ask for; answers whether none failed.
///
/// # Errors
/// What is wrong with the options.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<bool, String> {
    let order = order::parse(options)?;
    let done = built(root).and_then(|()| listed(root)).and_then(|lanes| {
        if let Some(unknown) = order.unknown(&lanes) {
            let known: Vec<&str> = lanes.iter().map(|lane| lane.id.as_str()).collect();
            return Err(format!("there is no lane {unknown}; known: {}", known.join(", ")));
        }
        let commit = commit(root);
        let told = |text: String| {
            if !order.json {
                print!("{text}")
            }
        };
        told(table::head(&commit, order.size(), order.seed));
        let mut rows = Vec::new();
        // Each as soon as it is done: a night can be cut short.
        for lane in lanes.into_iter().filter(|lane| order.asks_for(&lane.id)) {
            let row = scored(root, lane, &order)?;
            told(table::lines(&row));
            rows.push(row);
        }
        told(table::foot(&rows));
        let card = Card { commit, size: order.size(), seed: order.seed, rows };
        if order.json {
            print!("{}", table::json(&card));
        }
        Ok(card.rows.iter().all(|row| row.verdict != Verdict::Failed))
    });
    Ok(done.unwrap_or_else(|problem| {
        eprintln!("{problem}");
        false
    }))
}

/// The lanes whose tests can't prove anything on this system, for `cargo xtask test`.
pub(crate) fn missing() -> Option<&'static str> {
    // As `missing` of Shim and Server in annals-faults: they are built for the same system.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        None
    } else if cfg!(target_os = "linux") {
        Some("R02, R07, R08: the disk is watched on Linux with glibc only")
    } else {
        Some("R02, R07, R08 and lanes on Postgres: disk and servers are watched on Linux only")
    }
}

/// A lane, as the program lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lane {
    id: String,
    name: String,
    /// Why it can't be run here.
    missing: Option<String>,
}

/// Both programs: the one that is asked, and the one that it hurts.
fn built(root: &Path) -> Result<(), String> {
    let build = ["build", "--quiet", "--bins", FEATURES, "--package", PACKAGE];
    let status = cargo(root).args(build).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{PACKAGE} can't be built")),
        Err(error) => Err(format!("cargo can't be started: {error}")),
    }
}

fn asked(root: &Path, arguments: &[&str]) -> Result<Output, String> {
    let mut cargo = cargo(root);
    cargo.args(["run", "--quiet", FEATURES, "--package", PACKAGE, "--bin", PROGRAM, "--"]);
    cargo.args(arguments).output().map_err(|error| format!("cargo can't be started: {error}"))
}

fn listed(root: &Path) -> Result<Vec<Lane>, String> {
    let output = asked(root, &["list"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let lane = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let (id, name, missing) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Lane { id, name, missing: (!missing.is_empty()).then_some(missing) })
    };
    let lanes: Option<Vec<Lane>> = text.lines().map(lane).collect();
    let lanes = lanes.filter(|lanes| !lanes.is_empty());
    lanes.ok_or_else(|| {
        format!("{PROGRAM} lists no lanes: {}", String::from_utf8_lossy(&output.stderr))
    })
}

fn scored(root: &Path, lane: Lane, order: &Order<'_>) -> Result<Row, String> {
    let Lane { id, name, missing } = lane;
    if let Some(missing) = missing {
        let verdict = Verdict::NotProven;
        return Ok(Row { id, name, verdict, seconds: 0.0, tried: missing, canaries: None });
    }
    eprintln!("{id} {name} …");
    let started = now();
    let output = asked(root, &[&id, order.size(), &order.seed.to_string()])?;
    let seconds = started.elapsed().as_secs_f64();
    let out = String::from_utf8_lossy(&output.stdout);
    let said = |what: &str| {
        let line = out.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix('\t'));
        let (verdict, text) = line?.split_once('\t')?;
        Some((verdict == "ok", text.to_owned()))
    };
    // A lane that dies says nothing, and what it says on standard error is its story.
    let nothing = || (false, String::from_utf8_lossy(&output.stderr).trim().to_owned());
    let (kept, tried) = said("tried").unwrap_or_else(nothing);
    let (caught, canaries) = said("canaries").unwrap_or_else(nothing);
    let passed = kept && caught && output.status.success();
    let verdict = if passed { Verdict::Passed } else { Verdict::Failed };
    Ok(Row { id, name, verdict, seconds, tried, canaries: Some((caught, canaries)) })
}

/// What was scored, as git calls it.
fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").current_dir(root).args(arguments).output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"]);
    let changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    let head = head.unwrap_or_else(|| "unknown".to_owned());
    if changed { format!("{head} with changes") } else { head }
}
