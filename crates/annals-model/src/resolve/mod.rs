//! From trees to the resolved model, in passes: names, types, shapes of aggregates, bodies of
//! events and commands, then what reads and sends them. Every pass goes on after a problem; what a
//! problem leaves unknown is looked at no further, so that one mistake is reported once.

mod branch;
mod carry;
mod catalog;
mod choice;
mod command;
mod context;
mod cut;
mod environments;
mod event;
mod formula;
mod lines;
mod literal;
mod merge;
mod position;
mod projection;
mod reaction;
mod saga;
mod send;
mod senders;
mod services;
mod shapes;
mod sql;
mod step;
mod topics;
mod type_forms;
mod types;
mod url;
mod value;

use crate::diagnostic::{Diagnostic, Severity};
use crate::problems::Problems;
use crate::source::{FileId, SourceFile, Sources};
use crate::yaml::{self, Budget, Parsed};
use crate::{Aggregate, Model, Service, readers};

use catalog::{Catalog, Unique};
use context::Context;
use cut::Cut;
use merge::Sections;
use types::Types;

/// What reading a system gives.
#[derive(Debug)]
pub struct Loaded {
    /// The model; `None` if and only if a diagnostic is an error.
    pub model: Option<Model>,
    /// All problems, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that spans point into.
    pub sources: Sources,
}

/// Reads a system from its files, in the order given. All problems are reported in one pass.
pub fn load(files: Vec<SourceFile>) -> Loaded {
    let sources = Sources::new(files);
    let (mut problems, mut budget) = (Problems::default(), Budget::default());
    let parse = |(i, file): (usize, &SourceFile)| {
        let id = FileId(i as u32);
        environments::refuse(id, &sources.0, &mut problems)
            .unwrap_or_else(|| yaml::parse_within(&mut budget, id, &file.text, &mut problems))
    };
    let parsed: Vec<Parsed> = sources.iter().enumerate().map(parse).collect();
    let mut cut = Cut::default();
    parsed.iter().filter(|file| file.cut).for_each(|file| cut.look(&file.root));
    let mut context = Context::new(&sources, problems);
    let sections = merge::merge(&mut context, &parsed, cut.any());
    let model = system(&mut context, &sections, &sources);
    let mut diagnostics = context.problems.into_diagnostics();
    cut.quieten(&mut diagnostics);
    // A reaction's expressions are judged once for each of its events.
    diagnostics.dedup_by(|b, a| (a.place(), a.code, &a.message) == (b.place(), b.code, &b.message));
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert!(failed || model.is_some(), "a model without errors resolves");
    let model = model.filter(|_| !failed);
    Loaded { model, diagnostics, sources }
}

fn system(context: &mut Context<'_>, sections: &Sections<'_>, sources: &Sources) -> Option<Model> {
    let services: Vec<Service> =
        sections.services.iter().map(|entry| services::service(context, entry)).collect();
    let mut catalog = Catalog {
        services: services.iter().map(|service| service.named.name.clone()).collect(),
        services_lost: sections.lost.contains(&"services"),
        aggregates_lost: sections.lost.contains(&"aggregates"),
        ..Catalog::default()
    };
    let (mut types, named_types) =
        Types::resolve(context, &sections.types, sections.lost.contains(&"types"));
    shapes::read(context, &mut types, &sections.aggregates, &mut catalog);
    let aggregates = aggregates(context, &catalog);
    consumers(context, sections);
    let sagas: Vec<_> =
        sections.sagas.iter().map(|entry| saga::resolve(context, &catalog, entry)).collect();
    let reactions: Vec<_> = sections
        .reactions
        .iter()
        .map(|entry| reaction::resolve(context, &catalog, entry))
        .collect();
    let projections: Vec<_> = sections
        .projections
        .iter()
        .map(|entry| projection::resolve(context, &catalog, &mut types, entry))
        .collect();
    let readers =
        readers(projections.iter().flatten(), sagas.iter().flatten(), reactions.iter().flatten());
    let topics = topics::resolve(context, &catalog, &services, &sections.topics, &readers);
    let dead_letters = services::dead_letters(context, sections.dead_letters);
    let (sagas, reactions) = (all(sagas)?, all(reactions)?);
    let aggregates = senders::mark(aggregates?, &sagas, &reactions);
    Some(Model {
        name: sections.name.clone()?,
        edition: sections.edition,
        services,
        types: named_types,
        aggregates,
        sagas,
        reactions,
        projections: all(projections)?,
        topics,
        dead_letters,
        sources: sources.clone(),
    })
}

fn all<T>(items: Vec<Option<T>>) -> Option<Vec<T>> {
    items.into_iter().collect()
}

/// The aggregates, each command with what is written under `public`.
fn aggregates(
    context: &mut Context<'_>,
    catalog: &Catalog<'_>,
) -> Option<Vec<(Aggregate, Vec<Option<bool>>)>> {
    let mut aggregates = Vec::new();
    for shape in &catalog.aggregates {
        let commands: Vec<_> = shape
            .commands
            .iter()
            .map(|command| command::resolve(context, catalog, shape, command))
            .collect();
        let events: Vec<_> =
            shape.events.iter().map(|event| event::resolve(context, shape, event)).collect();
        aggregates.push(assemble(shape, all(commands), all(events)));
    }
    all(aggregates)
}

fn assemble(
    shape: &catalog::AggregateShape<'_>,
    commands: Option<Vec<(crate::Command, Option<bool>)>>,
    events: Option<Vec<crate::Event>>,
) -> Option<(Aggregate, Vec<Option<bool>>)> {
    let (commands, public) = commands?.into_iter().unzip();
    let (id_name, id_type) = shape.id.clone()?;
    let aggregate = Aggregate {
        named: shape.named.clone(),
        service: shape.service.clone()?,
        id_name,
        id_type,
        snapshot_every: shape.snapshot_every,
        state: shape.state.record.clone(),
        state_in_scope: shape.state_in_scope.clone(),
        commands,
        events: events?,
    };
    Some((aggregate, public))
}

/// Consumers have one namespace: checkpoints and dead letters are kept by their names.
fn consumers(context: &mut Context<'_>, sections: &Sections<'_>) {
    let mut unique = Unique::default();
    let kinds = [
        (&sections.sagas, "a saga"),
        (&sections.reactions, "a reaction"),
        (&sections.projections, "a projection"),
    ];
    for (entries, what) in kinds {
        for entry in entries {
            unique.take(context, entry, what);
        }
    }
}
