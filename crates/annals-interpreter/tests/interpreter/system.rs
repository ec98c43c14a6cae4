//! What the runtime is told of the whole, and when a fingerprint changes.

use std::fmt::Write;

use crate::common::{World, lab, orders, world_of};

#[test]
fn the_order_system() {
    let world = orders();
    let system = &world.system;
    let mut text = format!("{}: {:?}\n", system.name, system.retries);
    writeln!(text, "letters are kept {} days", system.letter_retention_us / 86_400_000_000)
        .unwrap();
    for decider in &system.deciders {
        let every = decider.snapshot_every();
        writeln!(text, "{}: snapshots every {every:?}", decider.aggregate()).unwrap();
    }
    for (type_, shape) in &system.shapes {
        assert!(shape.contains(&type_.to_string()), "{shape}");
        writeln!(text, "{}", shape.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap();
    }
    insta::assert_snapshot!(text);
}

fn changed(from: &str, to: &str) -> World {
    let text = lab().model.sources.iter().next().expect("one file").text.clone();
    assert!(text.contains(from), "{from}");
    world_of("lab.yaml".into(), text.replacen(from, to, 1), &|_| None)
}

fn fingerprints(world: &World) -> Vec<(String, String)> {
    let system = &world.system;
    let deciders = system.deciders.iter().map(|d| (d.aggregate().into(), d.fingerprint().into()));
    let projections =
        system.projections.iter().map(|p| (p.table().name.to_string(), p.fingerprint().into()));
    let sagas = system.sagas.iter().map(|saga| {
        (saga.definition().name.to_string(), saga.definition().fingerprint.to_string())
    });
    deciders.chain(projections).chain(sagas).collect()
}

#[test]
fn fingerprints_change_with_what_they_stand_for() {
    let before = fingerprints(&lab());
    assert!(before.iter().all(|(_, hash)| hash.len() == 32));
    let changes = |from: &str, to: &str| {
        let after = fingerprints(&changed(from, to));
        let pairs = before.iter().zip(&after).filter(|(a, b)| a.1 != b.1);
        pairs.map(|((name, _), _)| name.clone()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(changes("# Every kind", "# Any kind"), "");
    assert_eq!(
        changes("labels: { list: text, max: 2 }", "labels: { list: text, max: 9 }"),
        "Probe"
    );
    assert_eq!(changes("row.amount + event.amount", "row.amount - event.amount"), "days");
    assert_eq!(changes("amount: 1 }", "amount: 2 }"), "Storing");
    assert_eq!(changes("wait: 90s", "wait: 91s"), "Probe, probes, by_date");
}
