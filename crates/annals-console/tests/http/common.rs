//! A served system, and clients that speak HTTP to the letter.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use annals_console::{Api, Limits};
use annals_core::{System, Timestamp};
use annals_model::{SourceFile, load};
use annals_runtime::ports::{BoxFuture, CallResult, Caller, OutsideCall, Store};
use annals_runtime::{MemoryStore, Options, Runtime, SeededEntropy, VirtualClock};
use serde_json::Value;
use tokio::net::TcpListener;

/// The order system.
const ORDERS: &str = include_str!("../../../../examples/orders/architecture.yaml");

/// The header that every command needs.
pub(crate) const JSON: &str = "content-type: application/json";

/// The id of an order.
pub(crate) const ORDER: &str = "7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b41";

/// A system that is served until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    runtime: Arc<Runtime>,
    tokio: tokio::runtime::Runtime,
}

/// What a request is answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// An outside world in which everything works.
struct Outside;

impl Caller for Outside {
    fn call(&self, _: OutsideCall) -> BoxFuture<'_, CallResult> {
        Box::pin(async { CallResult::Done })
    }
}

impl Served {
    /// The order system.
    pub(crate) fn orders() -> Self {
        Self::within(Limits::default())
    }

    /// The order system within these bounds.
    pub(crate) fn within(limits: Limits) -> Self {
        Self::model(ORDERS, limits)
    }

    pub(crate) fn model(text: &str, limits: Limits) -> Self {
        let loaded =
            load(vec![SourceFile { path: "architecture.yaml".into(), text: text.to_owned() }]);
        let model = Arc::new(loaded.model.expect("the model resolves"));
        let system = annals_interpreter::system(&model, &|_| Some("http://outside".to_owned()));
        let tokio = tokio::runtime::Runtime::new().expect("threads");
        let (runtime, address) = tokio.block_on(serve(system, limits));
        Self { address, runtime, tokio }
    }

    /// Lets consumers do what there is to do.
    pub(crate) fn settle(&self) {
        self.tokio.block_on(self.runtime.settle()).expect("memory doesn't fail");
    }

    /// Bytes sent as they are; all that comes back until the server closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.write_all(bytes).expect("they are taken");
        rest(&mut stream)
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, request: &str, headers: &[&str], body: &str) -> Answer {
        let mut head = format!("{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for header in headers {
            let _ = write!(head, "{header}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n{body}", body.len());
        answer(&self.raw(head.as_bytes()))
    }

    /// A read that succeeds.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"), &[], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// A command.
    pub(crate) fn post(&self, path: &str, headers: &[&str], body: &str) -> Answer {
        self.ask(&format!("POST /commands/{path}"), &[&[JSON], headers].concat(), body)
    }

    /// A command that is accepted.
    pub(crate) fn accepted(&self, path: &str, body: &str) -> Value {
        let answer = self.post(path, &[], body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// An order with one line, placed; the placing's answer.
    pub(crate) fn place(&self, order: &str) -> Value {
        self.accepted("StockItem/sku-7/ReceiveStock", r#"{"quantity":100}"#);
        self.accepted(&format!("Order/{order}/CreateOrder"), &create("1 Main Street"));
        let line = r#"{"sku":"sku-7","quantity":2,"unit_price_cents":100}"#;
        self.accepted(&format!("Order/{order}/AddOrderItem"), line);
        self.accepted(&format!("Order/{order}/PlaceOrder"), "{}")
    }
}

async fn serve(system: System, limits: Limits) -> (Arc<Runtime>, SocketAddr) {
    let deciders = system.deciders.iter().map(|it| (it.aggregate().into(), it.clone()));
    let projections = system.projections.iter().map(|it| (it.table().name.clone(), it.clone()));
    let sagas = system.sagas.iter().map(|it| (it.definition().name.clone(), it.clone()));
    let (deciders, projections, sagas) =
        (deciders.collect(), projections.collect(), sagas.collect());
    let (name, upcaster) = (system.name.clone(), system.upcaster.clone());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let clock = Arc::new(VirtualClock::new(Timestamp(1_769_848_200_000_000)));
    let entropy = Arc::new(SeededEntropy::new(7));
    let runtime =
        Runtime::open(system, store.clone(), Arc::new(Outside), clock, entropy, Options::default());
    let runtime = Arc::new(runtime.await.expect("an empty store fits"));
    let (commands, statuses) = (runtime.commands(), runtime.statuses());
    let api = Api { name, commands, store, upcaster, deciders, projections, sagas, statuses };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(annals_console::serve(listener, api, limits, std::future::pending()));
    (runtime, address)
}

/// The input of CreateOrder.
pub(crate) fn create(street: &str) -> String {
    format!(
        r#"{{"customer_id":"0d6c7e1a-2b41-4f0f-9a53-5f6d1c0e8f0b",
        "shipping_address":{{"street":"{street}","city":"Oslo","country":"NO"}}}}"#
    )
}

/// Orders whose events weigh 180 kB each.
pub(crate) fn weighty(served: &Served, orders: usize) {
    let text = "x".repeat(60_000);
    let input = create(&text).replace("Oslo", &text).replace("NO", &text);
    for number in 0..orders {
        let id = format!("7b0e4c3a-51d2-4c43-9a53-0d6c7e1a2b{number:02}");
        served.accepted(&format!("Order/{id}/CreateOrder"), &input);
    }
}

/// All that comes until the server closes.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).expect("it is UTF-8")
}

/// The answer in a text.
pub(crate) fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {text}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = serde_json::from_str(body).unwrap_or_default();
    Answer { status, head: head.to_ascii_lowercase(), body }
}

impl Answer {
    /// Status and what a program goes by, in one text; problems that are none are told.
    pub(crate) fn told(&self) -> String {
        let mut told = self.status.to_string();
        let problem = self.head.contains("content-type: application/problem+json");
        if self.status >= 400 && !problem {
            told += " (no problem+json)";
        }
        for field in ["code", "path", "parameter", "header", "allowed", "detail", "outcome"] {
            if let Some(value) = self.body.get(field) {
                let _ = write!(told, "\n    {field}: {value}");
            }
        }
        told
    }
}
