//! Pure crates take what they need: they never reach for the clock, chance, the environment, files,
//! the network, threads or other processes. Their tests may.

use crate::tidy::arrows;
use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};
use crate::tidy::rust;

const TIME: &str = "take the time as an argument: a simulator owns it";
const CHANCE: &str = "take the value as an argument: a simulator must be able to repeat it";
const INPUT: &str = "take the text as an argument: the command line reads it";
const TASKS: &str = "compute and return: engines in annals-runtime schedule and wait";

/// Parts of paths that are effects: the part, what it reaches for, the cure.
const EFFECTS: &[(&[&str], &str, &str)] = &[
    (&["SystemTime"], "the clock", TIME),
    (&["Instant", "now"], "the clock", TIME),
    (&["Timestamp", "now"], "the clock", TIME),
    (&["Zoned", "now"], "the clock", TIME),
    (&["Utc", "now"], "the clock", TIME),
    (&["Local", "now"], "the clock", TIME),
    (&["Uuid", "now_v7"], "the clock and chance", CHANCE),
    (&["Uuid", "new_v4"], "chance", CHANCE),
    (&["rand"], "chance", CHANCE),
    (&["getrandom"], "chance", CHANCE),
    (&["RandomState"], "chance", CHANCE),
    (&["std", "env"], "the environment", INPUT),
    (&["std", "fs"], "files", INPUT),
    (&["std", "net"], "the network", INPUT),
    (&["std", "process"], "other processes", INPUT),
    (&["std", "thread"], "threads", TASKS),
    (&["tokio"], "tasks", TASKS),
];

pub(crate) fn check(house: &House) -> Vec<Finding> {
    house.rust().filter(|file| is_pure(file) && !house.is_test(file)).flat_map(check_file).collect()
}

fn is_pure(file: &File) -> bool {
    let row = file.crate_name().and_then(arrows::row);
    row.is_some_and(|row| row.pure) && file.is_under("src")
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    rust::walk(&file.text, &mut |here| {
        if here.in_test {
            return;
        }
        for path in here.paths() {
            if let Some((_, what, cure)) = EFFECTS.iter().find(|(part, ..)| has(&path, part)) {
                let reason = format!("`{}` reaches for {what} in a pure crate", path.join("::"));
                findings.push(Finding::new(&file.path, here.line(), reason, *cure));
            }
        }
    });
    findings
}

/// A lone lower-case word is a crate only where a path begins with it.
fn has(path: &[String], part: &[&str]) -> bool {
    match part {
        [word] if word.starts_with(char::is_lowercase) => path.len() > 1 && path[0] == *word,
        _ => path.windows(part.len()).any(|window| window == part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&House::with(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    const BAD: &str = "\
use std::{collections::BTreeMap, env, time::SystemTime};
use std::time::{Duration, Instant};
fn f() -> Instant { Instant::now() }
fn g() { std::fs::read(\"a\"); }
fn h() { tokio::spawn(async {}); rand::random::<u8>(); }
fn i() { vec![uuid::Uuid::now_v7(), jiff::Timestamp::now()]; }
#[cfg(test)]
mod tests {
    use std::fs;
}
";

    #[test]
    fn effects_are_found_but_not_in_tests() {
        assert_eq!(lines("crates/annals-core/src/lib.rs", BAD), [1, 1, 3, 4, 5, 5, 6, 6]);
        assert!(lines("crates/annals-core/tests/all.rs", BAD).is_empty());
        assert!(lines("crates/annals-sqlite/src/lib.rs", BAD).is_empty());
    }

    #[test]
    fn names_that_only_look_alike_are_free() {
        let text = "fn f(rand: u8, env: Env) { env.fs(rand); now(); Duration::ZERO; env!(\"A\"); }";
        assert!(lines("crates/annals-core/src/lib.rs", text).is_empty());
    }
}
