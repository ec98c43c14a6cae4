//! The demo, killed with SIGKILL again and again, each time after it has got on, and then run to
//! its end: its books balance. On stores that forget checkpoints or outcomes they must not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals_runtime::ports::EventStore;
use annals_sqlite::{Mode, OpenOptions, SqliteStore};
use serde_json::{Value, json};

/// Kills of the honest store.
const KILLS: u64 = 40;

/// Orders of a demo that every kill has to find at work.
const ORDERS: &str = "800";

/// Orders of a demo that is killed until it ends, through redriving and the books too.
const FEW_ORDERS: &str = "60";

const ANNALS: &str = env!("CARGO_BIN_EXE_annals");

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("annals-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn store(&self) -> PathBuf {
        self.0.join("demo.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn url(store: &Path) -> String {
    format!("sqlite://{}", store.display())
}

/// An example of this package, which stands beside its binary.
fn example(name: &str) -> PathBuf {
    let path = Path::new(ANNALS).with_file_name("examples").join(name);
    assert!(path.exists(), "{} is built by `cargo test` without `--test`", path.display());
    path
}

fn demo(program: &Path, store: &Path, orders: &str) -> Child {
    Command::new(program)
        .args(["demo", "--exit", "--json", "--orders", orders, "--seed", "7"])
        .args(["--listen", "127.0.0.1:0", "--store", &url(store)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The head of the log; 0 where there is no store yet.
fn head(store: &Path) -> u64 {
    let Ok(store) = SqliteStore::open(store, OpenOptions::new(Mode::ReadOnly)) else { return 0 };
    let waiting = tokio::runtime::Builder::new_current_thread().build().unwrap();
    waiting.block_on(store.head()).map_or(0, |head| head.0)
}

/// Numbers that follow from a seed.
fn dice(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// A demo, and how it is killed: each time after its log has grown by a drawn number of events.
struct Killing<'a> {
    program: &'a Path,
    store: &'a Path,
    orders: &'a str,
    kills: u64,
    /// The most events between two kills.
    apart: u64,
    seed: u64,
}

/// Kills a demo again and again. How many kills found it at work.
fn kill(killing: &Killing<'_>) -> u64 {
    let Killing { program, store, orders, kills, apart, seed } = *killing;
    let (mut dice_state, mut found) = (seed, 0);
    for _ in 0..kills {
        let enough = head(store) + 1 + dice(&mut dice_state, apart);
        let mut child = demo(program, store, orders);
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if head(store) >= enough {
                break None;
            }
            #[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
            std::thread::sleep(Duration::from_millis(1));
        };
        if ended.is_some() {
            return found;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        found += 1;
    }
    found
}

/// Runs a demo to its end: its exit code and what it printed.
fn finish(program: &Path, store: &Path, orders: &str) -> (i32, Value) {
    let out = demo(program, store, orders).wait_with_output().unwrap();
    let printed = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|_| json!({ "stderr": String::from_utf8_lossy(&out.stderr).into_owned() }));
    (out.status.code().unwrap_or(-1), printed)
}

fn wrong_lines(printed: &Value) -> Vec<String> {
    let lines = printed["books"].as_array().cloned().unwrap_or_default();
    let wrong = lines.iter().filter(|line| line["balances"] == json!(false));
    wrong.map(|line| line["what"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Kills a canary four times and runs it to its end: what its books say is wrong.
fn found_out(name: &str, seed: u64) -> Vec<String> {
    let folder = Folder::new(name);
    let (program, store) = (example(name), folder.store());
    let killing =
        Killing { program: &program, store: &store, orders: ORDERS, kills: 4, apart: 350, seed };
    assert!(kill(&killing) > 0);
    let (code, printed) = finish(&program, &store, ORDERS);
    assert_eq!(code, 3, "{printed:#}");
    wrong_lines(&printed)
}

#[test]
fn a_demo_that_is_killed_forty_times_balances_its_books() {
    let folder = Folder::new("killed");
    let (program, store) = (Path::new(ANNALS), &folder.store());
    let killing = Killing { program, store, orders: ORDERS, kills: KILLS, apart: 600, seed: 1 };
    let found = kill(&killing);
    assert_eq!(found, KILLS, "every kill must find the demo at work: give it more orders");
    let (code, printed) = finish(program, store, ORDERS);
    assert_eq!((code, wrong_lines(&printed)), (0, vec![]), "{printed:#}");
    assert_eq!(printed["balances"], json!(true));
}

#[test]
fn a_demo_that_is_killed_until_it_ends_balances_its_books() {
    for seed in 0..6 {
        let folder = Folder::new(&format!("to-the-end-{seed}"));
        let (program, store) = (Path::new(ANNALS), &folder.store());
        let killing = Killing { program, store, orders: FEW_ORDERS, kills: 100, apart: 250, seed };
        let found = kill(&killing);
        assert!((3..100).contains(&found), "{found} kills");
        let (code, printed) = finish(program, store, FEW_ORDERS);
        assert_eq!((code, wrong_lines(&printed)), (0, vec![]), "seed {seed}: {printed:#}");
    }
}

#[test]
fn a_store_that_forgets_checkpoints_is_found_out() {
    let wrong = found_out("demo_forgets_checkpoints", 2);
    assert!(wrong.iter().any(|what| what.contains("fold of the log")), "{wrong:?}");
}

#[test]
fn a_store_that_forgets_outcomes_is_found_out() {
    let wrong = found_out("demo_forgets_outcomes", 3);
    assert!(wrong.iter().any(|what| what.contains("received once")), "{wrong:?}");
}

/// The test's own notification service: acts once for each idempotency key, and writes down what it
/// acted on where the demo's would have.
fn notification_service(store: &Path) -> String {
    let mut path = store.as_os_str().to_owned();
    path.push("-notifications.jsonl");
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = known.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let keys: std::collections::HashSet<String> =
        lines.filter_map(|line| line["key"].as_str().map(str::to_owned)).collect();
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();
    let state = Arc::new(Mutex::new((keys, file)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let state = state.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(connection);
                while let Some(headers) = request(&mut reader) {
                    let header = |name: &str| {
                        let line = headers.iter().find(|(key, _)| key == name);
                        line.map(|(_, value)| value.clone()).unwrap_or_default()
                    };
                    let [key, event, order] =
                        ["idempotency-key", "ce-type", "ce-subject"].map(header);
                    let (known, file) = &mut *state.lock().unwrap();
                    if known.insert(key.clone()) {
                        let acted = json!({ "key": key, "order": order, "event": event });
                        file.write_all(format!("{acted}\n").as_bytes()).unwrap();
                    }
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    reader.get_mut().write_all(answer).unwrap();
                }
            });
        }
    });
    url
}

/// The headers of a connection's next request; `None` at its end.
fn request(reader: &mut BufReader<TcpStream>) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.push((name.to_lowercase(), value.to_owned()));
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(headers)
}

#[test]
fn a_killed_demo_is_brought_to_its_end_by_run() {
    let folder = Folder::new("run");
    let store = folder.store();
    let program = Path::new(ANNALS);
    let killing = Killing { program, store: &store, orders: ORDERS, kills: 3, apart: 350, seed: 4 };
    assert!(kill(&killing) > 0);
    let file = folder.0.join("architecture.yaml");
    let printed = Command::new(ANNALS).args(["demo", "--print-file"]).output().unwrap();
    std::fs::write(&file, printed.stdout).unwrap();
    let service = notification_service(&store);
    let annals = |args: &[&str]| {
        let out =
            Command::new(ANNALS).args(args).env("NOTIFICATIONS_URL", &service).output().unwrap();
        let text = [out.stdout, out.stderr].concat();
        (out.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    let (file, store) = (file.to_str().unwrap(), url(&store));
    let run = ["run", file, "--store", &store, "--listen", "127.0.0.1:0", "--until-idle"];
    let (code, text) = annals(&run);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = annals(&["dead-letters", "redrive", "--store", &store]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = annals(&["demo", "--audit", &store]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("the books balance"), "{text}");
    // This service writes down what it acts on where the demo's does: nothing may be missing.
    assert!(!text.contains("elsewhere"), "{text}");
}

#[test]
fn books_are_audited_only_where_a_demo_has_been() {
    let folder = Folder::new("audit");
    let file = folder.0.join("architecture.yaml");
    std::fs::write(&file, "annals: 1\nname: other\n").unwrap();
    let store = url(&folder.store());
    let annals = |args: &[&str]| Command::new(ANNALS).args(args).output().unwrap();
    let run = ["run", file.to_str().unwrap(), "--store", &store, "--listen", "127.0.0.1:0"];
    assert!(annals(&[&run[..], &["--until-idle"]].concat()).status.success());
    let audit = annals(&["demo", "--audit", &store]);
    assert_eq!(audit.status.code(), Some(2), "{audit:?}");
    let demo = annals(&["demo", "--exit", "--store", &store]);
    assert_eq!(demo.status.code(), Some(3), "{demo:?}");
    let files = std::fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name());
    let names: Vec<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name.contains("notifications")), "{names:?}");
}

#[test]
fn the_demo_runs_the_example_byte_for_byte() {
    let example = include_bytes!("../../../examples/orders/architecture.yaml");
    let printed = Command::new(ANNALS).args(["demo", "--print-file"]).output().unwrap();
    assert_eq!(printed.stdout, example);
}
