//! What the demo prints: the summary, the story, the books, and how to go on.

use std::net::SocketAddr;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use annals_console::views;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Place;
use super::books::Line;
use super::scale::Scale;
use super::walk::Walked;
use crate::cli::DemoArgs;
use crate::output;

/// Prints all of it.
pub(super) fn print(args: &DemoArgs, walked: &Walked) {
    if args.json {
        output::json(&as_json(walked));
        return;
    }
    output::line("");
    output::table(&table(walked));
    if let Some(story) = &walked.story {
        output::line("");
        output::line(&format!("one compensated order, trace {}", story.correlation_id));
        for line in &story.lines {
            output::line(&views::trace_text(line));
        }
    }
    output::line("");
    books(&walked.books);
}

/// Prints the books.
pub(super) fn books(lines: &[Line]) {
    output::line("the books");
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let mark = if line.balances { "  ok   " } else { "  WRONG" };
            vec![mark.into(), line.what.into(), line.figures.clone()]
        })
        .collect();
    output::table(&rows);
    let wrong = lines.iter().filter(|line| !line.balances).count();
    output::line(&match wrong {
        0 => "the books balance".to_owned(),
        wrong => format!("the books don't balance: {wrong} of {} lines are wrong", lines.len()),
    });
}

fn table(walked: &Walked) -> Vec<Vec<String>> {
    let row = |what: &str, figure: String| vec![format!("  {what}"), figure];
    let seconds = walked.settled_us as f64 / 1e6;
    let (p50, p99) = percentiles(walked);
    let commands = walked.progress.commands.load(Ordering::Relaxed);
    let command_rate = commands as f64 / (walked.traffic_us.max(1) as f64 / 1e6);
    let mut rows = vec![
        row("orders", format!("{} of seed {}", walked.scale.orders, walked.scale.seed)),
        row("settled in", format!("{seconds:.2} s")),
        row(
            "events",
            format!(
                "{} in the log, {:.0}/s in this run",
                walked.events,
                walked.new_events as f64 / seconds.max(0.001)
            ),
        ),
        row(
            "commands",
            format!(
                "{commands}, {command_rate:.0}/s while customers came, p50 {:.1} ms, p99 {:.1} ms",
                f64::from(p50) / 1e3,
                f64::from(p99) / 1e3
            ),
        ),
        row("rejected", format!("{}", walked.progress.rejected.load(Ordering::Relaxed))),
    ];
    for saga in &walked.sagas {
        let name = &saga.name;
        rows.push(row(&format!("{name} completed"), saga.completed.to_string()));
        for (failure, count) in &saga.compensated {
            rows.push(row(&format!("{name} compensated"), format!("{count} by {failure}")));
        }
        if saga.stuck > 0 {
            rows.push(row(&format!("{name} stuck"), saga.stuck.to_string()));
        }
    }
    let sent = &walked.notifications;
    rows.push(row(
        "dead letters",
        format!("{} parked, {} redriven after the cure", walked.parked, walked.redriven),
    ));
    rows.push(row(
        "notifications",
        format!(
            "{} acted on in this run, {} requests: {} failed, {} recognised by their key",
            sent.acted, sent.requests, sent.failed, sent.repeated
        ),
    ));
    if let Some(kib) = peak_memory_kib() {
        rows.push(row("peak memory", format!("{:.1} MiB", kib as f64 / 1024.0)));
    }
    rows
}

fn as_json(walked: &Walked) -> Value {
    let (p50, p99) = percentiles(walked);
    json!({
        "orders": walked.scale.orders,
        "seed": walked.scale.seed,
        "settled_us": walked.settled_us,
        "traffic_us": walked.traffic_us,
        "events": walked.events,
        "new_events": walked.new_events,
        "commands": walked.progress.commands.load(Ordering::Relaxed),
        "rejected": walked.progress.rejected.load(Ordering::Relaxed),
        "command_p50_us": p50,
        "command_p99_us": p99,
        "sagas": walked.sagas,
        "dead_letters": { "parked": walked.parked, "redriven": walked.redriven },
        "notifications": walked.notifications,
        "peak_memory_kib": peak_memory_kib(),
        "trace": walked.story.as_ref().map(|story| json!({
            "correlation_id": story.correlation_id,
            "items": story.lines,
        })),
        "books": walked.books,
        "balances": walked.books.iter().all(|line| line.balances),
    })
}

fn percentiles(walked: &Walked) -> (u32, u32) {
    let mut all =
        walked.progress.latencies_us.lock().unwrap_or_else(PoisonError::into_inner).clone();
    all.sort_unstable();
    let at = |share: usize| all.get(all.len() * share / 100).copied().unwrap_or(0);
    (at(50), at(99))
}

/// The most memory that this process has used (VmHWM), where the system tells.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What to do after Ctrl-C.
pub(super) fn interrupted(scale: Scale, place: &Place) {
    if place.kept {
        output::say(&format!("stopped; this goes on: {}", again(scale, place)));
    } else {
        output::say("stopped; with --store sqlite://demo.db a demo is kept, and goes on");
    }
}

/// The command that goes on where this demo stopped.
fn again(scale: Scale, place: &Place) -> String {
    let Scale { orders, seed } = scale;
    let [program, store] = [&program(), &place.url].map(|word| quoted(word));
    format!("{program} demo --orders {orders} --seed {seed} --store {store}")
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// This program, as it was called.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "annals".into())
}

/// What can be tried while the API is up. Ids are new each time, so that the lines work again.
pub(super) fn invitation(scale: Scale, place: &Place, api: SocketAddr, ids: [Uuid; 2]) {
    let url = format!("http://{api}");
    let json = "-H 'content-type: application/json'";
    let post = |order: Uuid, command: &str, body: &str| {
        format!("-s {json} {url}/commands/Order/{order}/{command} -d '{body}'")
    };
    let customer = r#"{"customer_id":"0d6c7e1a-2b41-4f0f-9a53-5f6d1c0e8f0b","shipping_address":{"#;
    let create =
        format!("{customer}\"street\":\"1 Main Street\",\"city\":\"Oslo\",\"country\":\"NO\"}}}}");
    let item = r#"{"sku":"sku-7","quantity":1,"unit_price_cents":1500}"#;
    let place_it = |order: Uuid| {
        let asked = [("CreateOrder", &*create), ("AddOrderItem", item), ("PlaceOrder", "{}")];
        asked.map(|(command, body)| post(order, command, body)).join(" --next ")
    };
    let [placed, cancelled] = ids;
    let cancel = post(cancelled, "CancelOrder", r#"{"reason":"changed my mind"}"#);
    for line in [
        String::new(),
        format!("the API is up at {url}; Ctrl-C ends it. Paste these:"),
        String::new(),
        "  # place an order".into(),
        format!("  curl {}", place_it(placed)),
        "  # place another, and cancel it in flight".into(),
        format!("  curl {} --next {cancel}", place_it(cancelled)),
        "  # follow its trace".into(),
        format!(
            "  curl -s {url}/trace/$(curl -s {url}/streams/Order/{cancelled} \
             | grep -o 'OrderPlaced.*' | grep -o 'correlation_id\":\"[^\"]*' | head -n 1 \
             | cut -d '\"' -f 3)"
        ),
        String::new(),
        format!("  kill -9 {}, then {}", std::process::id(), again(scale, place)),
    ] {
        output::line(&line);
    }
}
