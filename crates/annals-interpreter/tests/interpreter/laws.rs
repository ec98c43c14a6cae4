//! Laws over random commands, of the order system and of the fixture.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_core::{
    Cell, Decider, Decision, EventView, Failure, RecordedEvent, Row, State, StreamId,
};
use annals_expression::{Key, RecordType, Type};
use annals_interpreter::event_json;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use crate::common::{World, command, lab, orders, recorded, stream};

/// One random command: its stream, its name, its input.
#[derive(Clone, Debug)]
struct Asked(StreamId, Arc<str>, Json);

/// How large random whole numbers are.
#[derive(Clone, Copy)]
enum Numbers {
    /// So small that no sum of a few hundred overflows.
    Small,
    /// As large as the type allows.
    Any,
}

fn ids(type_: &Type) -> [&'static str; 2] {
    match type_ {
        Type::Int(_) => ["7", "999"],
        Type::Uuid => {
            ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
        }
        _ => ["sku-1", "sku-2"],
    }
}

/// JSON that the type admits.
fn of_type(type_: &Type, numbers: Numbers) -> BoxedStrategy<Json> {
    match type_ {
        Type::Bool => any::<bool>().prop_map(Json::from).boxed(),
        Type::Int(limits) => {
            let (least, most) = match numbers {
                Numbers::Small => (-1_000, 10_000),
                Numbers::Any => (i64::MIN, i64::MAX),
            };
            let low = limits.min.unwrap_or(least).max(least);
            let high = limits.max.unwrap_or(most).min(most);
            prop_oneof![Just(low), Just(high), low..=high, Just(1_i64.clamp(low, high))]
                .prop_map(Json::from)
                .boxed()
        }
        Type::Float => (-1e300..1e300).prop_map(Json::from).boxed(),
        Type::Text(_) => select(vec!["", "sku-1", "sku-2", "AQ", "NO", "e\u{301}\"\\\u{0}"])
            .prop_map(Json::from)
            .boxed(),
        Type::Uuid => select(ids(type_).to_vec()).prop_map(|id| json!(id.to_uppercase())).boxed(),
        Type::Time => select(vec!["2026-01-31T08:30:00Z", "0001-01-01T00:00:00+00:00"])
            .prop_map(Json::from)
            .boxed(),
        Type::Date => Just(json!("2026-01-31")).boxed(),
        Type::Duration => select(vec!["90s", "7d", "1us"]).prop_map(Json::from).boxed(),
        Type::Enum(members) => {
            let members: Vec<String> = members.members.iter().map(ToString::to_string).collect();
            select(members).prop_map(Json::from).boxed()
        }
        Type::List(list) => {
            prop::collection::vec(of_type(&list.item, numbers), 0..3).prop_map(Json::from).boxed()
        }
        Type::Record(record) => of_record(record, numbers),
        Type::Optional(inner) => prop_oneof![Just(Json::Null), of_type(inner, numbers)].boxed(),
        Type::Map(_) | Type::Null => Just(json!({})).boxed(),
    }
}

fn of_record(record: &RecordType, numbers: Numbers) -> BoxedStrategy<Json> {
    let names: Vec<String> = record.fields.iter().map(|field| field.name.to_string()).collect();
    let values: Vec<_> = record.fields.iter().map(|f| of_type(&f.type_, numbers)).collect();
    let whole = move |values| Json::Object(names.iter().cloned().zip(values).collect());
    values.prop_map(whole).boxed()
}

/// Random commands of all aggregates, a few instances each.
fn asked(world: &World, numbers: Numbers) -> impl Strategy<Value = Vec<Asked>> + use<> {
    let mut commands = Vec::new();
    for aggregate in &world.model.aggregates {
        for declared in &aggregate.commands {
            let streams = ids(&aggregate.id_type).map(|id| stream(&aggregate.named.name, id));
            let name = declared.named.name.clone();
            let input = of_record(&declared.input, numbers);
            let asked = (select(streams.to_vec()), input)
                .prop_map(move |(stream, input)| Asked(stream, name.clone(), input));
            commands.push(asked.boxed());
        }
    }
    prop::collection::vec(prop::strategy::Union::new(commands), 1..60)
}

/// The states of all streams, and everything that happened.
#[derive(Default)]
struct Run {
    states: BTreeMap<StreamId, (State, u64)>,
    log: Vec<RecordedEvent>,
}

