//! `annals trace`: what one outside request set off.

use annals_console::views;
use annals_runtime::ports::LogQuery;
use serde_json::json;
use uuid::Uuid;

use crate::cli::TraceArgs;
use crate::exit::{Done, Ended, Failed};
use crate::output;
use crate::stored::Stored;

/// Events of one correlation that are shown at most.
const LIMIT: usize = 10_000;

pub(crate) fn run(args: &TraceArgs) -> Ended {
    let stored = Stored::open(&args.store.store)?;
    let query = LogQuery { limit: LIMIT, correlation_id: Some(args.id), ..LogQuery::default() };
    let events = stored.wait(stored.store.read_log(query))?;
    let outcomes = stored.wait(stored.store.outcomes(args.id, LIMIT))?;
    if events.is_empty() && outcomes.is_empty() {
        return Err(Failed::Input(format!("nothing has the correlation {}", args.id)));
    }
    let (projections, sagas) = (stored.projections(), stored.sagas());
    let seen_by = views::SeenBy {
        upcaster: &*stored.system.upcaster,
        projections: &projections,
        sagas: &sagas,
    };
    let lines = views::trace(&events, &outcomes, &seen_by);
    if args.store.json {
        output::json(&json!({ "correlation_id": args.id, "items": lines }));
    } else {
        print(&lines, args.id);
    }
    Ok(Done::Clean)
}

/// One line a step, with the milliseconds since the first.
pub(crate) fn print(lines: &[views::TraceLine], id: Uuid) {
    let start = lines.first().map_or("", |line| &*line.time);
    output::line(&format!("trace {id}, from {start}"));
    for line in lines {
        output::line(&views::trace_text(line));
    }
}
