//! The demo's own notification service: a real HTTP server on loopback that fails now and then,
//! sometimes after it has acted, and that acts once for each idempotency key. What it has acted on
//! it writes to a file, so that it remembers after a kill.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use annals_core::ids::text_command_id;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use uuid::Uuid;

/// One notification that was acted on, as a line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acted {
    /// The idempotency key.
    pub(crate) key: String,
    /// The order.
    pub(crate) order: String,
    /// The event's type.
    pub(crate) event: String,
}

/// How often it was asked, and how often it failed.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    /// Requests.
    pub(crate) requests: u64,
    /// Notifications acted on.
    pub(crate) acted: u64,
    /// Requests that were recognised by their key.
    pub(crate) repeated: u64,
    /// Answers of 500.
    pub(crate) failed: u64,
}

/// The service.
#[derive(Clone)]
pub(crate) struct Notifications {
    state: Arc<Mutex<Memory>>,
}

struct Memory {
    file: File,
    /// Keys that were acted on, each as its digest: 16 bytes, however many orders there are.
    acted: HashSet<Uuid>,
    failures: HashMap<String, u32>,
    poisoned: Option<Uuid>,
    counts: Counts,
}

/// The file of a store's notifications.
pub(crate) fn file_of(store: &Path) -> std::path::PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-notifications.jsonl");
    name.into()
}

/// What a file says was acted on, in order. A last line that a kill cut off was never answered.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Acted>> {
    let mut text = String::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).map_err(io::Error::other)).collect()
}

impl Notifications {
    /// A service that remembers in `path`, and fails for one customer until it is cured.
    pub(crate) fn open(path: &Path, poisoned: Uuid) -> io::Result<Self> {
        let acted: HashSet<Uuid> =
            read(path)?.iter().map(|acted| text_command_id(&acted.key)).collect();
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        let memory = Memory {
            file,
            acted,
            failures: HashMap::new(),
            poisoned: Some(poisoned),
            counts: Counts::default(),
        };
        Ok(Self { state: Arc::new(Mutex::new(memory)) })
    }

    /// Serves on a free loopback port; the URL.
    pub(crate) async fn serve(&self) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().route("/messages", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(url)
    }

    /// Ends the failure of the poisoned customer.
    pub(crate) fn cure(&self) {
        self.lock().poisoned = None;
    }

    /// The counts so far.
    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(
    State(service): State<Notifications>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, (StatusCode, String)> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or_else(|| (StatusCode::BAD_REQUEST, format!("no {name}")))
    };
    let (key, event, order) =
        (header("idempotency-key")?, header("ce-type")?, header("ce-subject")?);
    let data: serde_json::Value =
        serde_json::from_slice(&body).map_err(|e| (StatusCode::BAD_REQUEST, e.to_string()))?;
    let customer = data["customer_id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    service.lock().receive(Acted { key, order, event }, customer)
}

impl Memory {
    /// One in 25 messages fails once or twice; one in 100 fails after it was acted on.
    fn receive(
        &mut self,
        acted: Acted,
        customer: Option<Uuid>,
    ) -> Result<StatusCode, (StatusCode, String)> {
        self.counts.requests += 1;
        if self.acted.contains(&text_command_id(&acted.key)) {
            self.counts.repeated += 1;
            return Ok(StatusCode::OK);
        }
        if self.poisoned.is_some() && self.poisoned == customer {
            return self.fail("the mailbox of this customer is broken");
        }
        let mut hasher = DefaultHasher::new();
        acted.key.hash(&mut hasher);
        let fate = hasher.finish() % 100;
        let failures = self.failures.get(&acted.key).copied().unwrap_or(0);
        if fate < 4 && failures <= fate as u32 % 2 {
            self.failures.insert(acted.key, failures + 1);
            return self.fail("the mail server is busy");
        }
        let line = serde_json::to_string(&acted).unwrap_or_default() + "\n";
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            return self.fail(&error.to_string());
        }
        self.failures.remove(&acted.key);
        self.acted.insert(text_command_id(&acted.key));
        self.counts.acted += 1;
        if fate == 4 { self.fail("the answer was lost after acting") } else { Ok(StatusCode::OK) }
    }

    fn fail<T>(&mut self, reason: &str) -> Result<T, (StatusCode, String)> {
        self.counts.failed += 1;
        Err((StatusCode::INTERNAL_SERVER_ERROR, reason.to_owned()))
    }
}
