//! The clients: a closed loop, in which each calls again as soon as it is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::measured::us;
use crate::{Failure, Measured, Spot, Subject, Workload};

/// Streams of ten that a reader finds.
const STREAM: usize = 10;

/// Failures of one client after which it gives up: then nothing works.
const PATIENCE: u64 = 200;

/// From when to when calls count.
#[derive(Clone, Copy)]
struct Window {
    from: Instant,
    to: Instant,
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    times_us: Vec<u32>,
    failed: u64,
    failure: Option<String>,
}

/// Runs a workload with so many clients: unmeasured for `warm`, measured for `run`. `streams` is
/// what readers find.
///
/// # Errors
/// A client died, or a read of the log failed.
pub async fn drive<S: Subject>(
    subject: Arc<S>,
    (workload, clients): (Workload, usize),
    (warm, run): (Duration, Duration),
    streams: Arc<Vec<Spot>>,
) -> Result<Measured, Failure> {
    if workload == Workload::ReadLog {
        return passes(&*subject, run).await;
    }
    let from = Instant::now() + warm;
    let window = Window { from, to: from + run };
    let mut tasks = Vec::new();
    if S::LOOP && !workload.reads() {
        tasks.push(tokio::spawn(whole(subject, workload, clients, window)));
    } else {
        for client in 0..clients {
            let (subject, streams) = (subject.clone(), streams.clone());
            tasks.push(tokio::spawn(one(subject, workload, client, (window, streams))));
        }
    }
    let mut all = Seen::default();
    for task in tasks {
        let seen = task.await?;
        all.times_us.extend(seen.times_us);
        all.failed += seen.failed;
        all.failure = seen.failure.or(all.failure);
    }
    let events = if let Workload::Append(events) = workload { events } else { 1 };
    let at_once = if S::LOOP && !workload.reads() { clients } else { 1 };
    let units = (events * at_once) as f64;
    let measured = Measured::of(all.times_us, units, run.as_secs_f64());
    Ok(Measured { failed: all.failed, failure: all.failure, ..measured })
}

/// Appends streams of ten events, for readers to find.
///
/// # Errors
/// An append failed.
pub(crate) async fn fill<S: Subject>(
    subject: &Arc<S>,
    events: usize,
) -> Result<Vec<Spot>, Failure> {
    const WRITERS: usize = 8;
    let mut tasks = Vec::new();
    for client in 0..WRITERS {
        let subject = subject.clone();
        tasks.push(tokio::spawn(async move {
            let mut streams = Vec::new();
            for _ in 0..events / STREAM / WRITERS {
                let spot = Spot::new(client);
                subject.append(&spot, STREAM).await?;
                streams.push(spot);
            }
            Ok::<_, Failure>(streams)
        }));
    }
    let mut streams = Vec::new();
    for task in tasks {
        streams.extend(task.await??);
    }
    Ok(streams)
}

async fn one<S: Subject>(
    subject: Arc<S>,
    workload: Workload,
    client: usize,
    (window, streams): (Window, Arc<Vec<Spot>>),
) -> Seen {
    let mut seen = Seen::default();
    let mut spot = Spot::new(client);
    // A step that is prime to the number of streams, nearly always: readers go through all of them.
    let mut next = client.wrapping_mul(7_919);
    loop {
        let start = Instant::now();
        if start >= window.to || seen.failed > PATIENCE {
            return seen;
        }
        let done = match workload {
            Workload::Append(events) => subject.append(&spot, events).await,
            Workload::Handle => subject.handle(&spot).await,
            Workload::ReadStream | Workload::ReadLog => {
                next = next.wrapping_add(104_729) % streams.len().max(1);
                let read = subject.read_stream(&Spot { client, ..streams[next].clone() }).await;
                read.and_then(|count| expect(count, STREAM as u64))
            }
        };
        match done {
            Ok(()) => {
                spot.advance(if let Workload::Append(events) = workload { events } else { 1 })
            }
            Err(error) => {
                seen.failed += 1;
                seen.failure = Some(error.to_string());
                // Where the stream is now isn't known.
                spot = Spot::new(client);
                continue;
            }
        }
        note(&mut seen, start, window);
    }
}

/// The limit: one writer that does the work of all clients in each of its transactions.
async fn whole<S: Subject>(
    subject: Arc<S>,
    workload: Workload,
    clients: usize,
    window: Window,
) -> Seen {
    let mut seen = Seen::default();
    let mut spots: Vec<Spot> = (0..clients).map(Spot::new).collect();
    let (events, outcomes) = match workload {
        Workload::Append(events) => (events, false),
        _ => (1, true),
    };
    while Instant::now() < window.to {
        let start = Instant::now();
        if let Err(error) = subject.write_all(&spots, events, outcomes).await {
            return Seen { failed: 1, failure: Some(error.to_string()), ..seen };
        }
        spots.iter_mut().for_each(|spot| spot.advance(events));
        note(&mut seen, start, window);
    }
    seen
}

fn note(seen: &mut Seen, start: Instant, window: Window) {
    let end = Instant::now();
    if end >= window.from && end < window.to {
        seen.times_us.push(us(end - start));
    }
}

/// Whole passes over the log, the first of them unmeasured.
async fn passes<S: Subject>(subject: &S, run: Duration) -> Result<Measured, Failure> {
    let mut events = subject.read_log().await?;
    let (start, mut times_us) = (Instant::now(), Vec::new());
    while start.elapsed() < run || times_us.len() < 2 {
        let before = Instant::now();
        let count = subject.read_log().await?;
        expect(count, events)?;
        events = count;
        times_us.push(us(before.elapsed()));
    }
    Ok(Measured::of(times_us, events as f64, start.elapsed().as_secs_f64()))
}

fn expect(count: u64, expected: u64) -> Result<(), Failure> {
    if count == expected {
        return Ok(());
    }
    Err(format!("{count} events were read, and there are {expected}").into())
}
