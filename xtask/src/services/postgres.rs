//! Postgres: up, down and status of one private server. [`programs`] finds what is installed,
//! [`install`] gets it from Debian, [`settings`] is what the server is told, [`folder`] what it
//! keeps, [`process`] reads its pid file, [`session`] asks it, [`server`] starts and stops it. No
//! other service knows of these.

use std::path::Path;

mod folder;
mod install;
mod process;
mod programs;
mod server;
mod session;
mod settings;
#[cfg(all(test, feature = "on-services"))]
mod tests;

use super::Service;
use super::account::Account;
use super::place::Place;
use super::report::{State, Status};
use programs::Programs;
use server::Server;

const NAME: &str = "postgres";

pub(super) const SERVICE: Service =
    Service { name: NAME, variable: "ANNALS_TEST_POSTGRES", missing, up, down, status };

/// What is to be installed before the service can be proven here; nothing where it can.
fn missing() -> Option<String> {
    let least = programs::LEAST;
    let found = programs::find();
    found.is_none().then(|| format!("no Postgres of version {least} or later; {}", install::CURE))
}

fn up(root: &Path) -> Result<Status, String> {
    // The package brings the account along, so it is looked for behind the programs.
    let programs = programs()?;
    let place = Place::of(root, Account::find_or_create()?)?;
    if let Some(note) = &place.note {
        println!("{NAME}: {note}");
    }
    Server::in_place(&place).up(&programs)
}

fn down(root: &Path) -> Result<Status, String> {
    match Account::find()? {
        Some(account) => Server::in_place(&Place::of(root, account)?).down(),
        None => Ok(never_up(root)),
    }
}

fn status(root: &Path) -> Result<Status, String> {
    match Account::find()? {
        Some(account) => Server::in_place(&Place::of(root, account)?).status(),
        None => Ok(never_up(root)),
    }
}

fn programs() -> Result<Programs, String> {
    if let Some(programs) = programs::find() {
        return Ok(programs);
    }
    install::install()?;
    programs::find().ok_or_else(|| {
        format!("{NAME}: the package holds no server of version {} or later", programs::LEAST)
    })
}

/// Without an account to run as, nothing ever ran.
fn never_up(root: &Path) -> Status {
    let folder = root.join("target/services").join(NAME);
    Status { name: NAME, state: State::Down, url: None, folder, version: None }
}
