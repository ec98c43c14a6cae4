//! A system in few lines: accounts, the sum of each, and the sum of all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_core::{
    Cell, Column, ColumnType, Command, DecidedEvent, Decider, Decision, EventType, EventView,
    Failure, InvalidField, Position, Projection, Rejected, RetryPolicy, Row, State, System, Table,
    Timestamp, Upcaster,
};
use annals_runtime::ports::{BoxFuture, CallResult, Caller, OutsideCall, Store};
use annals_runtime::{
    Answer, CommandError, CommandRequest, Commands, Options, Runtime, SeededEntropy, StartError,
    VirtualClock,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The amount whose event can't be evolved.
pub(crate) const UNEVOLVABLE: i64 = 666;
/// The amount that the projections can't fold.
pub(crate) const UNFOLDABLE: i64 = 13;
/// The amount of which the projections make a row that no store takes.
pub(crate) const UNSTORABLE: i64 = 77;

struct Account;

pub(crate) fn amount(data: &[u8]) -> i64 {
    let data: Value = serde_json::from_slice(data).unwrap();
    data["amount"].as_i64().unwrap()
}

fn failed(reason: &str) -> Failure {
    Failure::Evaluation { place: "toy.yaml:1:1".into(), reason: reason.to_owned() }
}

impl Decider for Account {
    fn aggregate(&self) -> &str {
        "Account"
    }

    fn canonical_id(&self, id: &str) -> Result<Arc<str>, Failure> {
        Ok(id.to_lowercase().into())
    }

    fn initial(&self, _id: &str) -> State {
        State(Arc::new(0_i64))
    }

    fn canonical_input(&self, command: &str, input: &[u8]) -> Result<Arc<[u8]>, Failure> {
        if !["Deposit", "Withdraw", "Touch", "Seize"].contains(&command) {
            return Err(Failure::Unknown { kind: "command", name: command.to_owned() });
        }
        let read: Option<Value> = serde_json::from_slice(input).ok();
        let amount = read.and_then(|it| it["amount"].as_i64()).ok_or_else(|| {
            let field = InvalidField { pointer: "/amount".into(), reason: "is an int".into() };
            Failure::Invalid(vec![field])
        })?;
        Ok(json!({ "amount": amount }).to_string().into_bytes().into())
    }

    fn decide(&self, state: &State, command: &Command) -> Result<Decision, Failure> {
        let balance = *state.0.downcast_ref::<i64>().unwrap();
        let amount = amount(&command.input);
        let event = |name: &str| {
            let type_ = EventType::new(name, 1);
            Ok(Decision::Events(vec![DecidedEvent { type_, data: command.input.clone() }]))
        };
        match &*command.name {
            "Deposit" => event("Deposited"),
            "Withdraw" | "Seize" if amount <= balance => event("Withdrawn"),
            "Touch" => Ok(Decision::Ignored),
            _ => Ok(Decision::Rejected(Rejected {
                name: "Overdrawn".into(),
                condition: "input.amount > state.balance".into(),
            })),
        }
    }

    fn evolve(&self, state: &State, event: &EventView<'_>) -> Result<State, Failure> {
        let balance = *state.0.downcast_ref::<i64>().unwrap();
        match amount(event.data) {
            UNEVOLVABLE => Err(failed("the number of the beast")),
            amount if &*event.type_.name == "Deposited" => Ok(State(Arc::new(balance + amount))),
            amount => Ok(State(Arc::new(balance - amount))),
        }
    }

    fn encode(&self, state: &State) -> Vec<u8> {
        state.0.downcast_ref::<i64>().unwrap().to_string().into_bytes()
    }

    fn decode(&self, _id: &str, bytes: &[u8]) -> Result<State, Failure> {
        let balance: i64 = serde_json::from_slice(bytes).map_err(|_| failed("no number"))?;
        Ok(State(Arc::new(balance)))
    }

    fn fingerprint(&self) -> &str {
        "account 1"
    }

    fn snapshot_every(&self) -> Option<u64> {
        Some(10)
    }

    fn public(&self, command: &str) -> Result<(), Vec<Arc<str>>> {
        if command == "Seize" { Err(vec!["Bankruptcy".into()]) } else { Ok(()) }
    }
}

/// How many events there were and what they sum up to, by account or of all.
pub(crate) struct Sums {
    pub(crate) table: Table,
    pub(crate) by_account: bool,
    pub(crate) immediate: bool,
    pub(crate) fingerprint: &'static str,
}

impl Sums {
    pub(crate) fn new(name: &str, by_account: bool, immediate: bool) -> Self {
        let column = |name: &str, type_| Column { name: name.into(), type_, optional: false };
        let columns = vec![
            column("account", ColumnType::Text),
            column("events", ColumnType::Int),
            column("cents", ColumnType::Int),
        ];
        let table = Table { name: name.into(), columns, key: 0 };
        Self { table, by_account, immediate, fingerprint: "sums 1" }
    }
}

impl Projection for Sums {
    fn table(&self) -> &Table {
        &self.table
    }

    fn immediate(&self) -> bool {
        self.immediate
    }

    fn reads(&self) -> &[Arc<str>] {
        static NAMES: std::sync::LazyLock<[Arc<str>; 2]> =
            std::sync::LazyLock::new(|| ["Deposited".into(), "Withdrawn".into()]);
        &*NAMES
    }

    fn key(&self, event: &EventView<'_>) -> Result<Cell, Failure> {
        Ok(Cell::Text(if self.by_account { event.stream.id.clone() } else { "all".into() }))
    }

    fn fold(&self, key: &Cell, row: Option<&Row>, event: &EventView<'_>) -> Result<Row, Failure> {
        let spoilt = || vec![key.clone(), Cell::Null, Cell::Null];
        let (events, cents) = match row.map(Vec::as_slice) {
            Some([_, Cell::Null, Cell::Null]) => return Ok(spoilt()),
            Some([_, Cell::Int(events), Cell::Int(cents)]) => (*events, *cents),
            _ => (0, 0),
        };
        let amount = match amount(event.data) {
            UNSTORABLE => return Ok(spoilt()),
            UNFOLDABLE => return Err(failed("thirteen")),
            amount if &*event.type_.name == "Deposited" => amount,
            amount => -amount,
        };
        Ok(vec![key.clone(), Cell::Int(events + 1), Cell::Int(cents + amount)])
    }

    fn parse_key(&self, text: &str) -> Result<Cell, Failure> {
        Ok(Cell::Text(text.into()))
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint
    }
}

struct AsStored;

impl Upcaster for AsStored {
    fn upcast(&self, event: &EventView<'_>) -> Result<(EventType, Arc<[u8]>), Failure> {
        Ok((event.type_.clone(), event.data.into()))
    }
}

pub(crate) struct Nowhere;

impl Caller for Nowhere {
    fn call(&self, _call: OutsideCall) -> BoxFuture<'_, CallResult> {
        Box::pin(std::future::ready(CallResult::Done))
    }
}

