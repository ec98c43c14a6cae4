//! Reactions that call outside: order, retries, letters, timers, and restarts between all of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use annals_core::{
    CallPlan, CommandSpec, EventType, EventView, Failure, Plan, Position, ReactionLogic, Refused,
    StreamId, Timestamp, Version,
};
use annals_runtime::ports::{
    BoxFuture, CallResult, Caller, LetterQuery, LetterStatus, OutsideCall, Request, Store,
};
use annals_runtime::{MemoryStore, Options, Runtime, SeededEntropy, VirtualClock};

use crate::toy::{amount, head, request, system};

const START: i64 = 1_772_323_200_000_000;

/// Tells a service of each deposit; or withdraws it again, from two other accounts.
struct Tell {
    on: [Arc<str>; 1],
    unless: Vec<Arc<str>>,
    after_us: Option<i64>,
    withdraws: bool,
    held: bool,
}

impl ReactionLogic for Tell {
    fn name(&self) -> &str {
        "tell"
    }

    fn on(&self) -> &[Arc<str>] {
        &self.on
    }

    fn after_us(&self) -> Option<i64> {
        self.after_us
    }

    fn unless(&self) -> &[Arc<str>] {
        &self.unless
    }

    fn refused(&self) -> Refused {
        Refused::Park
    }

    fn held(&self) -> Option<&str> {
        self.held.then_some("the environment has no URL")
    }

    fn plan(&self, event: &EventView<'_>) -> Result<Plan, Failure> {
        if self.withdraws {
            // Deposits into a: those into the others would be withdrawn again for ever.
            let accounts: &[&str] = if &*event.stream.id == "a" { &["p", "q"] } else { &[] };
            let command = |account: &&str| CommandSpec {
                stream: StreamId::new("Account", *account),
                name: "Withdraw".into(),
                input: serde_json::json!({ "amount": amount(event.data) }),
            };
            return Ok(Plan::Send(accounts.iter().map(command).collect()));
        }
        Ok(Plan::Call(CallPlan {
            url: format!("http://service/{}/{}", event.stream.id, amount(event.data)).into(),
            type_: EventType::new("Deposited", 1),
            data: event.data.into(),
        }))
    }
}

/// A service that answers as it is told, by the end of the URL, and keeps what it was asked.
#[derive(Default)]
pub(crate) struct Service {
    answers: Mutex<BTreeMap<String, Vec<CallResult>>>,
    asked: Mutex<Vec<String>>,
    keys: Mutex<Vec<String>>,
}

impl Service {
    pub(crate) fn answers(&self, what: &str, answers: Vec<CallResult>) {
        self.answers.lock().unwrap().insert(what.into(), answers);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Caller for Service {
    fn call(&self, call: OutsideCall) -> BoxFuture<'_, CallResult> {
        let what = call.plan.url.trim_start_matches("http://service/").to_owned();
        let key = call.headers.iter().find(|(name, _)| *name == "idempotency-key").unwrap();
        self.keys.lock().unwrap().push(format!("{what} {}", key.1));
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(&what) {
            // The last one is the answer for ever.
            Some(left) if left.len() > 1 => left.remove(0),
            Some(left) => left[0].clone(),
            None => CallResult::Done,
        };
        self.asked.lock().unwrap().push(what);
        Box::pin(std::future::ready(answer))
    }
}

pub(crate) fn busy() -> CallResult {
    CallResult::Transient { reason: "503".into(), retry_after_us: None }
}

pub(crate) fn gone() -> CallResult {
    CallResult::Permanent { reason: "410".into() }
}

/// A bank with the reaction, and what outlives its restarts.
pub(crate) struct Bank {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) service: Arc<Service>,
    pub(crate) clock: Arc<VirtualClock>,
    waits: (Option<i64>, Vec<Arc<str>>),
    pub(crate) withdraws: bool,
    pub(crate) held: bool,
    /// Whether the model has the reaction no longer.
    pub(crate) removed: bool,
    pub(crate) runtime: Option<Runtime>,
    seed: u64,
}

