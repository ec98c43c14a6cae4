//! The lanes of laws that hold of every store: those that need nothing, and with `pg_` before their
//! names those that need a Postgres of their own.

use annals_conformance::Fault;

use super::{Run, caught};
use crate::ambiguous;
use crate::laws::{Stores, as_in_memory, one_order};
use crate::server::Server;

/// What needs nothing to be installed.
fn embedded(run: &Run) -> [Stores; 2] {
    [Stores::Memory, Stores::Sqlite(run.folder.clone())]
}

fn postgres(run: &Run) -> Result<[Stores; 1], String> {
    Ok([Stores::Postgres(Server::make(&run.folder.join("server"), &[])?)])
}

/// Which law, by which its stores are tried.
type Law = fn(&Stores, u64, Option<Fault>) -> Result<(), String>;

fn all(stores: &[Stores], law: Law, seeds: u64, what: &str) -> Result<String, String> {
    stores.iter().try_for_each(|stores| law(stores, seeds, None))?;
    let names: Vec<_> = stores.iter().map(Stores::name).collect();
    Ok(format!("{seeds} {what} each on {}", names.join(", ")))
}

/// Must be caught within five seeds on each store.
fn none(stores: &[Stores], law: Law, fault: Fault, how: &str) -> Result<String, String> {
    for stores in stores {
        caught(&format!("{fault:?} on {}", stores.name()), law(stores, 5, Some(fault)), how)?;
    }
    Ok(format!("{fault:?}"))
}

const HISTORIES: &str = "histories of 8 clients, 16,000 operations";
const NO_ORDER: &str = "seed";

pub(super) fn orders(run: &Run) -> Result<String, String> {
    all(&embedded(run), one_order, run.size.of(5, 50), HISTORIES)
}

pub(super) fn orders_broken(run: &Run) -> Result<String, String> {
    none(&embedded(run), one_order, Fault::IgnoresVersions, NO_ORDER)
}

pub(super) fn pg_orders(run: &Run) -> Result<String, String> {
    let said = all(&postgres(run)?, one_order, run.size.of(5, 50), HISTORIES)?;
    Ok(format!("{said}, divided among 4 stores of one log"))
}

pub(super) fn pg_orders_broken(run: &Run) -> Result<String, String> {
    none(&postgres(run)?, one_order, Fault::IgnoresVersions, NO_ORDER)
}

const CALLS: &str = "histories of 120 random calls";

fn differences(stores: &[Stores]) -> Result<String, String> {
    let faults = [Fault::IgnoresVersions, Fault::TearsUnits, Fault::IgnoresConditions];
    let caught: Result<Vec<String>, String> =
        faults.into_iter().map(|fault| none(stores, as_in_memory, fault, "step")).collect();
    Ok(caught?.join(", "))
}

pub(super) fn models(run: &Run) -> Result<String, String> {
    let [_, sqlite] = embedded(run);
    all(&[sqlite], as_in_memory, run.size.of(100, 10_000), CALLS)
}

pub(super) fn models_broken(run: &Run) -> Result<String, String> {
    let [_, sqlite] = embedded(run);
    differences(&[sqlite])
}

pub(super) fn pg_models(run: &Run) -> Result<String, String> {
    all(&postgres(run)?, as_in_memory, run.size.of(20, 1_000), CALLS)
}

pub(super) fn pg_models_broken(run: &Run) -> Result<String, String> {
    differences(&postgres(run)?)
}

fn ambiguous_on(
    stores: &[Stores],
    run: &Run,
    commands: u64,
    forgets: bool,
) -> Result<String, String> {
    let mut said = Vec::new();
    for stores in stores {
        let place = &stores.place(0);
        let report =
            ambiguous::campaign(ambiguous::Plan { place, commands, seed: run.seed, forgets });
        let name = stores.name();
        let report = report.map_err(|why| format!("{name}: {why}"))?;
        let ambiguous::Report { commands, failures, repeated } = report;
        said.push(format!(
            "{name}: {commands} commands twice, {failures} failures told, {repeated} of them \
             had been done"
        ));
    }
    Ok(said.join("; "))
}

fn forgetful_on(stores: [Stores; 1], run: &Run) -> Result<String, String> {
    caught("forgotten outcomes", ambiguous_on(&stores, run, 1_000, true), "has two answers")
}

pub(super) fn lost_answers(run: &Run) -> Result<String, String> {
    ambiguous_on(&embedded(run), run, run.size.of(10_000, 100_000), false)
}

pub(super) fn forgetful(run: &Run) -> Result<String, String> {
    let [memory, sqlite] = embedded(run);
    forgetful_on([memory], run).and_then(|_| forgetful_on([sqlite], run))
}

pub(super) fn pg_lost_answers(run: &Run) -> Result<String, String> {
    ambiguous_on(&postgres(run)?, run, run.size.of(5_000, 100_000), false)
}

pub(super) fn pg_forgetful(run: &Run) -> Result<String, String> {
    forgetful_on(postgres(run)?, run)
}