impl Run {
    /// Decides and evolves; nothing happens where either fails.
    fn handle(&mut self, world: &World, Asked(stream, name, input): &Asked) -> Result<(), Failure> {
        let decider = world.decider(&stream.aggregate);
        let initial = || (decider.initial(&stream.id), 0);
        let (mut state, mut version) = self.states.get(stream).cloned().unwrap_or_else(initial);
        let decision = decider.decide(&state, &command(stream, name, input))?;
        let Decision::Events(decided) = decision else { return Ok(()) };
        let mut events = Vec::new();
        for event in decided {
            version += 1;
            let data: Json = serde_json::from_slice(&event.data).expect("an event is JSON");
            let event = recorded(stream, &event.type_.to_string(), &data, version);
            let new = EventView { position: None, ..EventView::from(&event) };
            state = decider.evolve(&state, &new)?;
            events.push(event);
        }
        self.log.extend(events);
        self.states.insert(stream.clone(), (state, version));
        Ok(())
    }
}

/// A failure that names its place in the file.
fn is_placed(failure: &Failure) -> bool {
    let Failure::Evaluation { place, .. } = failure else { return false };
    let mut parts = place.rsplit(':');
    let line_and_column = parts.by_ref().take(2).all(|part| part.parse::<u32>().is_ok());
    line_and_column && parts.next().is_some_and(|path| path.ends_with(".yaml"))
}

fn check_states(world: &World, run: &Run) {
    for (stream, (state, _)) in &run.states {
        let decider = world.decider(&stream.aggregate);
        let bytes = decider.encode(state);
        let again = decider.decode(&stream.id, &bytes).expect("a snapshot is read back");
        assert_eq!(bytes, decider.encode(&again));
        let mut replayed = decider.initial(&stream.id);
        for event in run.log.iter().filter(|event| event.stream == *stream) {
            replayed = decider.evolve(&replayed, &EventView::from(event)).expect("it did before");
        }
        assert_eq!(bytes, decider.encode(&replayed));
        same_answers(world, stream, &replayed, &again);
    }
}

/// A state from a snapshot answers as the one from the log does.
fn same_answers(world: &World, stream: &StreamId, one: &State, other: &State) {
    let decider: &dyn Decider = world.decider(&stream.aggregate);
    for declared in &world.model.aggregate(&stream.aggregate).expect("it is declared").commands {
        if declared.input.fields.is_empty() {
            let command = command(stream, &declared.named.name, &json!({}));
            assert_eq!(decider.decide(one, &command), decider.decide(other, &command));
        }
    }
}

fn check_events(world: &World, run: &Run) {
    for event in &run.log {
        let shown = event_json(&world.model, &EventView::from(event));
        let (type_, data) = shown.expect("it can be read");
        let stored: Json = serde_json::from_slice(&event.event.data).expect("JSON");
        assert_eq!((&type_, &data), (&event.event.type_, &stored));
    }
}

/// Folds all events; rows go through the cells that a store keeps.
fn fold_rows(world: &World, run: &Run) -> Result<(), Failure> {
    for projection in &world.system.projections {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let read: BTreeSet<&str> = projection.reads().iter().map(|name| &**name).collect();
        for event in run.log.iter().filter(|event| read.contains(&*event.event.type_.name)) {
            let view = EventView::from(event);
            let key = projection.key(&view)?;
            let before = rows.get(&format!("{key:?}"));
            let row = projection.fold(&key, before, &view)?;
            assert_eq!(row.len(), projection.table().columns.len());
            for (cell, column) in row.iter().zip(&projection.table().columns) {
                assert!(*cell != Cell::Null || column.optional, "{}", column.name);
            }
            rows.insert(format!("{key:?}"), row);
        }
    }
    Ok(())
}