impl Bank {
    pub(crate) async fn open(after_us: Option<i64>, unless: &[&str]) -> Self {
        let mut bank = Self {
            store: Arc::new(MemoryStore::default()),
            service: Arc::default(),
            clock: Arc::new(VirtualClock::new(Timestamp(START))),
            waits: (after_us, unless.iter().map(|name| Arc::from(*name)).collect()),
            withdraws: false,
            held: false,
            removed: false,
            runtime: None,
            seed: 0,
        };
        bank.restart().await;
        bank
    }

    /// What is in memory is gone.
    pub(crate) async fn restart(&mut self) {
        self.runtime = None;
        self.seed += 1;
        let (after_us, unless) = self.waits.clone();
        let (withdraws, held) = (self.withdraws, self.held);
        let tell = Tell { on: ["Deposited".into()], unless, after_us, withdraws, held };
        let mut system = system(Vec::new());
        if !self.removed {
            system.reactions = vec![Arc::new(tell)];
        }
        let entropy = Arc::new(SeededEntropy::new(self.seed));
        let (store, caller, clock) = (self.store.clone(), self.service.clone(), self.clock.clone());
        let opened = Runtime::open(system, store, caller, clock, entropy, Options::default());
        self.runtime = Some(opened.await.unwrap());
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap()
    }

    pub(crate) async fn command(&self, account: &str, command: &str, amount: i64) {
        self.runtime().commands().handle(request(account, command, amount)).await.unwrap();
    }

    pub(crate) async fn deposits(&self, deposits: &[(&str, i64)]) {
        for (account, amount) in deposits {
            self.command(account, "Deposit", *amount).await;
        }
    }

    pub(crate) async fn settle(&self) {
        self.runtime().settle().await.unwrap();
    }

    /// Settles, and waits for all that waits.
    pub(crate) async fn finish(&self) {
        self.settle().await;
        while let Some(at) = self.runtime().next_wake() {
            self.clock.advance_to(at);
            self.settle().await;
        }
    }

    /// The letters' positions by status.
    pub(crate) async fn letters(&self, status: LetterStatus) -> Vec<u64> {
        let query = LetterQuery { statuses: vec![status], ..LetterQuery::default() };
        let letters = self.store.letters(query).await.unwrap();
        letters.iter().map(|letter| letter.position.0).collect()
    }

    pub(crate) async fn redrive_all(&self) {
        let failed = LetterQuery { statuses: vec![LetterStatus::Failed], ..LetterQuery::default() };
        for letter in self.store.letters(failed).await.unwrap() {
            self.store.request(Request::Redrive(letter.id)).await.unwrap();
        }
    }

    pub(crate) async fn at_rest(&self) {
        let status = self.runtime().statuses().of("tell").unwrap();
        assert_eq!((status.checkpoint, status.idle), (head(&*self.store).await, true));
        assert_eq!(self.store.retries("tell").await.unwrap(), []);
        assert_eq!(self.store.timers("tell").await.unwrap(), []);
        assert_eq!(self.store.requests().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_retry_holds_its_own_account_back_and_no_other() {
    let bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![busy(), busy(), CallResult::Done]);
    bank.deposits(&[("a", 1), ("a", 2), ("b", 3)]).await;
    bank.settle().await;
    assert_eq!(bank.service.asked(), ["a/1", "b/3"]);
    let status = bank.runtime().statuses().of("tell").unwrap();
    assert_eq!(status.checkpoint, Position(0), "it doesn't pass what waits");
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1", "a/1", "a/2"]);
    bank.at_rest().await;
    assert_eq!(bank.letters(LetterStatus::Failed).await, [0; 0]);
}

#[tokio::test]
async fn attempts_are_counted_across_restarts_and_then_it_is_a_letter() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![busy()]);
    bank.deposits(&[("a", 1), ("a", 2), ("b", 3)]).await;
    bank.settle().await;
    while let Some(at) = bank.runtime().next_wake() {
        bank.restart().await;
        bank.clock.advance_to(at);
        bank.settle().await;
    }
    let asked = bank.service.asked();
    assert_eq!(asked.iter().filter(|what| *what == "a/1").count(), 4, "{asked:?}");
    assert!(!asked.contains(&"a/2".to_owned()), "{asked:?}");
    assert_eq!(bank.letters(LetterStatus::Failed).await, [1]);
    assert_eq!(bank.letters(LetterStatus::Blocked).await, [2]);
    let mut keys = std::mem::take(&mut *bank.service.keys.lock().unwrap());
    keys.retain(|key| key.starts_with("a/1 "));
    keys.dedup();
    assert_eq!(keys.len(), 1, "every attempt has the same key");
    bank.at_rest().await;
}

