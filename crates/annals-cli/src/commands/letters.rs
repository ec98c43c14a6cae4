//! `annals dead-letters`: look at what consumers gave up on, redrive it, discard it.
//!
//! Where an engine runs on the store the wish is left there and the engine takes it up; where none
//! runs, this command runs the consumers itself until they are idle.

use std::sync::Arc;
use std::time::Duration;

use annals_console::views;
use annals_runtime::SystemClock;
use annals_runtime::ports::{Clock, Letter, LetterQuery, LetterStatus, Request, Store, StoreError};
use serde_json::{Value, json};

use crate::cli::{LettersCommand, StoreArg};
use crate::exit::{Done, Ended, Failed};
use crate::live_system::{self, LiveSystem};
use crate::stored::{self, Stored};
use crate::{output, stores};

/// How long a running engine may take to take a request up.
const PATIENCE: Duration = Duration::from_secs(60);

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Calls outside at once while letters are redriven.
const CALLS_AT_ONCE: usize = 8;

pub(crate) fn run(command: &LettersCommand) -> Ended {
    match command {
        LettersCommand::List { store, consumer, all, limit } => {
            list(store, consumer.as_deref(), *all, *limit)
        }
        LettersCommand::Show { store, id } => show(store, *id),
        LettersCommand::Redrive { store, id, consumer } => redrive(store, *id, consumer.as_deref()),
        LettersCommand::Discard { store, id, reason } => {
            let stored = Stored::open(&store.store)?;
            let letter = dead(&stored, *id)?;
            let at = SystemClock.now();
            let request = Request::Discard { letter: *id, reason: reason.as_str().into(), at };
            drop(stored);
            ask(store, vec![request])?;
            tell(store, &[letter.id], "discarded")
        }
    }
}

fn list(store: &StoreArg, consumer: Option<&str>, all: bool, limit: usize) -> Ended {
    let stored = Stored::open(&store.store)?;
    consumer.map_or(Ok(()), |consumer| known(&stored, consumer))?;
    let statuses = if all { Vec::new() } else { vec![LetterStatus::Failed] };
    let query = LetterQuery {
        consumer: consumer.map(Into::into),
        statuses,
        limit,
        ..LetterQuery::default()
    };
    let letters = stored.wait(stored.store.letters(query))?;
    print(store.json, &letters);
    Ok(Done::Clean)
}

fn print(as_json: bool, letters: &[Letter]) {
    if as_json {
        output::json(&Value::Array(letters.iter().map(views::letter).collect()));
        return;
    }
    let head = ["id", "status", "consumer", "key", "event", "attempts", "reason"];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(letters.iter().map(|letter| {
        let shown = views::letter(letter);
        let columns = ["id", "status", "consumer", "key", "event_type", "attempts", "reason"];
        let mut row = columns.map(|column| super::projections::plain(&shown[column])).to_vec();
        if let (LetterStatus::Discarded, Some(why)) = (letter.status, &letter.resolution) {
            row.push(format!("given up: {why}"));
        }
        row
    }));
    output::table(&rows);
}

fn show(store: &StoreArg, id: u64) -> Ended {
    let stored = Stored::open(&store.store)?;
    let query = LetterQuery { id: Some(id), ..LetterQuery::default() };
    let found = stored.wait(stored.store.letters(query))?;
    let Some(letter) = found.first() else {
        return Err(Failed::Input(format!("there is no letter {id}")));
    };
    let events = stored.wait(stored.store.read_at(vec![letter.position]))?;
    let event = events.first().map(|event| views::envelope(event, &*stored.system.upcaster));
    let query = LetterQuery {
        consumer: Some(letter.consumer.clone()),
        key: Some(letter.key.clone()),
        statuses: vec![LetterStatus::Blocked],
        ..LetterQuery::default()
    };
    let blocked = stored.wait(stored.store.letters(query))?;
    let behind: Vec<&Letter> =
        blocked.iter().filter(|other| other.position > letter.position).collect();
    if store.json {
        let mut shown = views::letter(letter);
        shown["event"] = json!(event);
        shown["blocked"] = Value::Array(behind.into_iter().map(views::letter).collect());
        output::json(&shown);
        return Ok(Done::Clean);
    }
    if let Value::Object(fields) = views::letter(letter) {
        let rows: Vec<Vec<String>> = fields
            .iter()
            .map(|(name, value)| vec![name.clone(), super::projections::plain(value)])
            .collect();
        output::table(&rows);
    }
    output::line(&format!("event {}", event.unwrap_or_default()));
    for letter in behind {
        let (event, position) = (&letter.event_type, letter.position.0);
        output::line(&format!("behind it: {event} at position {position}"));
    }
    Ok(Done::Clean)
}

fn redrive(store: &StoreArg, id: Option<u64>, consumer: Option<&str>) -> Ended {
    let stored = Stored::open(&store.store)?;
    let letters: Vec<u64> = match id {
        Some(id) => vec![dead(&stored, id)?.id],
        None => {
            consumer.map_or(Ok(()), |consumer| known(&stored, consumer))?;
            let query = LetterQuery {
                consumer: consumer.map(Into::into),
                statuses: vec![LetterStatus::Failed],
                ..LetterQuery::default()
            };
            stored.wait(stored.store.letters(query))?.iter().map(|letter| letter.id).collect()
        }
    };
    drop(stored);
    if letters.is_empty() {
        if store.json {
            print(true, &[]);
        } else {
            output::line("there are no dead letters");
        }
        return Ok(Done::Clean);
    }
    ask(store, letters.iter().map(|letter| Request::Redrive(*letter)).collect())?;
    tell(store, &letters, "redriven")
}

