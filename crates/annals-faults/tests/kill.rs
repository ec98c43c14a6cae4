//! Promise 1: what was acknowledged survives `kill -9`. `ANNALS_KILLS` sets the number of kills.

use std::path::{Path, PathBuf};

use annals_faults::kill::{Plan, Report, campaign};
use annals_faults::load::Acknowledge;

const PROGRAM: &str = env!("CARGO_BIN_EXE_annals-faults-load");

fn kills(name: &str, cycles: u64, acknowledge: Acknowledge) -> Result<Report, String> {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("annals-faults-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("annals.db");
    let plan = Plan { program: Path::new(PROGRAM), file: &file, cycles, seed: 7, acknowledge };
    let result = campaign(&plan);
    std::fs::remove_dir_all(&folder).unwrap();
    result
}

/// A night's run asks for more.
#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
fn cycles() -> u64 {
    std::env::var("ANNALS_KILLS").map_or(100, |text| text.parse().unwrap())
}

#[test]
fn nothing_acknowledged_is_lost() {
    let cycles = cycles();
    let report = kills("honest", cycles, Acknowledge::AfterCommit).unwrap();
    println!("{report:?}");
    assert_eq!(report.cycles, cycles);
    assert!(report.acknowledged >= cycles, "{report:?}");
}

/// The canary: a load that acknowledges too early must be caught.
#[test]
fn acknowledging_before_the_commit_is_caught() {
    let caught = kills("early", 100, Acknowledge::BeforeCommit).unwrap_err();
    assert!(caught.contains("was acknowledged, and is lost"), "{caught}");
}
