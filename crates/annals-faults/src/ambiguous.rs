//! A store whose answers get lost: of the commits some are done and called failed, others fail
//! before they begin, and nobody can tell which. Clients ask again under the same command id until
//! they are answered. Each command must have happened once, and each answer be the first one again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_conformance::{Broken, Fault};
use annals_core::StreamId;
use annals_runtime::ports::{LogQuery, Store};
use annals_runtime::{
    Answer, CommandError, CommandRequest, Options, Outcome, Runtime, SystemClock, SystemEntropy,
};
use uuid::Uuid;

use crate::place;
use crate::tally::{Nowhere, system};

/// Who sends commands at the same time.
const CLIENTS: u32 = 64;
/// Whom they send them to.
const STREAMS: u64 = 256;
/// One commit in so many is done and called failed, and one in so many fails before: 5 % each.
const EVERY: u64 = 20;

/// How much to ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Where the store is; a new one.
    pub place: &'a str,
    /// Commands in all.
    pub commands: u64,
    /// Part of the commands' ids.
    pub seed: u64,
    /// Whether the store forgets what it answered: the canary.
    pub forgets: bool,
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Commands answered.
    pub commands: u64,
    /// Times that a client was told that the store had failed, and asked again.
    pub failures: u64,
    /// Commands whose first answer that arrived was that of an earlier attempt.
    pub repeated: u64,
}

/// Sends the commands, then all of them again, then counts what happened.
///
/// # Errors
/// What is lost, there twice, or answered in another way.
pub fn campaign(plan: Plan<'_>) -> Result<Report, String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut inner = place::open(plan.place).await?;
        let store = Arc::clone(&inner);
        if plan.forgets {
            inner = Arc::new(Broken::new(inner, Fault::ForgetsOutcomes));
        }
        let loses = Arc::new(Broken::new(inner, Fault::LosesAnswers(EVERY)));
        let fails: Arc<dyn Store> = Arc::new(Broken::new(loses, Fault::FailsBefore(EVERY)));
        let system = Arc::new(open(fails).await?);
        let mut tasks = tokio::task::JoinSet::new();
        let failures = Arc::new(AtomicU64::new(0));
        for client in 0..CLIENTS {
            let numbers = (u64::from(client) + 1..=plan.commands).step_by(CLIENTS as usize);
            let requests = numbers.map(|number| request(plan.seed, number)).collect();
            tasks.spawn(send(Arc::clone(&system), requests, Arc::clone(&failures)));
        }
        let mut answers = HashMap::new();
        while let Some(ended) = tasks.join_next().await {
            answers.extend(ended.map_err(|error| error.to_string())??);
        }
        let mut report = Report { failures: failures.load(Ordering::Relaxed), ..Report::default() };
        report.commands = answers.len() as u64;
        report.repeated = answers.values().filter(|answer| answer.repeated).count() as u64;
        once_each(&*store, &answers).await?;
        Ok(report)
    })
}

async fn open(store: Arc<dyn Store>) -> Result<Runtime, String> {
    loop {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let (caller, options) = (Arc::new(Nowhere), Options::default());
        let opened =
            Runtime::open(system(), Arc::clone(&store), caller, clock, entropy, options).await;
        match opened.map_err(|error| error.to_string()) {
            // Opening may commit too.
            Err(why) if why.contains("answer was lost") || why.contains("not begun") => {}
            opened => return opened,
        }
    }
}

fn request(seed: u64, number: u64) -> CommandRequest {
    let name = if number.is_multiple_of(10) { "Refuse" } else { "Add" };
    let stream = (number % STREAMS).to_string();
    let input = number.to_string().into_bytes();
    let command_id = Some(Uuid::from_u64_pair(seed, number));
    CommandRequest { command_id, ..CommandRequest::new("Tally", stream, name, input) }
}

/// One client's commands, and each of them a second time, when its answer must be the same.
async fn send(
    system: Arc<Runtime>,
    requests: Vec<CommandRequest>,
    failures: Arc<AtomicU64>,
) -> Result<Vec<(Uuid, Answer)>, String> {
    let mut answers = Vec::new();
    for request in &requests {
        let first = insist(&system, request, &failures).await?;
        answers.push((first.command_id, first));
    }
    for (request, (_, first)) in requests.iter().zip(&answers) {
        let again = insist(&system, request, &failures).await?;
        let first = Answer { repeated: true, ..first.clone() };
        if again != first {
            let told = |answer: &Answer| format!("{:?} at {:?}", answer.outcome, answer.version);
            let (id, first, again) = (again.command_id, told(&first), told(&again));
            return Err(format!("command {id} has two answers: {first}, then {again}"));
        }
    }
    Ok(answers)
}

/// Asks under the same id for as long as the store gives no answer.
async fn insist(
    system: &Runtime,
    request: &CommandRequest,
    failures: &AtomicU64,
) -> Result<Answer, String> {
    loop {
        match system.commands().handle(request.clone()).await {
            Err(CommandError::Store(_)) => failures.fetch_add(1, Ordering::Relaxed),
            answer => return answer.map_err(|error| format!("{request:?}: {error}")),
        };
    }
}

/// The log holds the events of the answers, and no others.
async fn once_each(store: &dyn Store, answers: &HashMap<Uuid, Answer>) -> Result<(), String> {
    let mut found: HashMap<Uuid, Vec<_>> = HashMap::new();
    let mut query = LogQuery { limit: 1000, ..LogQuery::default() };
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    loop {
        let page = store.read_log(query.clone()).await.map_err(|error| error.to_string())?;
        let Some(last) = page.last() else { break };
        query.after = last.position;
        for event in page {
            let version = versions.entry(event.stream.clone()).or_default();
            *version += 1;
            if event.version.0 != *version {
                return Err(format!("{event:?} where version {version} was due"));
            }
            let command = event.event.metadata.command_id.ok_or("an event of no command")?;
            found.entry(command).or_default().push(event);
        }
    }
    for (command, answer) in answers {
        let events = found.remove(command).unwrap_or_default();
        let wanted = usize::from(answer.outcome == Outcome::Accepted);
        if events.len() != wanted || events != answer.events {
            let so_many = events.len();
            return Err(format!("{command}: {so_many} events for {wanted}, answer {answer:?}"));
        }
    }
    found.is_empty().then_some(()).ok_or_else(|| format!("events of nobody: {found:?}"))
}
