//! How fast Annals is, beside its limits and its peers, in one run. A tour: [`arguments`] reads the
//! command line, [`plan`] says which cells there are, [`run`] measures each in a child of its own
//! ([`subjects`], or the program of [`peers`]) on its [`bed`], [`report`] and [`table`] print what
//! came of it. [`hot`], [`large`] and [`processes`] are questions of their own. What a cell is: the
//! harness.

mod arguments;
mod bed;
mod folder;
mod hot;
mod large;
mod message_db;
mod peers;
mod plan;
mod postgres;
mod probe;
mod processes;
mod report;
mod run;
mod shim;
mod subjects;
mod table;

use std::process::ExitCode;

use annals_bench_harness::Failure;
use annals_bench_harness::child::Order;
use arguments::{Arguments, USAGE};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    if let Some(order) = Order::of(std::env::args()) {
        let known = runtime.block_on(subjects::child(order));
        return if known { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match measure(&arguments, &runtime) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments, runtime: &tokio::runtime::Runtime) -> Result<(), Failure> {
    if let Some(events) = arguments.large {
        let found = runtime.block_on(large::measure(arguments, events))?;
        println!("{}", if arguments.json { large::json(&found)? } else { large::text(&found) });
        return Ok(());
    }
    if arguments.processes {
        let found = runtime.block_on(processes::measure(arguments))?;
        let json = || processes::json(&found);
        println!("{}", if arguments.json { json()? } else { processes::text(&found) });
        return Ok(());
    }
    let only_hot = arguments.hot && arguments.is_all();
    let findings = if only_hot { Default::default() } else { run::run(arguments)? };
    let hot = (arguments.hot || arguments.is_all())
        .then(|| runtime.block_on(hot::measure(&arguments.folder)))
        .transpose()?;
    if arguments.json {
        println!("{}", report::json(&findings, hot.as_ref())?);
    } else {
        print!("{}", table::text(&findings));
        if let Some(hot) = hot {
            println!("{}", hot::text(&hot));
        }
    }
    Ok(())
}