#[tokio::test]
async fn a_redrive_takes_the_failed_one_then_those_behind_then_live_ones() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone()]);
    bank.deposits(&[("a", 1), ("a", 2), ("b", 3), ("a", 4)]).await;
    bank.settle().await;
    assert_eq!(bank.service.asked(), ["a/1", "b/3"]);
    bank.restart().await;
    bank.deposits(&[("a", 5)]).await;
    bank.settle().await;
    assert_eq!(bank.letters(LetterStatus::Blocked).await, [2, 4, 5]);
    // In vain, first.
    bank.redrive_all().await;
    bank.runtime().poke();
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1"]);
    assert_eq!(bank.letters(LetterStatus::Failed).await, [1]);
    bank.service.answers("a/1", vec![CallResult::Done]);
    bank.redrive_all().await;
    bank.runtime().poke();
    bank.deposits(&[("a", 6)]).await;
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1", "a/2", "a/4", "a/5", "a/6"]);
    assert_eq!(bank.letters(LetterStatus::Failed).await, [0; 0]);
    assert_eq!(bank.letters(LetterStatus::Blocked).await, [0; 0]);
    bank.at_rest().await;
}

#[tokio::test]
async fn a_discarded_letter_lets_those_behind_it_go_on() {
    let bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone()]);
    bank.deposits(&[("a", 1), ("a", 2), ("a", 3)]).await;
    bank.settle().await;
    let failed = bank.store.letters(LetterQuery::default()).await.unwrap();
    let letter = failed.iter().find(|l| l.status == LetterStatus::Failed).unwrap().id;
    let (reason, at) = ("a test".into(), Timestamp(START));
    bank.store.request(Request::Discard { letter, reason, at }).await.unwrap();
    bank.runtime().poke();
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1", "a/2", "a/3"]);
    assert_eq!(bank.letters(LetterStatus::Discarded).await, [1]);
    bank.at_rest().await;
}

#[tokio::test]
async fn a_held_reaction_gives_letters_up_and_tries_none() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone()]);
    bank.service.answers("b/3", vec![gone()]);
    bank.deposits(&[("a", 1), ("a", 2), ("b", 3)]).await;
    bank.settle().await;
    assert_eq!(bank.service.asked(), ["a/1", "b/3"]);
    bank.held = true;
    bank.restart().await;
    let [a, b] = [1, 3].map(Position);
    let letters = bank.store.letters(LetterQuery::default()).await.unwrap();
    let id_at = |position| letters.iter().find(|it| it.position == position).unwrap().id;
    let (reason, at) = ("a test".into(), Timestamp(START));
    let discard = Request::Discard { letter: id_at(a), reason, at };
    bank.store.request(discard).await.unwrap();
    bank.store.request(Request::Redrive(id_at(b))).await.unwrap();
    bank.deposits(&[("c", 4)]).await;
    bank.finish().await;
    assert_eq!(bank.service.asked(), [""; 0]);
    assert_eq!(bank.store.requests().await.unwrap(), []);
    assert_eq!(bank.letters(LetterStatus::Failed).await, [3]);
    let status = bank.runtime().statuses().of("tell").unwrap();
    assert_eq!((status.checkpoint, status.failed_letters), (Position(3), 1));
    let query = LetterQuery { id: Some(id_at(a)), ..LetterQuery::default() };
    let [letter] = &bank.store.letters(query).await.unwrap()[..] else { panic!("it is there") };
    assert_eq!((&*letter.reason, letter.resolution.as_deref()), ("410", Some("a test")));
    // What was behind it waits until it can be told.
    bank.held = false;
    bank.restart().await;
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/2", "c/4"]);
}