fn consequences(world: &World, run: &Run) -> Result<(), Failure> {
    for event in &run.log {
        let view = EventView::from(event);
        for reaction in world.system.reactions.iter().filter(|r| r.held().is_none()) {
            reaction.plan(&view)?;
        }
        for saga in &world.system.sagas {
            if saga.definition().start == event.event.type_.name {
                saga.key(&view)?;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn what_the_order_system_decides_it_can_live_with(
        asked in asked(&orders(), Numbers::Small)
    ) {
        let (world, mut run) = (orders(), Run::default());
        for asked in &asked {
            run.handle(&world, asked).expect("within its limits nothing fails");
        }
        check_states(&world, &run);
        check_events(&world, &run);
        fold_rows(&world, &run).expect("every event folds");
    }

    #[test]
    fn numbers_of_any_size_fail_at_a_place(asked in asked(&orders(), Numbers::Any)) {
        any_numbers(&orders(), &asked);
    }

    #[test]
    fn values_of_any_type_fail_at_a_place(asked in asked(&lab(), Numbers::Any)) {
        any_numbers(&lab(), &asked);
    }

    #[test]
    fn floats_survive_snapshots_and_rows(celsius in prop::collection::vec(-1e3..1e3, 1..4)) {
        floats_there_and_back(&lab(), &celsius);
    }

    #[test]
    fn no_input_makes_a_decider_panic(
        input in prop_oneof![Just(json!(null)), any_json()], shaken in any::<prop::sample::Index>()
    ) {
        for world in [orders(), lab()] {
            let aggregate = &world.model.aggregates[shaken.index(world.model.aggregates.len())];
            let decider = world.decider(&aggregate.named.name);
            for declared in &aggregate.commands {
                let bytes = input.to_string().into_bytes();
                let canonical = decider.canonical_input(&declared.named.name, &bytes);
                if let Ok(once) = canonical {
                    let twice = decider.canonical_input(&declared.named.name, &once);
                    assert_eq!(twice, Ok(once));
                }
            }
            let _ = decider.canonical_id(&input.to_string());
            let _ = decider.decode("1", input.to_string().as_bytes());
        }
    }
}

/// States and rows that have been text in between at every step equal those that never were.
fn floats_there_and_back(world: &World, celsius: &[f64]) {
    let (decider, readings) = (world.decider("Probe"), world.projection("probes"));
    let stream = stream("Probe", "7");
    let mut states = [decider.initial("7"), decider.initial("7")];
    let mut rows: [Option<Row>; 2] = [None, None];
    for (version, celsius) in (1..).zip(celsius) {
        let data = json!({ "at": "2026-01-31T08:30:00Z", "celsius": celsius });
        let event = recorded(&stream, "ReadingTaken.v1", &data, version);
        let view = EventView::from(&event);
        states = states.map(|state| decider.evolve(&state, &view).expect("it evolves"));
        states[1] = decider.decode("7", &decider.encode(&states[1])).expect("it is read back");
        let [held, read] = states.each_ref().map(annals_interpreter::state_json);
        assert_eq!(held, read);
        let key = readings.key(&view).expect("it has a key");
        rows = rows.map(|row| Some(readings.fold(&key, row.as_ref(), &view).expect("it folds")));
        assert_eq!(rows[0], rows[1]);
        for cell in rows[1].iter_mut().flatten() {
            if let Cell::Json(text) = cell {
                let json: Json = serde_json::from_str(text).expect("it is JSON");
                *text = json.to_string().into();
            }
        }
        assert_eq!(rows[0], rows[1]);
    }
}

fn any_numbers(world: &World, asked: &[Asked]) {
    let mut run = Run::default();
    for asked in asked {
        if let Err(failure) = run.handle(world, asked) {
            assert!(is_placed(&failure), "{asked:?}: {failure}");
        }
    }
    check_states(world, &run);
    check_events(world, &run);
    for result in [fold_rows(world, &run), consequences(world, &run)] {
        if let Err(failure) = result {
            assert!(is_placed(&failure), "{failure}");
        }
    }
}

/// Documents of the fields that the models have, and of others.
fn any_json() -> impl Strategy<Value = Json> {
    let names = ["sku", "quantity", "amount", "day", "note", "by", "", "at", "celsius", "lines"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".*".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let fields = prop::collection::vec((select(names.to_vec()), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::from),
            fields.prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Json::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

#[test]
fn keys_of_both_kinds_are_values() {
    // What maps are keyed by is what expressions put there.
    let world = lab();
    let stream = stream("Probe", "7");
    let state = world.state(
        &stream,
        &[("Counted.v1", json!({ "day": "mon", "amount": 4 })), ("Halved.v1", json!({ "by": -2 }))],
    );
    let json = annals_interpreter::state_json(&state).expect("the interpreter made it");
    assert_eq!(json["by_day"], json!({ "mon": 4 }));
    assert_eq!(json["by_count"], json!({ Key::Int(-2).to_string(): "Halved.v1" }));
}
