//! The commands, one a file.

mod check;
pub(crate) mod demo;
mod events;
mod letters;
mod projections;
mod report;
mod run;
mod sagas;
mod schema;
mod streams;
mod test;
mod trace;

use std::path::Path;
use std::sync::Arc;

use annals_model::{Loaded, Model};

use crate::cli::{Cli, Command};
use crate::exit::{Ended, Failed};
use crate::{files, render};

/// Runs a command.
pub(crate) fn run(cli: &Cli, wrap: demo::Wrap) -> Ended {
    match &cli.command {
        Command::Check(args) => check::run(args),
        Command::Report(args) => report::run(args),
        Command::Schema(_) => schema::run(),
        Command::Test(args) => test::run(args),
        Command::Run(args) => run::run(args),
        Command::Demo(args) => demo::run(args, wrap),
        Command::Events(args) => events::run(args),
        Command::Streams(command) => streams::run(command),
        Command::Projections(command) => projections::run(command),
        Command::Sagas(command) => sagas::run(command),
        Command::DeadLetters(command) => letters::run(command),
        Command::Trace(args) => trace::run(args),
    }
}

/// The model of a file or folder; diagnostics are printed where it has errors.
pub(crate) fn loaded(path: &Path) -> Result<Arc<Model>, Failed> {
    let Loaded { model, diagnostics, sources } = annals_model::load(files::architecture(path)?);
    match model {
        Some(model) => Ok(Arc::new(model)),
        None => {
            render::print(&diagnostics, &sources);
            Err(Failed::Diagnosed)
        }
    }
}
