//! The project's own commands: `cargo xtask tidy`, `test`, `score`, `services` and `bench`. Here
//! only the command line; what a command does lives in the module of its name.

use std::path::Path;
use std::process::ExitCode;

mod bench;
mod json;
mod score;
mod sections;
mod services;
mod test;
mod tidy;

const USAGE: &str = "\
usage: cargo xtask <command>

  tidy                  hold the tree against the house's rules
  test [--only NAME]…   all that has to pass: fmt, tidy, clippy, test, services
  score [--nightly] [--seed N] [--only LANE]… [--json]
                        the reliability scorecard: faults made on purpose, and what was kept
  services up|down|status [postgres] [--json]
                        what tests need beside the code, for this checkout alone;
                        `status` answers with 1 where one isn't up
  bench [NAME…] [--quick] [--json] …
                        how fast it is beside its peers; docs/benchmarks.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let passed = match words.as_slice() {
        ["tidy"] => Ok(tidy::run(root)),
        ["test", options @ ..] => test::run(root, options),
        ["score", options @ ..] => score::run(root, options),
        ["services", options @ ..] => services::run(root, options),
        ["bench", options @ ..] => bench::run(root, options),
        _ => Err(USAGE.to_owned()),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(usage) => {
            eprint!("{usage}");
            ExitCode::from(2)
        }
    }
}

/// The workspace, whichever folder the command was given in.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
