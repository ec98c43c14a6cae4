//! `annals run`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use annals_runtime::SystemClock;

use crate::cli::RunArgs;
use crate::commands::loaded;
use crate::exit::{Done, Ended, Failed};
use crate::interrupts::Interrupts;
use crate::live_system::{self, LiveSystem};
use crate::{output, stores};

/// How often it is looked at what waits for a person.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Calls outside at once: a service that answers in 100 ms is called 640 times a second.
const CALLS_AT_ONCE: usize = 64;

/// The name of the fact that `annals run` has run on a store: what its reactions told, they told
/// whom its environment named.
pub(crate) const RUN_FACT: &str = "annals.run";

pub(crate) fn run(args: &RunArgs) -> Ended {
    let model = loaded(&args.file.file)?;
    live_system::wait(CALLS_AT_ONCE, async {
        let mut interrupts = Interrupts::listen()?;
        let listener = live_system::listen(Some(args.listen)).await?;
        let store = stores::writable(&args.store).await?;
        let clock = Arc::new(SystemClock);
        let live = tokio::select! {
            live = LiveSystem::start(&model, store, clock, &live_system::variable) => live?,
            // What is being rebuilt goes on from there the next time.
            () = interrupts.first() => return Ok(Done::Clean),
        };
        live.api.store.remember(vec![(RUN_FACT.into(), String::new())]).await?;
        announce(args, &model.name, &listener, &live)?;
        let until = async {
            tokio::select! {
                () = interrupts.first() => {}
                () = live.idle(), if args.until_idle => {}
                never = alarms(&live) => match never {},
            }
        };
        live.run(listener, until).await?;
        Ok(Done::Clean)
    })
}

fn announce(
    args: &RunArgs,
    name: &str,
    listener: &tokio::net::TcpListener,
    live: &LiveSystem,
) -> Result<(), Failed> {
    let address = listener.local_addr().map_err(|error| Failed::System(error.to_string()))?;
    let held: Vec<_> = live.api.statuses.all().into_iter().filter_map(|s| s.held).collect();
    if args.file.json {
        output::json_line(&serde_json::json!({
            "system": name,
            "api": format!("http://{address}"),
            "store": stores::shown(&args.store),
            "held": held,
            "rebuilt": live.runtime.rebuilt(),
            "new": live.runtime.begun(),
        }));
        return Ok(());
    }
    for projection in live.runtime.rebuilt() {
        output::say(&format!("rebuilt: {projection}, whose definition has changed"));
    }
    for (name, position) in live.runtime.begun() {
        let from = position.0 + 1;
        output::say(&format!("new: {name}, which begins with what comes, from position {from}"));
    }
    for why in held {
        output::say(&format!("held: {why}"));
    }
    let store = stores::shown(&args.store);
    output::line(&format!("{name} runs on {}; its API is http://{address}", store));
    output::line("Ctrl-C ends it");
    Ok(())
}

/// Says on standard error what waits for a person, when there is more of it: dead letters, sagas
/// that are stuck, and what the store says of itself.
async fn alarms(live: &LiveSystem) -> Infallible {
    let mut told: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    let mut store = None;
    loop {
        if let Some(line) = of_the_store(&mut store, live.api.store.alarm()) {
            output::say(&line);
        }
        for status in live.api.statuses.all() {
            let (name, stuck) = (&status.name, status.sagas.stuck);
            let waiting = stuck + status.failed_letters;
            if waiting > told.insert(name.clone(), waiting).unwrap_or(0) {
                if status.failed_letters > 0 {
                    let letters = status.failed_letters;
                    output::say(&format!(
                        "{name} has given up on {letters}: `annals dead-letters list` says why"
                    ));
                }
                if stuck > 0 {
                    output::say(&format!(
                        "{name}: {stuck} stuck: `annals sagas list --status stuck` says what to do"
                    ));
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What is new about the store; `told` is what was said last.
fn of_the_store(told: &mut Option<Arc<str>>, alarm: Option<Arc<str>>) -> Option<String> {
    if *told == alarm {
        return None;
    }
    *told = alarm;
    Some(match told {
        Some(why) => format!("the store: {why}"),
        None => "the store: that is over".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::of_the_store;

    #[test]
    fn what_the_store_says_is_told_once_and_so_is_its_end() {
        let mut told = None;
        let says = [None, Some("64 MiB"), Some("64 MiB"), Some("128 MiB"), None, None];
        let said = says.map(|alarm| of_the_store(&mut told, alarm.map(Into::into)));
        let said = said.each_ref().map(|line| line.as_deref().unwrap_or_default());
        let over = "the store: that is over";
        assert_eq!(said, ["", "the store: 64 MiB", "", "the store: 128 MiB", over, ""]);
    }
}
