//! The system as a whole: services, named types, topics' settings, dead-letter policy.

use std::sync::Arc;

use annals_expression::Type;

use crate::source::{Sources, Span};

use super::{Aggregate, Command, Event, Projection, Reaction, Saga};

/// A name with the place that declares it, and what is said about it.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name as written.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// `describe:`, if written.
    pub describe: Option<Arc<str>>,
    /// `owner:`, if written.
    pub owner: Option<Arc<str>>,
}

/// One system, resolved. Every list is in file order.
#[derive(Clone, Debug)]
pub struct Model {
    /// `name:` of the system.
    pub name: Arc<str>,
    /// The edition of the language that the file is written in.
    pub edition: u32,
    /// The services.
    pub services: Vec<Service>,
    /// `types:`, resolved.
    pub types: Vec<NamedType>,
    /// The aggregates with their commands and events.
    pub aggregates: Vec<Aggregate>,
    /// The sagas.
    pub sagas: Vec<Saga>,
    /// The reactions.
    pub reactions: Vec<Reaction>,
    /// The projections.
    pub projections: Vec<Projection>,
    /// What `topics:` says; what follows from the rules is the designer's.
    pub topics: Vec<TopicSetting>,
    /// The retry and dead-letter policy, defaults filled in.
    pub dead_letters: DeadLetters,
    /// The texts that spans point into.
    pub sources: Sources,
}

impl Model {
    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| &*s.named.name == name)
    }

    /// The aggregate of that name.
    pub fn aggregate(&self, name: &str) -> Option<&Aggregate> {
        self.aggregates.iter().find(|a| &*a.named.name == name)
    }

    /// The event of that name (names of events are unique in a system) and its aggregate.
    pub fn event(&self, name: &str) -> Option<(&Aggregate, &Event)> {
        self.aggregates.iter().find_map(|a| a.event(name).map(|e| (a, e)))
    }

    /// The command of that name (unique in a system) and its aggregate.
    pub fn command(&self, name: &str) -> Option<(&Aggregate, &Command)> {
        self.aggregates.iter().find_map(|a| a.command(name).map(|c| (a, c)))
    }

    /// The projection of that name.
    pub fn projection(&self, name: &str) -> Option<&Projection> {
        self.projections.iter().find(|p| &*p.named.name == name)
    }

    /// The saga of that name.
    pub fn saga(&self, name: &str) -> Option<&Saga> {
        self.sagas.iter().find(|s| &*s.named.name == name)
    }

    /// The reaction of that name.
    pub fn reaction(&self, name: &str) -> Option<&Reaction> {
        self.reactions.iter().find(|r| &*r.named.name == name)
    }
}

/// A service: a unit of deployment and ownership.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub named: Named,
    /// The domain that begins its topics' names; its own name where none is written.
    pub domain: Arc<str>,
    /// `use: analytics`: topics that it reads are kept for 30 days or longer.
    pub analytics: bool,
}

/// One entry of `types:`.
#[derive(Clone, Debug)]
pub struct NamedType {
    /// Its name.
    pub named: Named,
    /// What it stands for.
    pub type_: Type,
}

/// One entry of `topics:`.
#[derive(Clone, Debug)]
pub struct TopicSetting {
    /// The topic's name, `{domain}.{event}`.
    pub named: Named,
    /// `events:`, or the one event that the name says.
    pub events: Vec<Arc<str>>,
    /// `partitions:`, 1 to 10,000.
    pub partitions: Option<u32>,
    /// `retention:` in microseconds.
    pub retention_us: Option<i64>,
}

/// How retries wait for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// Full jitter up to `min(cap, base · 2ⁿ)`.
    Exponential,
    /// Full jitter up to `base`, each time.
    Constant,
}

/// `dead_letters:`.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// Retries after the first attempt.
    pub max_retries: u32,
    /// The shape of the delays.
    pub backoff: Backoff,
    /// The first delay's bound, in microseconds (100 ms unless written as `base:`).
    pub base_us: i64,
    /// The largest delay's bound, in microseconds (30 s unless written as `cap:`).
    pub cap_us: i64,
    /// How long resolved letters are kept, in microseconds (14 d unless written).
    pub retention_us: i64,
    /// The words of the section that aren't written, so that their defaults hold.
    pub unwritten: Vec<&'static str>,
}
