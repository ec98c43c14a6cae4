//! What the demo invites to, in a terminal: three lines to paste, and a kill that it survives.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::common::{ANNALS, folder};

/// What a line of shell prints.
fn pasted(line: &str) -> String {
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The next line that begins so, once it is there.
fn next(lines: &mut impl Iterator<Item = String>, start: &str) -> String {
    lines.find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line `{start}…`"))
}

#[test]
fn what_the_demo_invites_to_works_as_pasted() {
    let folder = folder("demo-invites");
    let demo = format!("{ANNALS} demo --orders 60 --store sqlite://demo.db --listen 127.0.0.1:0");
    // `script` gives it a terminal, without which it would end by itself.
    let mut terminal = Command::new("script")
        .current_dir(&folder)
        .args(["-qefc", &demo, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("util-linux is there");
    let printed = BufReader::new(terminal.stdout.take().unwrap());
    let mut lines = printed.lines().map_while(Result::ok).map(|line| line.trim().to_owned());
    let [place, cancel, trace] = [(); 3].map(|()| next(&mut lines, "curl "));
    let kill = next(&mut lines, "kill -9 ");
    let (kill, again) = kill.split_once(", then ").expect("it says how to go on");

    assert!(pasted(&place).contains("OrderPlaced.v1"));
    let cancelled = pasted(&cancel);
    assert!(cancelled.contains("OrderCancelled.v1"), "{cancelled}");
    let trace: serde_json::Value = serde_json::from_str(&pasted(&trace)).expect("it is a trace");
    assert_eq!(trace["items"][0]["what"], "PlaceOrder", "{trace}");
    pasted(kill);
    terminal.wait().unwrap();

    let again = format!("cd {} && {again} --exit --listen 127.0.0.1:0", folder.display());
    assert!(pasted(&again).contains("the books balance"));
}