#[tokio::test]
async fn a_request_that_came_too_late_is_taken_back() {
    let mut bank = Bank::open(None, &[]).await;
    bank.service.answers("a/1", vec![gone(), CallResult::Done]);
    bank.deposits(&[("a", 1)]).await;
    bank.settle().await;
    bank.redrive_all().await;
    bank.redrive_all().await;
    bank.runtime().poke();
    bank.finish().await;
    assert_eq!(bank.letters(LetterStatus::Redriven).await, [1]);
    // So that nobody waits for it for ever, at the latest with the next start.
    bank.restart().await;
    bank.settle().await;
    assert_eq!(bank.service.asked(), ["a/1", "a/1"]);
    bank.at_rest().await;
}

#[tokio::test]
async fn what_waits_is_called_off_or_happens_in_time_also_behind_a_restart() {
    let mut bank = Bank::open(Some(60_000_000), &["Withdrawn"]).await;
    bank.deposits(&[("a", 1), ("b", 2), ("c", 3)]).await;
    bank.settle().await;
    assert_eq!(bank.runtime().next_wake(), Some(Timestamp(START + 60_000_000)));
    bank.restart().await;
    bank.clock.advance(59_999_999);
    bank.command("b", "Withdraw", 1).await;
    bank.settle().await;
    assert_eq!(bank.service.asked(), [""; 0]);
    bank.restart().await;
    bank.clock.advance(1);
    bank.settle().await;
    let mut asked = bank.service.asked();
    asked.sort();
    assert_eq!(asked, ["a/1", "c/3"]);
    bank.finish().await;
    bank.at_rest().await;
}

#[tokio::test]
async fn a_waiting_one_that_was_tried_and_is_called_off_leaves_nothing_behind() {
    let mut bank = Bank::open(Some(1_000), &["Withdrawn"]).await;
    bank.service.answers("a/1", vec![busy(), CallResult::Done]);
    bank.deposits(&[("a", 1)]).await;
    bank.settle().await;
    bank.clock.advance(1_000);
    bank.settle().await;
    assert_eq!(bank.service.asked(), ["a/1"]);
    assert_eq!(bank.store.retries("tell").await.unwrap().len(), 1);
    bank.restart().await;
    bank.command("a", "Withdraw", 1).await;
    bank.finish().await;
    bank.at_rest().await;
}

/// The amounts that were withdrawn from an account.
async fn withdrawn(bank: &Bank, account: &str) -> Vec<i64> {
    let stream = StreamId::new("Account", account);
    let events = bank.store.read_stream(&stream, Version(0), 99).await.unwrap();
    let withdrawn = events.iter().filter(|event| &*event.event.type_.name == "Withdrawn");
    withdrawn.map(|event| amount(&event.event.data)).collect()
}

#[tokio::test]
async fn a_rejected_branch_holds_no_other_back_and_is_asked_anew_when_it_is_redriven() {
    let mut bank = Bank::open(None, &[]).await;
    bank.withdraws = true;
    bank.restart().await;
    // Nothing is in p.
    bank.deposits(&[("q", 100), ("a", 5), ("a", 6)]).await;
    bank.finish().await;
    assert_eq!(bank.letters(LetterStatus::Failed).await, [2]);
    assert_eq!(bank.letters(LetterStatus::Blocked).await, [3]);
    assert_eq!(withdrawn(&bank, "q").await, [5]);
    // In vain, twice.
    for _ in 0..2 {
        bank.redrive_all().await;
        bank.restart().await;
        bank.finish().await;
        assert_eq!(bank.letters(LetterStatus::Failed).await, [2]);
    }
    bank.deposits(&[("p", 100)]).await;
    bank.redrive_all().await;
    bank.runtime().poke();
    bank.finish().await;
    assert_eq!(withdrawn(&bank, "p").await, [5, 6]);
    assert_eq!(withdrawn(&bank, "q").await, [5, 6], "what was accepted is done once");
    assert_eq!(bank.letters(LetterStatus::Redriven).await, [2, 3]);
    bank.at_rest().await;
}

