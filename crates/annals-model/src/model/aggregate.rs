//! Aggregates: identity, state, commands, events with versions and upcasters.

use std::sync::Arc;

use annals_expression::{RecordType, Type};

use crate::source::Span;

use super::{Assignment, Formula, Named, Term};

/// A consistency boundary.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Its name.
    pub named: Named,
    /// The service that owns it.
    pub service: Arc<str>,
    /// The name of its id field.
    pub id_name: Arc<str>,
    /// The id's type: uuid, text or int.
    pub id_type: Type,
    /// `snapshot_every:`, if written.
    pub snapshot_every: Option<u64>,
    /// The state's fields, without the id.
    pub state: Arc<RecordType>,
    /// The state as expressions see it: the id, then the fields.
    pub state_in_scope: Arc<RecordType>,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Its events.
    pub events: Vec<Event>,
}

impl Aggregate {
    /// The command of that name.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.commands.iter().find(|c| &*c.named.name == name)
    }

    /// The event of that name.
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|e| &*e.named.name == name)
    }
}

/// A request that the aggregate may reject. Judged in this order: `ignore`, `when`, `rejections`,
/// `emit`.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its name.
    pub named: Named,
    /// On the outside API: written `public: true`, or sent by no saga and no reaction.
    pub public: bool,
    /// The sagas and reactions that send it, by name, sorted.
    pub sent_by: Vec<Arc<str>>,
    /// The input's fields, without the id.
    pub input: Arc<RecordType>,
    /// The input as expressions see it: the id, then the fields.
    pub input_in_scope: Arc<RecordType>,
    /// True: nothing happens, and that is a success.
    pub ignore: Option<Formula>,
    /// False: the rejection `NotAllowed`.
    pub when: Option<Formula>,
    /// The first true condition names the rejection.
    pub rejections: Vec<Rejection>,
    /// What happens when nothing stands against it.
    pub emit: Emit,
}

/// A business "no", declared by name.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// True: the command is rejected with this name.
    pub condition: Formula,
}

/// What a command emits.
#[derive(Clone, Debug)]
pub enum Emit {
    /// All of them, in order (a name, or a map).
    All(Vec<Emission>),
    /// The first whose condition holds; the last has none (a list).
    First(Vec<Emission>),
}

impl Emit {
    /// The emissions, whichever kind it is.
    pub fn emissions(&self) -> &[Emission] {
        match self {
            Self::All(emissions) | Self::First(emissions) => emissions,
        }
    }
}

/// One event that a command emits.
#[derive(Clone, Debug)]
pub struct Emission {
    /// The event's name, of the same aggregate.
    pub event: Arc<str>,
    /// Where it is written.
    pub span: Span,
    /// `if:`.
    pub condition: Option<Formula>,
    /// Every field of the event's latest version, in its order: written or carried over.
    pub fields: Vec<Assignment>,
}

/// An immutable fact, in one or more schema versions.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name.
    pub named: Named,
    /// Versions 1..n, in order.
    pub versions: Vec<EventVersion>,
    /// `upcasts[i]` leads from version `i + 1` to version `i + 2`.
    pub upcasts: Vec<Upcast>,
    /// What it changes in the state. All terms see the state before the event.
    pub changes: Vec<Change>,
    /// The latest version as expressions see it: the id, then the fields.
    pub in_scope: Arc<RecordType>,
}

impl Event {
    /// The latest version.
    ///
    /// # Panics
    /// Never on a resolved model: an event has at least one version.
    pub fn latest(&self) -> &EventVersion {
        self.versions.last().expect("a resolved event has a version")
    }
}

/// The shape of one schema version.
#[derive(Clone, Debug)]
pub struct EventVersion {
    /// 1..n.
    pub number: u32,
    /// The data's fields, without the id (which is in the envelope).
    pub fields: Arc<RecordType>,
    /// Where it is written.
    pub span: Span,
}

/// A pure function from one version to the next.
#[derive(Clone, Debug)]
pub struct Upcast {
    /// Every field of the next version, in its order: written or carried over.
    pub fields: Vec<Assignment>,
    /// Where it is written.
    pub span: Span,
}

/// One change that an event makes to one field of the state. One event changes a field once.
#[derive(Clone, Debug)]
pub enum Change {
    /// The field becomes the value (written under `set`, or carried over by name and type).
    Set(Assignment),
    /// The value is appended to the list; the assignment's type is the item's.
    Append(Assignment),
    /// The value is put into the map under the key; the assignment's type is the value's.
    Put {
        /// The key, and its type.
        key: Term,
        /// The map's key type.
        key_type: Type,
        /// The map's field and the value.
        value: Assignment,
    },
    /// The key is removed from the map, if it is there; the assignment's term and type are the
    /// key's.
    Remove(Assignment),
}
