//! What a subject stands on: a database, and how much slower than it is its disk is made.

use annals_bench_harness::Workload;
use serde::Serialize;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Engine {
    /// In the process, or a program beside it: everything that keeps its own files.
    Embedded,
    /// A Postgres beside it.
    Postgres,
}

/// A database on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Bed {
    /// Which database.
    pub(crate) engine: Engine,
    /// Milliseconds that each synchronous write takes longer.
    pub(crate) delay_ms: u64,
}

impl Bed {
    /// As in the headings of the tables.
    pub(crate) fn title(self) -> String {
        let engine = match self.engine {
            Engine::Embedded => "SQLite and other embedded stores",
            Engine::Postgres => "Postgres",
        };
        match self.delay_ms {
            0 => format!("{engine}, the disk as it is"),
            ms => format!("{engine}, {ms} ms added to each fsync"),
        }
    }
}

/// A subject, and what it is measured against.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it stands on.
    pub(crate) engine: Engine,
    /// Whether the program of the peers holds it.
    pub(crate) peer: bool,
    /// What it is for.
    pub(crate) role: Role,
}

/// What a subject is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Annals: what the others are compared with.
    Ours,
    /// Annals with one thing changed: commands only, to show what that thing is worth.
    Variant,
    /// The limit of one caller alone, and of readers.
    LimitAlone,
    /// The limit of many callers.
    LimitOfMany,
    /// The same with the triggers of Annals, to show what they cost.
    LimitGuarded,
    /// What SQLite does of itself where many events come at once.
    LimitOfBulk,
    /// The limit of writers: they read nothing before.
    LimitBare,
    /// The limit of readers; beside writers, what the same rows cost.
    LimitRows,
    /// Annals' log, read otherwise.
    LogVariant,
    /// Appends of tagged events; only by name, as what [`Role::Conditional`] is compared with.
    Tagged,
    /// The same on a condition; only by name.
    Conditional,
    /// Another store.
    Peer,
    /// Another store whose appends judge and name events as ours do: appends only.
    Judged,
    /// Another store with settings that keep no promise of ours: commands only.
    Aside,
}

impl Role {
    /// Whether it is measured only when it is named.
    pub(crate) fn is_apart(self) -> bool {
        matches!(self, Self::Tagged | Self::Conditional)
    }

    /// Whether others are measured by it, where it does such work.
    pub(crate) fn is_limit(self, workload: Workload) -> bool {
        match self {
            Self::LimitAlone | Self::LimitOfMany | Self::LimitBare | Self::Tagged => true,
            Self::LimitRows => workload.reads(),
            _ => false,
        }
    }
}

const fn entry(name: &'static str, engine: Engine, peer: bool, role: Role) -> Entry {
    Entry { name, engine, peer, role }
}

/// All of them. The first of an engine with [`Role::Ours`] is what ratios are of.
pub(crate) const ENTRIES: &[Entry] = &[
    entry("annals-sqlite", Engine::Embedded, false, Role::Ours),
    entry("annals-sqlite-cached", Engine::Embedded, false, Role::Variant),
    entry("annals-sqlite-greedy", Engine::Embedded, false, Role::Variant),
    entry("plain-sqlite", Engine::Embedded, false, Role::LimitAlone),
    entry("plain-sqlite-loop", Engine::Embedded, false, Role::LimitOfMany),
    entry("plain-sqlite-loop-guarded", Engine::Embedded, false, Role::LimitGuarded),
    entry("plain-sqlite-bulk", Engine::Embedded, false, Role::LimitOfBulk),
    entry("plain-sqlite-bulk-one-index", Engine::Embedded, false, Role::LimitOfBulk),
    entry("cqrs-es-sqlite", Engine::Embedded, true, Role::Peer),
    entry("cqrs-es-sqlite-normal", Engine::Embedded, true, Role::Aside),
    entry("eventcore-sqlite", Engine::Embedded, true, Role::Peer),
    entry("umadb", Engine::Embedded, true, Role::Peer),
    entry("umadb-judged", Engine::Embedded, true, Role::Judged),
    entry("annals-sqlite-tagged", Engine::Embedded, false, Role::Tagged),
    entry("annals-sqlite-conditional", Engine::Embedded, false, Role::Conditional),
    entry("annals-postgres", Engine::Postgres, false, Role::Ours),
    entry("annals-postgres-cached", Engine::Postgres, false, Role::Variant),
    entry("annals-postgres-greedy", Engine::Postgres, false, Role::Variant),
    entry("annals-postgres-followed", Engine::Postgres, false, Role::Variant),
    entry("annals-postgres-folded", Engine::Postgres, false, Role::Variant),
    entry("annals-postgres-flat", Engine::Postgres, false, Role::LogVariant),
    entry("annals-postgres-tagged", Engine::Postgres, false, Role::Tagged),
    entry("annals-postgres-conditional", Engine::Postgres, false, Role::Conditional),
    entry("plain-postgres", Engine::Postgres, false, Role::LimitBare),
    entry("plain-postgres-rows", Engine::Postgres, false, Role::LimitRows),
    entry("cqrs-es-postgres", Engine::Postgres, true, Role::Peer),
    entry("disintegrate-postgres", Engine::Postgres, true, Role::Peer),
    entry("eventcore-postgres", Engine::Postgres, true, Role::Peer),
    entry("message-db", Engine::Postgres, false, Role::Peer),
];

/// The entry of a name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}
