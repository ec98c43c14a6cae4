//! The live view: a few lines in a terminal, drawn again ten times a second.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use annals_runtime::SystemClock;
use annals_runtime::ports::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::scale::Scale;
use super::walk::Progress;
use crate::cli::DemoArgs;
use crate::live_system::{self, LiveSystem};

const DRAW_EVERY: Duration = Duration::from_millis(100);

/// The view, while it is drawn.
pub(super) struct View {
    end: watch::Sender<bool>,
    drawing: Option<JoinHandle<()>>,
}

impl View {
    /// Starts to draw, where standard output is a terminal and people are to read it.
    pub(super) fn start(
        args: &DemoArgs,
        scale: Scale,
        system: &Arc<LiveSystem>,
        progress: &Arc<Progress>,
    ) -> Self {
        let end = watch::Sender::new(false);
        if args.json || !std::io::stdout().is_terminal() || is_dumb() {
            return Self { end, drawing: None };
        }
        let (system, progress, orders) = (system.clone(), progress.clone(), scale.orders);
        let mut over = end.subscribe();
        let drawing = tokio::spawn(async move {
            let mut screen = Screen { lines: 0, last: None };
            loop {
                screen.draw(&frame(&system, &progress, orders, &mut screen.last.clone()), &system);
                tokio::select! {
                    _ = over.changed() => break,
                    () = tokio::time::sleep(DRAW_EVERY) => {}
                }
            }
            screen.draw(&frame(&system, &progress, orders, &mut screen.last.clone()), &system);
        });
        Self { end, drawing: Some(drawing) }
    }

    /// Draws a last time.
    pub(super) async fn end(self) {
        self.end.send_replace(true);
        if let Some(drawing) = self.drawing {
            // A view that broke has nothing more to show.
            let _ = drawing.await;
        }
    }
}

/// A terminal that can't go back up.
fn is_dumb() -> bool {
    live_system::variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

struct Screen {
    lines: usize,
    /// Time and head of the last frame, for the rate.
    last: Option<(i64, u64)>,
}

impl Screen {
    fn draw(&mut self, lines: &[String], system: &LiveSystem) {
        // The terminal cuts what is too wide: a line that it wraps would be two on the way back up.
        let mut text = String::from("\x1b[?7l");
        if self.lines > 0 {
            text.push_str(&format!("\x1b[{}A", self.lines));
        }
        for line in lines {
            text.push_str(&format!("\x1b[2K{line}\n"));
        }
        text.push_str("\x1b[?7h");
        self.lines = lines.len();
        self.last = Some((SystemClock.now().0, system.runtime.heads().current().0));
        // A terminal that is gone shows nothing.
        let _ = std::io::stdout().write_all(text.as_bytes());
        let _ = std::io::stdout().flush();
    }
}

fn frame(
    system: &LiveSystem,
    progress: &Progress,
    orders: u64,
    last: &mut Option<(i64, u64)>,
) -> Vec<String> {
    let head = system.runtime.heads().current().0;
    let now = SystemClock.now().0;
    let rate = last.map_or(0, |(then, before)| {
        let us = (now - then).max(1) as u64;
        head.saturating_sub(before) * 1_000_000 / us
    });
    let done = progress.orders.load(Ordering::Relaxed);
    let width = 30;
    let filled = (done * width / orders.max(1)) as usize;
    let bar = format!("{}{}", "█".repeat(filled), "░".repeat(width as usize - filled));
    let mut lines =
        vec![format!("  orders   {bar} {done}/{orders}"), format!("  events   {head}  ({rate}/s)")];
    for status in system.api.statuses.all() {
        let lag = head.saturating_sub(status.checkpoint.0);
        let sagas = &status.sagas;
        let failed: u64 = sagas.failed.values().sum();
        let detail = match status.kind {
            "saga" => format!(
                "in flight {:<4} completed {:<5} compensated {failed}",
                sagas.open, sagas.completed
            ),
            "reaction" => format!(
                "retrying {:<4} waiting {:<4} dead letters {}",
                status.retrying, status.timers, status.failed_letters
            ),
            _ => String::new(),
        };
        lines.push(format!("  {:<16} lag {lag:<5} {detail}", status.name));
    }
    lines
}
