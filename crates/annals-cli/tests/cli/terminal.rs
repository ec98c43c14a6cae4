//! What people see in a terminal: the demo's live view, what it invites to, and Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pty_process::blocking::{Command as PtyCommand, Pty, open};
use serde_json::Value;

use crate::common::{ANNALS, ORDERS, Running, demo, folder, pasted};

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// A program in a terminal of 24 lines of 80 columns.
struct Terminal {
    pty: Pty,
    child: Child,
}

impl Terminal {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let (pty, inside) = open().unwrap();
        pty.resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
        let command = PtyCommand::new(ANNALS).args(arguments).current_dir(folder);
        let child = command.env("TERM", "xterm-256color").spawn(inside).unwrap();
        Self { pty, child }
    }

    fn press_ctrl_c(&mut self) {
        self.pty.write_all(&[3]).unwrap();
    }

    /// Reads on until `text` has been printed; all that has been printed by then.
    fn until(&mut self, printed: &mut Vec<u8>, text: &str) {
        while !String::from_utf8_lossy(printed).contains(text) {
            let mut some = [0; 4096];
            match self.pty.read(&mut some) {
                Ok(count) if count > 0 => printed.extend_from_slice(&some[..count]),
                _ => panic!("it ends without '{text}':\n{}", String::from_utf8_lossy(printed)),
            }
        }
    }

    /// Reads to the end: the exit code.
    fn end(mut self, printed: &mut Vec<u8>) -> Option<i32> {
        let mut some = [0; 4096];
        // Once the program is gone, so is the other side (EIO).
        while let Ok(count) = self.pty.read(&mut some) {
            printed.extend_from_slice(&some[..count]);
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a terminal of so many lines shows in the end.
fn shown(printed: &[u8], rows: u16) -> String {
    let [rows, columns] = [rows, COLUMNS].map(|count| NonZero::new(count).unwrap());
    let mut parser = vt100::Parser::new(rows, columns, 0);
    parser.process(printed);
    parser.screen().contents()
}

/// What is on the screen, and what has left it at the top.
fn seen(printed: &[u8]) -> String {
    // As high as all that is printed: nothing leaves it.
    shown(printed, 400)
}

/// What is on a screen of the usual size.
fn screen(printed: &[u8]) -> String {
    shown(printed, ROWS)
}

#[test]
fn the_live_view_is_drawn_in_place_and_fits_a_terminal_of_80_columns() {
    let folder = folder("terminal-live");
    let mut terminal = Terminal::start(&folder, &["demo", "--orders", "300", "--exit"]);
    let mut printed = Vec::new();
    terminal.until(&mut printed, "█");
    let live = screen(&printed);
    for told in ["orders ", "events ", "OrderFulfillment", "in flight", "lag", "dead letters"] {
        assert!(live.contains(told), "{told}:\n{live}");
    }
    assert_eq!(terminal.end(&mut printed), Some(0));
    let seen = seen(&printed);
    assert_eq!(seen.matches("/300").count(), 1, "one view, drawn over and over:\n{seen}");
    assert!(seen.contains("300/300") && seen.contains("the books balance"), "{seen}");
    let view = seen.lines().take(8);
    for line in view {
        let cut = line.chars().count() >= COLUMNS.into();
        assert!(!cut, "it doesn't fit: {line}");
    }
}

#[test]
fn ctrl_c_in_the_live_view_says_how_to_go_on() {
    let folder = folder("terminal-ctrl-c");
    let arguments = ["demo", "--orders", "20000", "--store", "sqlite://my demo.db"];
    let mut terminal = Terminal::start(&folder, &arguments);
    let mut printed = Vec::new();
    terminal.until(&mut printed, "in flight");
    terminal.press_ctrl_c();
    assert_eq!(terminal.end(&mut printed), Some(0));
    let screen = screen(&printed);
    let again = "demo --orders 20000 --seed 1 --store 'sqlite://my demo.db'";
    assert!(screen.replace('\n', "").contains(again), "{screen}");
    assert!(screen.trim_end().ends_with("demo.db'"), "nothing is drawn over it:\n{screen}");
}

#[test]
fn a_log_is_followed_until_ctrl_c() {
    let folder = folder("terminal-follow");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let system = Running::start(&folder, &["architecture.yaml"]);
    let mut terminal = Terminal::start(&folder, &["events", "--follow"]);
    let mut piped = Command::new(ANNALS)
        .current_dir(&folder)
        .args(["events", "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(piped.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    for quantity in 1..=3 {
        let body = format!("{{\"quantity\":{quantity}}}");
        assert_eq!(system.post("/commands/StockItem/sku-7/ReceiveStock", &body).0, 200);
        let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(event["data"]["quantity"], quantity);
        terminal.until(&mut printed, &body);
    }
    terminal.press_ctrl_c();
    assert_eq!(terminal.end(&mut printed), Some(0));
    // A reader that goes away ends it too, with the next event at the latest.
    drop(lines);
    assert_eq!(system.post("/commands/StockItem/sku-7/ReceiveStock", "{\"quantity\":4}").0, 200);
    assert_eq!(piped.wait().unwrap().code(), Some(0));
}

#[test]
fn ctrl_c_ends_a_running_system_in_peace() {
    let folder = folder("terminal-run");
    std::fs::write(folder.join("architecture.yaml"), ORDERS).unwrap();
    let arguments = ["run", "architecture.yaml", "--listen", "127.0.0.1:0"];
    let mut terminal = Terminal::start(&folder, &arguments);
    let mut printed = Vec::new();
    terminal.until(&mut printed, "Ctrl-C ends it");
    terminal.press_ctrl_c();
    assert_eq!(terminal.end(&mut printed), Some(0), "{}", String::from_utf8_lossy(&printed));
}

/// The next line that begins so.
fn line<'l>(lines: &mut impl Iterator<Item = &'l str>, start: &str) -> &'l str {
    lines.find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line `{start}…`"))
}

#[test]
fn what_the_demo_invites_to_works_as_pasted() {
    let folder = folder("terminal-invites");
    let store = ["--store", "sqlite://demo.db", "--listen", "127.0.0.1:0"];
    let arguments = [&["demo", "--orders", "60"], &store[..]].concat();
    let mut terminal = Terminal::start(&folder, &arguments);
    let mut printed = Vec::new();
    terminal.until(&mut printed, "--seed 1 --store sqlite://demo.db\r\n");
    let text = String::from_utf8(printed).unwrap();
    let mut lines = text.lines().map(str::trim);
    let [place, cancel, trace] = [(); 3].map(|()| line(&mut lines, "curl "));
    let (kill, again) = line(&mut lines, "kill -9 ").split_once(", then ").expect("how to go on");

    assert!(pasted(&folder, place).contains("OrderPlaced.v1"));
    let cancelled = pasted(&folder, cancel);
    assert!(cancelled.contains("OrderCancelled.v1"), "{cancelled}");
    let trace: Value = serde_json::from_str(&pasted(&folder, trace)).expect("it is a trace");
    assert_eq!(trace["items"][0]["what"], "PlaceOrder", "{trace}");
    // An order that nobody places waits for its quarter of an hour, by the demo's clock.
    let forgotten = place.split(" --next ").next().unwrap();
    let of = |line: &str| line.split("/Order/").nth(1).unwrap()[..36].to_owned();
    let other = "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41";
    let created = pasted(&folder, &forgotten.replace(&of(forgotten), other));
    assert!(created.contains("OrderCreated.v2"), "{created}");
    pasted(&folder, kill);
    terminal.child.wait().unwrap();

    let again = format!("{again} --exit --listen 127.0.0.1:0");
    assert!(pasted(&folder, &again).contains("the books balance"));
}

#[test]
fn a_demo_goes_on_only_with_the_traffic_that_it_began_with() {
    let folder = folder("terminal-scale");
    demo(&folder, "30");
    let store = ["--store", "sqlite://demo.db", "--exit", "--json", "--listen", "127.0.0.1:0"];
    let other = crate::common::annals(&folder, &[&["demo", "--orders", "31"], &store[..]].concat());
    assert_eq!(other.code, 2, "{}", other.err);
    assert!(other.err.contains("--orders 30 --seed 1"), "{}", other.err);
    let same = crate::common::annals(&folder, &[&["demo"], &store[..]].concat()).json();
    assert_eq!(same["orders"], 30);
    assert_eq!(same["new_events"], 0, "all of it has happened");
    let ended = &same["sagas"][0];
    assert!(ended["completed"].as_u64().unwrap() > 0, "what happened before counts: {ended}");
}
