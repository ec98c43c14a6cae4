//! The command line's grammar. The doc comments are the help texts.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Event-driven architecture as one file that you can check, test and run.
#[derive(Debug, Parser)]
#[command(name = "annals", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArgs),
    Report(ReportArgs),
    Schema(SchemaArgs),
    Test(TestArgs),
    Run(RunArgs),
    Demo(DemoArgs),
    Events(EventsArgs),
    #[command(subcommand)]
    Streams(StreamsCommand),
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    #[command(subcommand)]
    Sagas(SagasCommand),
    #[command(subcommand, name = "dead-letters")]
    DeadLetters(LettersCommand),
    Trace(TraceArgs),
}

/// Which architecture.
#[derive(Debug, Args)]
pub(crate) struct FileArg {
    /// The architecture file, or a folder of files.
    #[arg(default_value = "architecture.yaml")]
    pub(crate) file: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Find what is wrong with an architecture: what can't run, and what had better not.
///
/// Exit code 0: nothing found. 1: something found. 2: the file can't be read.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) file: FileArg,
}

/// Print the structured architecture report as JSON.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) file: FileArg,
    /// The summaries of the aggregates instead.
    #[arg(long)]
    pub(crate) summary: bool,
}

/// Print the JSON Schema of the language, for editors.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Print one JSON document, which it is anyway.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Run the cases in the `*.test.yaml` files beside an architecture, on a clock of their own.
///
/// Exit code 0: all passed. 1: one failed. 2: a file can't be read.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) file: FileArg,
    /// Only the cases whose name contains this.
    #[arg(long)]
    pub(crate) only: Option<String>,
}

/// Where the events are.
#[derive(Debug, Args)]
pub(crate) struct StoreArg {
    /// The store: sqlite://PATH, or postgres://HOST/DATABASE where that was built in.
    #[arg(long, default_value = "sqlite://annals.db", value_name = "URL")]
    pub(crate) store: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Run a system: its API, its projections, sagas and reactions, until Ctrl-C.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) file: FileArg,
    /// The store: sqlite://PATH, or postgres://HOST/DATABASE where that was built in. Made where
    /// there is none.
    #[arg(long, default_value = "sqlite://annals.db", value_name = "URL")]
    pub(crate) store: String,
    /// Where the API listens; loopback only.
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDRESS")]
    pub(crate) listen: std::net::SocketAddr,
    /// Stop by itself once nothing is left to do (timers that wait are left).
    #[arg(long)]
    pub(crate) until_idle: bool,
}

/// Watch the order system work, fail, compensate and survive: real traffic on the embedded store.
///
/// Then the books: whether stock, money, orders, rows and notifications add up. Exit code 3 where
/// they don't.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many orders customers make [default: 2000, or what the kept store was begun with].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) orders: Option<u64>,
    /// What the traffic follows from [default: 1, or what the kept store was begun with].
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// A store that is kept; a demo that was killed goes on from it.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Print one JSON document, and no live view.
    #[arg(long)]
    pub(crate) json: bool,
    /// End when the books are done, and don't keep the API up; without a terminal it ends anyway.
    #[arg(long)]
    pub(crate) exit: bool,
    /// Where the API listens; loopback only. Unwritten: 127.0.0.1:7070, or any free port.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Run nothing: audit the books of the store of an earlier demo.
    #[arg(long, value_name = "URL", conflicts_with_all = ["store", "listen", "exit"])]
    pub(crate) audit: Option<String>,
    /// Run nothing: print the architecture file that the demo runs.
    #[arg(long, conflicts_with_all = ["store", "listen", "exit", "audit", "json"])]
    pub(crate) print_file: bool,
}

/// Read the log.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Only events after this position.
    #[arg(long, default_value_t = 0)]
    pub(crate) after: u64,
    /// At most so many (ignored with --follow).
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Only events of this name.
    #[arg(long = "type", value_name = "NAME")]
    pub(crate) type_: Option<String>,
    /// Saga histories too.
    #[arg(long)]
    pub(crate) sagas: bool,
    /// As they are stored, not in their latest version.
    #[arg(long)]
    pub(crate) raw: bool,
    /// Go on with events as they come, until Ctrl-C.
    #[arg(long)]
    pub(crate) follow: bool,
}

/// Look at streams.
#[derive(Debug, Subcommand)]
pub(crate) enum StreamsCommand {
    /// Show the events of one stream.
    Show {
        #[command(flatten)]
        store: StoreArg,
        /// The stream, such as Order/0190….
        #[arg(value_name = "AGGREGATE/ID")]
        stream: String,
        /// The state after each event too.
        #[arg(long)]
        states: bool,
    },
}

/// Look at read models.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionsCommand {
    /// List the projections with their checkpoints and lags.
    List {
        #[command(flatten)]
        store: StoreArg,
    },
    /// Show rows, or one row.
    Show {
        #[command(flatten)]
        store: StoreArg,
        /// The projection.
        name: String,
        /// The row's key.
        key: Option<String>,
        /// At most so many rows.
        #[arg(long, default_value_t = 100, value_parser = at_least_one)]
        limit: usize,
    },
}

/// Look at sagas.
#[derive(Debug, Subcommand)]
pub(crate) enum SagasCommand {
    /// List instances.
    List {
        #[command(flatten)]
        store: StoreArg,
        /// Only this saga's.
        name: Option<String>,
        /// Only those of this status.
        #[arg(long, value_parser = ["running", "compensating", "completed", "failed", "stuck"])]
        status: Option<String>,
        /// At most so many of a saga.
        #[arg(long, default_value_t = 100, value_parser = at_least_one)]
        limit: usize,
    },
    /// Show one instance with its timeline.
    Show {
        #[command(flatten)]
        store: StoreArg,
        /// The saga.
        name: String,
        /// The instance's key.
        key: String,
    },
}

/// Look at dead letters, redrive and discard them.
#[derive(Debug, Subcommand)]
pub(crate) enum LettersCommand {
    /// List dead letters.
    List {
        #[command(flatten)]
        store: StoreArg,
        /// Only this consumer's.
        #[arg(long)]
        consumer: Option<String>,
        /// Also those that are blocked behind others, redriven or discarded.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = at_least_one)]
        limit: usize,
    },
    /// Show one letter, its event, and what is blocked behind it.
    Show {
        #[command(flatten)]
        store: StoreArg,
        /// The letter's number.
        id: u64,
    },
    /// Try a dead letter again, then those behind it.
    Redrive {
        #[command(flatten)]
        store: StoreArg,
        /// The letter's number; all dead letters where left out.
        id: Option<u64>,
        /// Only this consumer's.
        #[arg(long, conflicts_with = "id")]
        consumer: Option<String>,
    },
    /// Give a dead letter up; those behind it go on.
    Discard {
        #[command(flatten)]
        store: StoreArg,
        /// The letter's number.
        id: u64,
        /// Why; recorded.
        #[arg(long, value_parser = not_blank)]
        reason: String,
    },
}

/// Show what one outside request set off: commands, events, saga steps, compensations and rows.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// The correlation id.
    pub(crate) id: uuid::Uuid,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".into()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}

fn not_blank(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why: it is what is left of the event for those who look later".into()),
        text => Ok(text.to_owned()),
    }
}

/// Parses the command line; help and version print themselves.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        // Nothing is left to tell anybody when the terminal is gone.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}
