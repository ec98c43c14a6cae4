//! Which cells there are, and in which order they are measured: rounds over all of them, in each of
//! which the subjects of a bed begin with another one.

use annals_bench_harness::Workload;

use crate::arguments::Arguments;
use crate::bed::{Bed, ENTRIES, Engine, Entry, Role};

/// One subject at one kind of work.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) bed: Bed,
    pub(crate) entry: &'static Entry,
    pub(crate) workload: Workload,
    pub(crate) clients: usize,
}

/// The beds that are asked for.
pub(crate) fn beds(arguments: &Arguments) -> Vec<Bed> {
    let mut beds = Vec::new();
    for &delay_ms in &arguments.delays {
        for engine in [Engine::Embedded, Engine::Postgres] {
            // Four more milliseconds tell nothing new of a store that has one writer.
            let too_slow = engine == Engine::Embedded && delay_ms > 1 && arguments.is_all();
            let wanted = arguments.engines.is_empty() || arguments.engines.contains(&engine);
            if wanted && !too_slow {
                beds.push(Bed { engine, delay_ms });
            }
        }
    }
    beds
}

/// The subjects of a bed in a round.
pub(crate) fn subjects(arguments: &Arguments, bed: Bed, round: usize) -> Vec<&'static Entry> {
    let named = |entry: &&Entry| {
        let names = &arguments.subjects;
        let named = names.iter().any(|it| it == entry.name);
        let wanted = named || names.is_empty() && !entry.role.is_apart();
        entry.engine == bed.engine && wanted
    };
    let mut subjects: Vec<&Entry> = ENTRIES.iter().filter(named).collect();
    let first = round % subjects.len().max(1);
    subjects.rotate_left(first);
    subjects
}

/// The cells of a subject on a bed.
pub(crate) fn cells(arguments: &Arguments, bed: Bed, entry: &'static Entry) -> Vec<Cell> {
    let wanted = |it: &Workload| arguments.workloads.is_empty() || arguments.workloads.contains(it);
    let mut cells = Vec::new();
    for workload in Workload::ALL.into_iter().filter(wanted) {
        for clients in clients(arguments, workload) {
            if makes_sense(entry.role, workload, clients) && is_told(bed, workload) {
                cells.push(Cell { bed, entry, workload, clients });
            }
        }
    }
    cells
}

fn clients(arguments: &Arguments, workload: Workload) -> Vec<usize> {
    match (arguments.clients.as_slice(), workload) {
        // One pass over the log has one reader.
        (_, Workload::ReadLog) => vec![1],
        ([], _) => vec![1, 8, 64, 256],
        (asked, _) => asked.to_vec(),
    }
}

/// A slower disk changes nothing for readers, and large appends are told of by the small ones.
fn is_told(bed: Bed, workload: Workload) -> bool {
    bed.delay_ms == 0 || matches!(workload, Workload::Append(1) | Workload::Handle)
}

fn makes_sense(role: Role, workload: Workload, clients: usize) -> bool {
    match role {
        Role::Ours | Role::Peer | Role::LimitRows => true,
        Role::LimitBare => !workload.reads(),
        Role::LogVariant => workload == Workload::ReadLog,
        Role::Tagged | Role::Conditional | Role::Judged => matches!(workload, Workload::Append(_)),
        Role::Variant | Role::Aside => workload == Workload::Handle,
        Role::LimitAlone => clients == 1 || workload.reads(),
        Role::LimitOfMany => clients > 1 && !workload.reads(),
        Role::LimitOfBulk => clients > 1 && matches!(workload, Workload::Append(10..)),
        Role::LimitGuarded => {
            clients > 1 && matches!(workload, Workload::Append(1) | Workload::Handle)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bed::find;

    #[test]
    fn each_round_begins_with_another_subject() {
        let arguments = Arguments::default();
        let bed = Bed { engine: Engine::Postgres, delay_ms: 0 };
        let first = |round| subjects(&arguments, bed, round)[0].name;
        assert_eq!(
            [first(0), first(1), first(12)],
            ["annals-postgres", "annals-postgres-cached", "annals-postgres"]
        );
    }

    #[test]
    fn every_cell_that_is_measured_has_a_limit() {
        let arguments = Arguments::default();
        for bed in beds(&arguments) {
            let all: Vec<Cell> = subjects(&arguments, bed, 0)
                .into_iter()
                .flat_map(|entry| cells(&arguments, bed, entry))
                .collect();
            for cell in &all {
                let limits = all.iter().filter(|other| {
                    other.entry.role.is_limit(cell.workload)
                        && (other.workload, other.clients) == (cell.workload, cell.clients)
                });
                assert_eq!(limits.count(), 1, "{} {:?}", cell.entry.name, cell.workload);
            }
        }
    }

    #[test]
    fn a_variant_handles_commands_only() {
        let bed = Bed { engine: Engine::Embedded, delay_ms: 0 };
        let entry = find("annals-sqlite-cached").unwrap();
        let cells = cells(&Arguments::default(), bed, entry);
        assert_eq!(cells.iter().map(|cell| cell.clients).collect::<Vec<_>>(), [1, 8, 64, 256]);
    }
}