#[tokio::test]
async fn a_wait_that_is_taken_away_while_events_wait_loses_none() {
    let mut bank = Bank::open(Some(60_000_000), &[]).await;
    bank.deposits(&[("a", 1), ("b", 2)]).await;
    bank.settle().await;
    // The first of them has fired, and waits for a retry, when live events come.
    bank.waits = (None, Vec::new());
    bank.service.answers("a/1", vec![busy(), CallResult::Done]);
    bank.service.answers("c/3", vec![busy(), CallResult::Done]);
    bank.restart().await;
    bank.clock.advance(60_000_000);
    bank.deposits(&[("c", 3), ("d", 4)]).await;
    bank.settle().await;
    assert_eq!(bank.store.retries("tell").await.unwrap().len(), 2);
    bank.restart().await;
    bank.finish().await;
    let mut asked = bank.service.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["a/1", "b/2", "c/3", "d/4"]);
    assert_eq!(
        bank.service.keys.lock().unwrap().iter().filter(|k| k.starts_with("c/3")).count(),
        2
    );
    bank.at_rest().await;
}

#[tokio::test]
async fn a_wait_that_is_added_brings_no_letter_back() {
    let mut bank = Bank::open(None, &[]).await;
    // One that holds the checkpoint, and behind it one that is given up.
    bank.service.answers("a/1", vec![busy()]);
    bank.service.answers("b/2", vec![gone()]);
    bank.deposits(&[("a", 1), ("b", 2)]).await;
    bank.settle().await;
    let letters = bank.store.letters(LetterQuery::default()).await.unwrap();
    let (reason, at) = ("a test".into(), Timestamp(START));
    let discard = Request::Discard { letter: letters[0].id, reason, at };
    bank.store.request(discard).await.unwrap();
    bank.runtime().poke();
    bank.settle().await;
    assert_eq!(bank.letters(LetterStatus::Discarded).await, [2]);
    bank.waits = (Some(60_000_000), Vec::new());
    bank.service.asked();
    bank.service.answers("a/1", vec![CallResult::Done]);
    for _ in 0..2 {
        bank.restart().await;
        bank.settle().await;
    }
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1"]);
    assert_eq!(bank.letters(LetterStatus::Discarded).await, [2]);
    bank.at_rest().await;
}

#[tokio::test]
async fn a_service_that_asks_for_ages_is_asked_again_within_the_hour() {
    let bank = Bank::open(None, &[]).await;
    let ages = CallResult::Transient { reason: "429".into(), retry_after_us: Some(i64::MAX) };
    bank.service.answers("a/1", vec![ages, CallResult::Done]);
    bank.deposits(&[("a", 1)]).await;
    bank.settle().await;
    assert_eq!(bank.runtime().next_wake(), Some(Timestamp(START + 3_600_000_000)));
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/1", "a/1"]);
}

#[tokio::test]
async fn a_reaction_that_is_new_begins_with_what_comes() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let before = crate::toy::open(Vec::new(), store.clone()).await;
    before.commands().handle(request("a", "Deposit", 1)).await.unwrap();
    drop(before);
    let mut bank = Bank::open(None, &[]).await;
    bank.store = store;
    bank.restart().await;
    assert_eq!(bank.runtime().begun().iter().next(), Some((&"tell".into(), &Position(1))));
    bank.deposits(&[("a", 2)]).await;
    // It is known from then on, also where it hasn't got to anything yet.
    bank.restart().await;
    assert!(bank.runtime().begun().is_empty());
    bank.finish().await;
    assert_eq!(bank.service.asked(), ["a/2"]);
    bank.at_rest().await;
}
