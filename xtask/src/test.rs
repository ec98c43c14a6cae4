//! `cargo xtask test`: all that has to pass before a change is in. Which sections there are, and
//! how the output of `cargo test` is added up while it streams by.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sections::{self, Section};
use crate::services::{self, Running};
use crate::{score, tidy};

const NAMES: [&str; 5] = ["fmt", "tidy", "clippy", "test", "services"];

/// The section whose tests need more than Rust and a C compiler.
const SERVICES: &str = NAMES[4];

/// A test that fails must not hide the others, hence --no-fail-fast.
const EVERYTHING: [&str; 3] = ["test", "--workspace", "--no-fail-fast"];

/// The lane that needs a build of its own: what users run has no places to fail at.
const SWEEP: [&str; 6] = [
    "test",
    "--package=annals-faults",
    "--features=failpoints",
    "--test=lanes",
    "--",
    "a_failure_at_any_marked_place",
];

/// The tests of the commands that bring services up and down.
const OF_SERVICES: [&str; 5] = ["test", "--package", "xtask", "--features", "on-services"];

/// The tests that need services to be up.
const ON_SERVICES: [&[&str]; 3] = [
    &["test", "--package=annals-postgres", "--features=on-services", "--no-fail-fast"],
    &["test", "--package=annals-faults", "--features=on-services,failpoints", "--test=postgres"],
    &["test", "--package=annals-cli", "--features=on-services", "--test=postgres"],
];

/// Runs the sections that the options ask for; answers whether all passed.
///
/// # Errors
/// What is wrong with the options.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<bool, String> {
    let asked = asked(options)?;
    let mut sections: Vec<Section<'_>> = all(root)
        .into_iter()
        .filter(|section| asked.is_empty() || asked.contains(&section.name))
        .collect();
    // Everything else needs nothing but Rust and a C compiler.
    let missing = services::missing();
    if !missing.is_empty() {
        sections.retain(|section| section.name != SERVICES);
    }
    let passed = sections::run(sections);
    for missing in missing {
        println!("not proven here: {SERVICES}: {missing}");
    }
    if let Some(missing) = score::missing() {
        println!("not proven here: {missing}");
    }
    Ok(passed)
}

fn asked<'o>(options: &[&'o str]) -> Result<Vec<&'o str>, String> {
    let mut asked = Vec::new();
    for pair in options.chunks(2) {
        match pair {
            ["--only", name] if NAMES.contains(name) => asked.push(*name),
            ["--only", name] => {
                let known = NAMES.join(", ");
                return Err(format!("`--only {name}`: there is no such section. Known: {known}\n"));
            }
            _ => return Err(format!("usage: cargo xtask test [--only NAME]…, not {pair:?}\n")),
        }
    }
    Ok(asked)
}

fn all(root: &Path) -> Vec<Section<'_>> {
    let [fmt, tidy, clippy, test, services] = NAMES;
    let format = ["fmt", "--all", "--", "--check"];
    let lint = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    vec![
        Section { name: fmt, run: Box::new(move || streamed(root, &format)) },
        Section { name: tidy, run: Box::new(move || tidy::run(root)) },
        Section { name: clippy, run: Box::new(move || streamed(root, &lint)) },
        Section { name: test, run: Box::new(move || on_itself(root)) },
        Section { name: services, run: Box::new(move || on_services(root)) },
    ]
}

fn streamed(root: &Path, arguments: &[&str]) -> bool {
    println!("cargo {}", arguments.join(" "));
    match cargo(root).args(arguments).status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("cargo can't be started: {error}");
            false
        }
    }
}

/// Runs the tests that need nothing else, also behind one that failed.
fn on_itself(root: &Path) -> bool {
    [&EVERYTHING[..], &SWEEP].map(|it| tests(root, it, &[])).iter().all(|passed| *passed)
}

/// Runs the tests that need services, which are up meanwhile, and left as they were found.
fn on_services(root: &Path) -> bool {
    let commands = tests(root, &OF_SERVICES, &[]);
    let were_up = services::are_up(root);
    let passed = match services::up(root, &[]) {
        // All of them, also behind one that failed.
        Ok(running) => ON_SERVICES.map(|it| tests(root, it, &running)).iter().all(|passed| *passed),
        Err(problem) => {
            println!("{problem}");
            false
        }
    };
    let left = were_up || services::down(root).inspect_err(|why| println!("{why}")).is_ok();
    commands && passed && left
}

/// Passes every line of `cargo test` on as it comes, and adds the closing lines up.
fn tests(root: &Path, arguments: &[&str], running: &[Running]) -> bool {
    println!("cargo {}", arguments.join(" "));
    let mut total = Total::default();
    let passed = match piped(root, arguments, running, &mut total) {
        Ok(passed) => passed,
        Err(error) => {
            println!("cargo can't be followed: {error}");
            false
        }
    };
    let Total { results, passed: good, failed, ignored } = total;
    println!("total of {results} results: {good} passed, {failed} failed, {ignored} ignored");
    passed && total.is_proof()
}

fn piped(
    root: &Path,
    arguments: &[&str],
    running: &[Running],
    total: &mut Total,
) -> std::io::Result<bool> {
    let mut cargo = cargo(root);
    cargo.envs(running.iter().map(|service| (service.variable, &service.url)));
    let mut child = cargo.args(arguments).stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            total.add(&line);
        }
    }
    Ok(child.wait()?.success())
}

#[expect(clippy::disallowed_methods, reason = "cargo says there which cargo called")]
pub(crate) fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// The closing lines of test binaries, added up.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Total {
    results: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Total {
    /// Takes `test result: ok. 3 passed; 0 failed; 1 ignored; …`, and passes over other lines.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else { return };
        let Some((_, counts)) = rest.split_once(". ") else { return };
        self.results += 1;
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let Some(Ok(count)) = words.next().map(str::parse::<u64>) else { continue };
            match words.next() {
                Some("passed") => self.passed += count,
                Some("failed") => self.failed += count,
                Some("ignored") => self.ignored += count,
                _ => {}
            }
        }
    }

    /// A run in which no test ran proves nothing, however green it is.
    fn is_proof(self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_add_up() {
        let mut total = Total::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out",
            "test tests::result: ok. 9 passed ... ok",
        ] {
            total.add(line);
        }
        assert_eq!(total, Total { results: 2, passed: 5, failed: 1, ignored: 1 });
        assert!(!total.is_proof());
        assert!(!Total::default().is_proof());
        assert!(Total { failed: 0, ..total }.is_proof());
    }

    #[test]
    fn only_known_sections_can_be_asked_for() {
        assert_eq!(asked(&["--only", "fmt", "--only", "test"]), Ok(vec!["fmt", "test"]));
        assert!(asked(&["--only", "tests"]).unwrap_err().contains("Known: fmt, tidy"));
        assert!(asked(&["--only"]).is_err());
        assert!(asked(&["--fast", "fmt"]).is_err());
    }
}
