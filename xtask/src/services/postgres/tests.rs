//! The service for real, on a folder beside the one that tests of stores use, so that nobody's
//! server is stopped. They are a section of `cargo xtask test`, which says where it can't be run.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use super::*;
use process::Postmaster;
use session::Session;

/// A place of its own. Whoever else runs the tests of this checkout waits for it; what one that was
/// killed left behind is stopped and removed first.
struct Bench {
    place: Place,
    programs: Programs,
    _turn: fs::File,
}

impl Bench {
    fn new(name: &str) -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let programs = programs::find().expect("Postgres is installed");
        let mut place = Place::of(root, Account::find_or_create().unwrap()).unwrap();
        place.folder = place.folder.join(format!("test-{name}"));
        fs::create_dir_all(&place.folder).unwrap();
        crate::services::place::open(&place.folder).unwrap();
        let _turn = crate::services::place::lock(&place.folder.join("turn")).unwrap();
        let bench = Self { place, programs, _turn };
        bench.clear();
        bench
    }

    fn server(&self) -> Server<'_> {
        Server::in_place(&self.place)
    }

    fn up(&self) -> Status {
        self.server().up(&self.programs).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.place.folder.join(NAME).join(name)
    }

    fn port(&self) -> u16 {
        settings::parse_port(&fs::read_to_string(self.path("port")).unwrap()).unwrap()
    }

    fn ask(&self, query: &str) -> Option<String> {
        Session::open(self.port()).unwrap().ask(query).unwrap()
    }

    fn pid(&self) -> u32 {
        match process::find(&self.path("server/data")).unwrap() {
            Postmaster::Runs(pid) => pid,
            other => panic!("no server runs: {other:?}"),
        }
    }

    fn clear(&self) {
        self.server().down().unwrap();
        let folder = self.path("");
        if folder.exists() {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A test that failed leaves the log, and no server.
        if std::thread::panicking() {
            let _ = self.server().down();
        } else {
            self.clear();
        }
    }
}

fn signal(pid: u32, signal: &str) {
    let shell = Command::new("sh").args(["-c", "kill -$1 $0", &pid.to_string(), signal]).status();
    assert!(shell.unwrap().success());
}

#[test]
fn a_server_comes_up_once_outlives_kill_9_and_goes_down() {
    let bench = Bench::new("life");
    assert_eq!(bench.server().status().unwrap().state, State::Down);

    // Two at once: one of them starts it, both have it.
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| bench.up());
        (bench.up(), other.join().unwrap())
    });
    assert_eq!(first, second);
    assert_eq!(first.state, State::Up);
    assert_eq!(first.url, Some(settings::url(bench.port())));
    assert_eq!(bench.server().status().unwrap(), first);
    assert!(first.version.as_ref().unwrap().starts_with(&bench.programs.major.to_string()));
    is_private_and_durable(&bench);

    let pid = bench.pid();
    assert_eq!(bench.up(), first);
    assert_eq!(bench.pid(), pid, "a second `up` must not start a second server");

    bench.ask("create table kept (n int)");
    bench.ask("insert into kept values (42)");
    signal(pid, "KILL");
    // Dying takes a moment.
    while process::find(&bench.path("server/data")).unwrap() != Postmaster::Died {
        server::pause();
    }
    assert_eq!(bench.server().status().unwrap().state, State::Crashed);
    assert_eq!(bench.up(), first, "the same port, and the same folder");
    assert_ne!(bench.pid(), pid);
    assert_eq!(bench.ask("select n from kept").as_deref(), Some("42"));

    assert_eq!(bench.server().down().unwrap().state, State::Down);
    assert_eq!(bench.server().down().unwrap().url, None);
    assert!(Session::open(bench.port()).is_err());
}

fn is_private_and_durable(bench: &Bench) {
    use std::os::unix::fs::MetadataExt;
    for name in ["server", "server/data", "server/socket"] {
        let facts = fs::metadata(bench.path(name)).unwrap();
        assert_eq!((facts.mode() & 0o777, facts.uid()), (0o700, bench.place.account.uid), "{name}");
    }
    let data = bench.path("server/data");
    let expected = [
        ("show fsync", "on"),
        ("show full_page_writes", "on"),
        ("show listen_addresses", "127.0.0.1"),
        ("select rolsuper::text from pg_roles where rolname = current_user", "true"),
        ("select current_user", settings::USER),
        ("show data_directory", data.to_str().unwrap()),
    ];
    for (query, answer) in expected {
        assert_eq!(bench.ask(query).as_deref(), Some(answer), "{query}");
    }
}

#[test]
fn what_is_not_its_own_is_left_alone() {
    let bench = Bench::new("others");
    bench.up();
    bench.server().down().unwrap();
    let port = bench.port();

    // The port went to somebody else, and the number of a killed server to another process.
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut stranger = bench.place.account.command("sleep", &bench.place.folder);
    let mut stranger = stranger.arg("600").stdin(Stdio::null()).spawn().unwrap();
    let data = bench.path("server/data");
    let text = format!("{}\n{}\n1700000000\n{port}\n", stranger.id(), data.display());
    fs::write(data.join("postmaster.pid"), text).unwrap();

    let down = bench.server().down();
    let lives = stranger.try_wait().unwrap().is_none();
    let up = bench.server().up(&bench.programs);
    let outlives = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert_eq!(down.unwrap().state, State::Crashed);
    assert!(lives && outlives);
    assert_eq!(up.unwrap().state, State::Up);
    assert_ne!(bench.port(), port);
    drop(taken);
}

#[test]
fn what_a_killed_server_left_behind_is_waited_for() {
    let bench = Bench::new("remains");
    bench.up();
    let mut session = Session::open(bench.port()).unwrap();
    let backend = session.ask("select pg_backend_pid()").unwrap().unwrap().parse().unwrap();
    signal(backend, "STOP");
    signal(bench.pid(), "KILL");
    let up = std::thread::scope(|scope| {
        let up = scope.spawn(|| bench.server().up(&bench.programs));
        let refused = || fs::read_to_string(bench.path("server/server.log")).unwrap_or_default();
        while !up.is_finished() && !refused().contains(server::IN_USE) {
            server::pause();
        }
        let too_early = up.is_finished();
        signal(backend, "CONT");
        let up = up.join().unwrap();
        assert!(!too_early, "beside a process of the old server: {up:?}");
        up
    });
    assert_eq!(up.unwrap().state, State::Up);
}

#[test]
fn a_torn_folder_is_made_whole() {
    let bench = Bench::new("torn");
    bench.up();
    bench.server().down().unwrap();
    fs::write(bench.path("server/data/postmaster.pid"), "").unwrap();
    fs::write(bench.path("port"), "20").unwrap();
    fs::create_dir(bench.path("server/data.new")).unwrap();
    assert_eq!(bench.up().state, State::Up);
    bench.server().down().unwrap();

    // Of another major version, and half made.
    fs::write(bench.path("server/data/PG_VERSION"), "9\n").unwrap();
    assert_eq!(bench.up().state, State::Up);
}

#[test]
fn a_server_that_cannot_start_says_where_its_log_is() {
    let bench = Bench::new("broken");
    bench.up();
    bench.server().down().unwrap();
    fs::remove_file(bench.path("server/data/global/pg_control")).unwrap();
    let problem = bench.server().up(&bench.programs).unwrap_err();
    assert!(problem.contains("pg_control"), "{problem}");
    assert!(problem.contains(bench.path("server/server.log").to_str().unwrap()), "{problem}");
}
