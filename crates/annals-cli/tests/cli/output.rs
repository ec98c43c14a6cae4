//! What can't be printed is said, and never hides what a command found.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::common::{ANNALS, ORDERS, demo, folder};

#[test]
fn output_that_is_lost_is_a_failure() {
    let folder = folder("output-full");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let report = Command::new(ANNALS).current_dir(&folder).arg("report").stdout(full).output();
    let report = report.unwrap();
    assert_eq!(report.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&report.stderr).contains("standard output"), "{report:?}");
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let folder = folder("output-gone");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let wrong = ORDERS.replace("compensate: RefundPayment", "");
    std::fs::write(folder.join("wrong.yaml"), wrong).unwrap();
    demo(&folder, "30");
    for (arguments, code) in [
        (&["check", "wrong.yaml", "--json"][..], 1),
        (&["check", "wrong.yaml"], 1),
        (&["report"], 0),
        (&["events", "--store", "sqlite://demo.db", "--limit", "1000000"], 0),
    ] {
        let mut annals = Command::new(ANNALS);
        let mut child = annals
            .current_dir(&folder)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments:?}");
    }
}