/// The system with these projections.
pub(crate) fn system(projections: Vec<Sums>) -> System {
    let shape = |name: &str| {
        let text = format!("event {name}.v1\n  {{amount: int}}\n");
        (EventType::new(name, 1), Arc::from(text))
    };
    System {
        name: "bank".into(),
        deciders: vec![Arc::new(Account)],
        projections: projections.into_iter().map(|it| Arc::new(it) as _).collect(),
        sagas: Vec::new(),
        reactions: Vec::new(),
        upcaster: Arc::new(AsStored),
        retries: RetryPolicy { max_retries: 3, base_us: 1_000, cap_us: 1_000, exponential: true },
        letter_retention_us: 1_000_000,
        shapes: BTreeMap::from([shape("Deposited"), shape("Withdrawn")]),
    }
}

/// Both immediate projections.
pub(crate) fn immediate() -> Vec<Sums> {
    vec![Sums::new("accounts", true, true), Sums::new("bank", false, true)]
}

/// Opens it with a clock that stands still.
pub(crate) async fn try_open(
    system: System,
    store: Arc<dyn Store>,
    options: Options,
) -> Result<Runtime, StartError> {
    let clock = Arc::new(VirtualClock::new(Timestamp(1_772_323_200_000_000)));
    // Another seed each time, as another process would have.
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let seed = SEEDS.fetch_add(1, Ordering::Relaxed);
    let entropy = Arc::new(SeededEntropy::new(seed));
    Runtime::open(system, store, Arc::new(Nowhere), clock, entropy, options).await
}

pub(crate) async fn open(projections: Vec<Sums>, store: Arc<dyn Store>) -> Runtime {
    try_open(system(projections), store, Options::default()).await.unwrap()
}

/// A command from outside.
pub(crate) fn request(id: &str, command: &str, amount: i64) -> CommandRequest {
    let input = json!({ "amount": amount }).to_string().into_bytes();
    CommandRequest { outside: true, ..CommandRequest::new("Account", id, command, input) }
}

/// The same under an id.
pub(crate) fn named(id: &str, command: &str, amount: i64, number: u128) -> CommandRequest {
    let command_id = Some(Uuid::from_u128(number));
    CommandRequest { command_id, ..request(id, command, amount) }
}

/// Asks again under the same id for as long as the store gives no answer.
pub(crate) async fn insist(
    commands: &Commands,
    request: CommandRequest,
) -> Result<Answer, CommandError> {
    loop {
        match commands.handle(request.clone()).await {
            Err(CommandError::Store(_)) => {}
            answer => return answer,
        }
    }
}

/// The rows of a projection, and what the log folds to.
pub(crate) async fn rows_and_fold(store: &dyn Store, projection: &Sums) -> (Vec<Row>, Vec<Row>) {
    let rows = store.rows(&projection.table.name, None, usize::MAX).await.unwrap();
    let query = annals_runtime::ports::LogQuery { limit: usize::MAX, ..Default::default() };
    let mut folded: BTreeMap<String, Row> = BTreeMap::new();
    for event in store.read_log(query).await.unwrap() {
        let view = EventView::from(&event);
        if !projection.reads().contains(&view.type_.name) {
            continue;
        }
        let key = projection.key(&view).unwrap();
        let slot = format!("{key:?}");
        let row = projection.fold(&key, folded.get(&slot), &view).unwrap();
        folded.insert(slot, row);
    }
    (rows.into_iter().map(|(row, _)| row).collect(), folded.into_values().collect())
}

/// The head of a store.
pub(crate) async fn head(store: &dyn Store) -> Position {
    store.head().await.unwrap()
}
