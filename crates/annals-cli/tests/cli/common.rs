//! What the tests of the command line share: folders, runs of `annals`, a system that is up.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

pub(crate) const ANNALS: &str = env!("CARGO_BIN_EXE_annals");

/// The architecture file of the order system.
pub(crate) const ORDERS: &str = include_str!("../../../../examples/orders/architecture.yaml");

/// Waits for what another process does, and fails after a minute: then it never will.
#[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
pub(crate) fn eventually(happened: impl Fn() -> bool, what: impl Fn() -> String) {
    for _ in 0..12_000 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("waited in vain for {}", what());
}

/// An empty folder of that name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a run of `annals` came to.
pub(crate) struct Seen {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Seen {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("it is JSON")
    }
}

/// Runs `annals` to its end.
pub(crate) fn annals(folder: &Path, arguments: &[&str]) -> Seen {
    let output = Command::new(ANNALS).current_dir(folder).args(arguments).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Seen { code: output.status.code().expect("it ended by itself"), out, err }
}

/// What lines of shell print. They are pasted in the folder, with its `bin` ahead on the path.
#[expect(clippy::disallowed_methods, reason = "what is pasted finds the machine's own tools")]
pub(crate) fn pasted(folder: &Path, lines: &str) -> String {
    let tools = folder.join("bin");
    std::fs::create_dir_all(&tools).unwrap();
    if Command::new("curl").arg("--version").output().is_err() {
        let curl = Path::new(ANNALS).with_file_name("examples").join("curl");
        std::fs::copy(curl, tools.join("curl")).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", tools.display()))
        .args(["-euc", lines])
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{lines}\n{}\n{out}\n{err}", output.status);
    out
}

/// A store on which a demo of so many orders has run, as `demo.db` in the folder.
pub(crate) fn demo(folder: &Path, orders: &str) {
    let arguments = ["demo", "--exit", "--json", "--store", "sqlite://demo.db", "--orders", orders];
    let seen = annals(folder, &arguments);
    assert_eq!(seen.code, 0, "{}{}", seen.out, seen.err);
}

/// A system that is up.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) output: BufReader<ChildStdout>,
    errors: PathBuf,
}

impl Running {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::with(folder, arguments, &[])
    }

    /// With variables in its environment.
    pub(crate) fn with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut annals = Command::new(ANNALS);
        annals.envs(variables.iter().copied());
        annals.current_dir(folder).arg("run").args(arguments).args(["--listen", "127.0.0.1:0"]);
        let errors = folder.join("run.err");
        let piped = annals.stdout(Stdio::piped()).stderr(File::create(&errors).unwrap());
        let mut child = piped.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it says where its API is");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().to_owned();
            }
        };
        Self { child, address, output, errors }
    }

    /// What it has said on standard error.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap()
    }

    /// Waits until it has said that on standard error.
    pub(crate) fn says(&self, what: &str) {
        eventually(|| self.said().contains(what), || format!("'{what}' in:\n{}", self.said()));
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        // The shell's own: a small machine has no program of that name.
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// One request; the status, the head and the body.
    pub(crate) fn ask(&self, request: &str, headers: &[&str], body: &str) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = format!("host: {}", self.address);
        let given = headers.iter().any(|header| header.starts_with("host:"));
        let mut head = format!("{request} HTTP/1.1\r\nconnection: close\r\n");
        for header in headers.iter().copied().chain((!given).then_some(&*host)) {
            head += &format!("{header}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        // A server that has refused the head may not read the body.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("it is HTTP");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default())
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.ask(&format!("GET {path}"), &[], "");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let json = ["content-type: application/json"];
        let (status, _, body) = self.ask(&format!("POST {path}"), &json, body);
        (status, body)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
