//! The lanes that have a process fail at each place of the sources that is marked for it.

use super::{Run, caught};
use crate::laws::Stores;
use crate::server::Server;
use crate::sweep::load::Manner;
use crate::sweep::sites::{self, Site};
use crate::sweep::{ACTIONS, Plan, Report, campaign};

/// Crates whose places only stores of theirs pass, by the names of those stores.
const OWNERS: [(&str, &str); 2] = [("annals-sqlite", "SQLite"), ("annals-postgres", "Postgres")];

pub(super) fn missing() -> Option<&'static str> {
    let without = "it needs a build with the feature `failpoints`";
    (!cfg!(feature = "failpoints")).then_some(without)
}

pub(super) fn pg_missing() -> Option<&'static str> {
    missing().or_else(Server::missing)
}

/// Processes swept at once, each on stores of its own.
const SIDE_BY_SIDE: [&str; 3] = ["one", "two", "three"];

/// Those that such stores pass.
fn sites_of(stores: &[Stores]) -> Result<Vec<Site>, String> {
    let theirs = |store: &str| stores.iter().all(|it| it.name() == store);
    let others =
        |site: &Site| OWNERS.iter().any(|(owner, store)| site.owner == *owner && !theirs(store));
    Ok(sites::all()?.into_iter().filter(|site| !others(site)).collect())
}

fn plan<'a>(run: &'a Run, stores: &'a [Stores], sites: &'a [Site]) -> Plan<'a> {
    let (program, seeds, seed) = (run.load.as_path(), run.size.of(1, 3), run.seed);
    // A file has one process; nobody waits for one that stands still.
    let alone = stores.iter().all(|it| it.name() == "SQLite");
    let (actions, manner) = (&ACTIONS[..ACTIONS.len() - usize::from(alone)], Manner::First);
    Plan { program, stores, sites, actions, seeds, first: 0, seed, manner }
}

fn swept(run: &Run, stores: &[Stores]) -> Result<String, String> {
    let Report { sites, failures, restarts, acknowledged, longest } =
        campaign(&plan(run, stores, &sites_of(stores)?))?;
    let beside = match longest.as_millis() {
        0 => String::new(),
        ms => format!("; beside a process that stood still another one committed within {ms} ms"),
    };
    Ok(format!(
        "{failures} failures at {sites} places, all of which were passed; {restarts} restarts, \
         {acknowledged} commands acknowledged{beside}"
    ))
}

/// A process that acknowledges too early, a store that forgets its answers, and a place that
/// nobody passes.
fn broken(run: &Run, stores: &[Stores]) -> Result<String, String> {
    let named = |name: &str| [Site { owner: String::new(), name: name.to_owned(), fails: true }];
    let site = named("batcher.before-commit");
    // Some end before a command is sent that the first start hadn't done.
    let (actions, manner) = (&["abort"], Manner::Hasty);
    let hasty = campaign(&Plan { actions, manner, seeds: 16, ..plan(run, stores, &site) });
    let hasty = caught("acknowledging before the commit", hasty, "acknowledged, and is lost")?;
    let site = named("batcher.behind-commit");
    let (actions, manner, first) = (&["error"], Manner::Forgetful, 100);
    let forgetful = campaign(&Plan { actions, manner, first, ..plan(run, stores, &site) });
    let forgetful = caught("forgotten outcomes", forgetful, "Command {")?;
    let site = named("nobody.passes");
    let nobody = campaign(&Plan { first: 200, ..plan(run, stores, &site) });
    let nobody = caught("a place that nobody passes", nobody, "is never passed")?;
    Ok(format!("{hasty}, {forgetful}, {nobody}"))
}

fn files(run: &Run) -> Result<[Stores; 3], String> {
    let folders = SIDE_BY_SIDE.map(|name| run.folder.join(name));
    folders.iter().try_for_each(|folder| super::make(folder))?;
    Ok(folders.map(Stores::Sqlite))
}

fn server(run: &Run, name: &str) -> Result<Stores, String> {
    Ok(Stores::Postgres(Server::make(&run.folder.join(name), &[])?))
}

pub(super) fn sqlite(run: &Run) -> Result<String, String> {
    swept(run, &files(run)?)
}

pub(super) fn sqlite_broken(run: &Run) -> Result<String, String> {
    broken(run, &files(run)?)
}

pub(super) fn pg(run: &Run) -> Result<String, String> {
    let servers: Result<Vec<_>, _> = SIDE_BY_SIDE.iter().map(|name| server(run, name)).collect();
    swept(run, &servers?)
}

pub(super) fn pg_broken(run: &Run) -> Result<String, String> {
    broken(run, &[server(run, SIDE_BY_SIDE[0])?])
}
