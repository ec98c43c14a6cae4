//! `cargo xtask services`: what tests need beside the code, brought up for this checkout alone. A
//! tour: [`order`] reads the command line, [`account`] says as whom services run, [`place`] where
//! they keep their state, [`report`] how they stand; each service is a file of its name, and a line
//! of the table below. How a service works is no matter here.

use std::path::Path;

mod account;
mod order;
mod place;
mod postgres;
mod report;

use order::{Order, Verb};
use report::{State, Status};

/// What the commands know of a service.
struct Service {
    name: &'static str,
    /// The environment variable by which tests find it.
    variable: &'static str,
    /// What has to be installed before its own tests can run; nothing where they can.
    missing: fn() -> Option<String>,
    /// Answers once it can be used, also where it already was up.
    up: fn(&Path) -> Result<Status, String>,
    /// Stops what `up` started, and nothing else.
    down: fn(&Path) -> Result<Status, String>,
    status: fn(&Path) -> Result<Status, String>,
}

const SERVICES: &[Service] = &[postgres::SERVICE];

/// A service that can be used.
#[derive(Debug)]
pub(crate) struct Running {
    /// The environment variable by which tests find it: `ANNALS_TEST_POSTGRES`.
    pub(crate) variable: &'static str,
    pub(crate) url: String,
}

/// Does what the options ask for; answers whether it could, and for `status` whether all are up.
///
/// # Errors
/// What is wrong with the options.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<bool, String> {
    let Order { verb, names, json } = order::parse(options)?;
    let asked = |service: &&Service| names.is_empty() || names.contains(&service.name);
    let services = SERVICES.iter().filter(asked);
    let done = match verb {
        Verb::Up => up(root, &names).map(|running| {
            for Running { variable, url } in running {
                println!("{variable}={url}");
            }
            true
        }),
        Verb::Down => gathered(services.map(|service| (service.down)(root))).map(|statuses| {
            print!("{}", report::text(&statuses));
            true
        }),
        Verb::Status => gathered(services.map(|service| (service.status)(root))).map(|statuses| {
            let shown = if json { report::json(&statuses) } else { report::text(&statuses) };
            print!("{shown}");
            statuses.iter().all(|status| status.state == State::Up)
        }),
    };
    Ok(done.unwrap_or_else(|problem| {
        eprintln!("{problem}");
        false
    }))
}

/// What has to be installed before all services can be tested here, by service.
pub(crate) fn missing() -> Vec<String> {
    let missing = |service: &Service| Some(format!("{}: {}", service.name, (service.missing)()?));
    SERVICES.iter().filter_map(missing).collect()
}

/// Brings the named services up, all where none is named, and answers where they are: each `url`
/// for the environment variable of the tests that ask for it.
///
/// # Errors
/// Why one of them can't be used, with the cure and the place of its log; the others are up then.
pub(crate) fn up(root: &Path, names: &[&'static str]) -> Result<Vec<Running>, String> {
    let asked = |service: &&Service| names.is_empty() || names.contains(&service.name);
    gathered(SERVICES.iter().filter(asked).map(|service| {
        let status = (service.up)(root)?;
        print!("{}", report::text(std::slice::from_ref(&status)));
        let silent = || format!("{}: it came up, and then went silent", service.name);
        Ok(Running { variable: service.variable, url: status.url.ok_or_else(silent)? })
    }))
}

/// Whether all services are up.
pub(crate) fn are_up(root: &Path) -> bool {
    let is_up =
        |service: &Service| (service.status)(root).is_ok_and(|status| status.state == State::Up);
    SERVICES.iter().all(is_up)
}

/// Stops all services.
///
/// # Errors
/// Why one of them can't be stopped.
pub(crate) fn down(root: &Path) -> Result<(), String> {
    let statuses = gathered(SERVICES.iter().map(|service| (service.down)(root)))?;
    print!("{}", report::text(&statuses));
    Ok(())
}

/// All answers, or all problems.
fn gathered<T>(answers: impl Iterator<Item = Result<T, String>>) -> Result<Vec<T>, String> {
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(answer) => good.push(answer),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(problems.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_hides_no_other() {
        let answers = [Err("a".to_owned()), Ok(1), Err("b".to_owned())];
        assert_eq!(gathered(answers.into_iter()), Err("a\nb".to_owned()));
        assert_eq!(gathered([Ok(1), Ok(2)].into_iter()), Ok(vec![1, 2]));
    }
}
