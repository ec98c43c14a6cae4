//! One lane of the scorecard: `annals-faults-score LANE pr|nightly SEED`, or the table: `list`.
//! Lines for `cargo xtask score`, their parts separated by tabs. Exit code 1 where it failed.

use std::process::ExitCode;

use annals_faults::lanes::{LANES, Lane, Run, Size};

const USAGE: &str = "annals-faults-score list | LANE pr|nightly SEED";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match words.as_slice() {
        ["list"] => {
            LANES.iter().for_each(list);
            Ok(true)
        }
        [id, size, seed] => score(id, size, seed),
        _ => Err(USAGE.to_owned()),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}

fn list(lane: &Lane) {
    println!("{}\t{}\t{}", lane.id, lane.name, lane.missing().unwrap_or(""));
}

fn score(id: &str, size: &str, seed: &str) -> Result<bool, String> {
    let lane = Lane::find(id).ok_or_else(|| format!("there is no lane '{id}'"))?;
    let size = match size {
        "pr" => Size::Pr,
        "nightly" => Size::Nightly,
        _ => return Err(USAGE.to_owned()),
    };
    let seed = seed.parse().map_err(|_| USAGE.to_owned())?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = std::env::temp_dir().join(format!("annals-score-{id}-{}", std::process::id()));
    let load = this.with_file_name(format!("annals-faults-load{}", std::env::consts::EXE_SUFFIX));
    let outcome = lane.run(&Run { load, folder: folder.clone(), size, seed });
    print!("{outcome}");
    if outcome.passed() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    Ok(outcome.passed())
}