/// That there is a consumer of that name, or was one, whose letters are there still.
fn known(stored: &Stored, consumer: &str) -> Result<(), Failed> {
    let query = LetterQuery { consumer: Some(consumer.into()), limit: 1, ..LetterQuery::default() };
    let letters = stored.wait(stored.store.letters(query))?;
    if letters.is_empty() { stored.consumer(consumer) } else { Ok(()) }
}

/// The letter, which must be a dead one.
fn dead(stored: &Stored, id: u64) -> Result<Letter, Failed> {
    let query = LetterQuery { id: Some(id), ..LetterQuery::default() };
    let found = stored.wait(stored.store.letters(query))?;
    match found.into_iter().next() {
        None => Err(Failed::Input(format!("there is no letter {id}"))),
        Some(letter) => match letter.status {
            LetterStatus::Failed => Ok(letter),
            LetterStatus::Blocked => Err(Failed::Input(blocked(stored, &letter)?)),
            LetterStatus::Redriven => Err(Failed::Input(format!("letter {id} is redriven"))),
            LetterStatus::Discarded => Err(Failed::Input(format!(
                "letter {id} is discarded: {}",
                letter.resolution.as_deref().unwrap_or_default()
            ))),
        },
    }
}

/// Which letter another is blocked behind.
fn blocked(stored: &Stored, letter: &Letter) -> Result<String, Failed> {
    let query = LetterQuery {
        consumer: Some(letter.consumer.clone()),
        key: Some(letter.key.clone()),
        statuses: vec![LetterStatus::Failed],
        ..LetterQuery::default()
    };
    let id = letter.id;
    Ok(match stored.wait(stored.store.letters(query))?.first() {
        Some(failed) => {
            format!("letter {id} is blocked behind letter {0}: redrive or discard {0}", failed.id)
        }
        None => format!("letter {id} is next in line: it is tried once {} runs", letter.consumer),
    })
}

/// Leaves requests, and waits until they are taken up.
fn ask(store: &StoreArg, requests: Vec<Request>) -> Result<(), Failed> {
    live_system::wait(CALLS_AT_ONCE, async {
        match stores::try_writable(&store.store).await {
            Ok(own) => {
                leave(&*own, requests).await?;
                settle(own).await
            }
            Err(StoreError::NotOurs(_)) => {
                let store = stores::requesting(&store.store).await?;
                let own = leave(&*store, requests).await?;
                wait(&*store, &own).await
            }
            Err(error) => Err(error.into()),
        }
    })
}

/// The numbers of the requests that were left.
async fn leave(store: &dyn Store, requests: Vec<Request>) -> Result<Vec<u64>, Failed> {
    let mut numbers = Vec::new();
    for request in requests {
        numbers.push(store.request(request).await?);
    }
    Ok(numbers)
}

/// Runs the store's own model until nothing is left to do now.
async fn settle(store: Arc<dyn Store>) -> Result<(), Failed> {
    let model = stored::remembered(&*store).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let live = LiveSystem::start(&model, store, clock, &live_system::variable).await?;
    for held in live.api.statuses.all().into_iter().filter_map(|status| status.held) {
        output::say(&format!("held: {held}"));
    }
    live.settle().await
}

/// Waits until the engine that runs on the store has answered these requests; others may take long.
async fn wait(store: &dyn Store, own: &[u64]) -> Result<(), Failed> {
    let answered = async {
        while store.requests().await?.iter().any(|(number, _)| own.contains(number)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| {
        Err(Failed::System("the running engine hasn't taken the request up; it stays".into()))
    })
}

/// Says what became of the letters. Exit code 1 where one is dead still.
fn tell(store: &StoreArg, ids: &[u64], what: &str) -> Ended {
    let stored = Stored::open(&store.store)?;
    let mut letters = Vec::new();
    for id in ids {
        let query = LetterQuery { id: Some(*id), ..LetterQuery::default() };
        letters.extend(stored.wait(stored.store.letters(query))?);
    }
    let dead = letters.iter().filter(|letter| letter.status == LetterStatus::Failed).count();
    for letter in letters.iter().filter(|letter| letter.status == LetterStatus::Failed) {
        let (id, consumer) = (letter.id, &letter.consumer);
        if !stored.runs(consumer) {
            output::say(&format!(
                "letter {id} can't be tried: the model has no {consumer} that would; discard it, \
                 or redrive it once {consumer} is back"
            ));
        }
    }
    if store.json {
        print(true, &letters);
    } else {
        output::line(&format!("{} {what}, {dead} still dead", letters.len() - dead));
        for letter in letters.iter().filter(|letter| letter.status == LetterStatus::Failed) {
            output::line(&format!("  {}: {}", letter.id, letter.reason));
        }
    }
    Ok(if dead == 0 { Done::Clean } else { Done::Found })
}
