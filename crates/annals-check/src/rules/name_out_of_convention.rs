//! # Name out of its convention
//!
//! ## What it does
//! Finds names that aren't written as their kind is: aggregates, commands, events, sagas, types and
//! rejections in `UpperCamelCase`; services, fields, columns, projections, reactions and steps in
//! `snake_case` (services may have hyphens).
//!
//! ## Why it is bad
//! Names leave the file: they become topics, tables, URLs, Rust types and modules. One convention
//! keeps them recognisable in all of these.
//!
//! ## Example
//! ```yaml
//! events:
//!   order_created: { versions: { 1: { customerId: uuid } } }
//! ```
//!
//! ## Use instead
//! ```yaml
//! events:
//!   OrderCreated: { versions: { 1: { customer_id: uuid } } }
//! ```

use annals_expression::RecordType;
use annals_model::{Aggregate, Model, Problems, Span};

use crate::codes::NAME_OUT_OF_CONVENTION;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    let mut names = Names { problems };
    for service in &model.services {
        names.snake("service", &service.named.name.replace('-', "_"), service.named.span);
    }
    for named in model.types.iter().map(|t| &t.named) {
        names.camel("type", &named.name, named.span);
    }
    for aggregate in &model.aggregates {
        names.aggregate(aggregate);
    }
    for saga in &model.sagas {
        names.camel("saga", &saga.named.name, saga.named.span);
        for step in &saga.steps {
            names.snake("step", &step.named.name, step.named.span);
        }
    }
    for reaction in &model.reactions {
        names.snake("reaction", &reaction.named.name, reaction.named.span);
    }
    for projection in &model.projections {
        names.snake("projection", &projection.named.name, projection.named.span);
        for column in &projection.columns {
            names.snake("column", &column.name, column.span);
        }
    }
}

struct Names<'p> {
    problems: &'p mut Problems,
}

impl Names<'_> {
    fn aggregate(&mut self, aggregate: &Aggregate) {
        self.camel("aggregate", &aggregate.named.name, aggregate.named.span);
        self.fields(&aggregate.state_in_scope, aggregate.named.span);
        for command in &aggregate.commands {
            self.camel("command", &command.named.name, command.named.span);
            self.fields(&command.input, command.named.span);
            for rejection in &command.rejections {
                self.camel("rejection", &rejection.name, rejection.span);
            }
        }
        for event in &aggregate.events {
            self.camel("event", &event.named.name, event.named.span);
            self.fields(&event.latest().fields, event.latest().span);
        }
    }

    fn fields(&mut self, record: &RecordType, span: Span) {
        for field in &record.fields {
            self.snake("field", &field.name, span);
        }
    }

    fn camel(&mut self, kind: &str, name: &str, span: Span) {
        let fits = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('_');
        if !fits {
            self.report(kind, name, "UpperCamelCase", &upper_camel(name), span);
        }
    }

    fn snake(&mut self, kind: &str, name: &str, span: Span) {
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.contains(|c: char| c.is_ascii_uppercase())
            && !name.contains("__");
        if !fits {
            self.report(kind, name, "snake_case", &snake(name), span);
        }
    }

    fn report(&mut self, kind: &str, name: &str, convention: &str, better: &str, span: Span) {
        self.problems
            .warning(
                NAME_OUT_OF_CONVENTION,
                span,
                format!("{kind} '{name}' is not written in {convention}"),
            )
            .cure(format!("write `{better}`"));
    }
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c == '_' || c == '-' {
            previous_lower = false;
            words.push(String::new());
            continue;
        }
        if words.is_empty() || (c.is_ascii_uppercase() && previous_lower) {
            words.push(String::new());
        }
        previous_lower = !c.is_ascii_uppercase();
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn snake(name: &str) -> String {
    words(name).join("_")
}

fn upper_camel(name: &str) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or(String::new(), |c| c.to_ascii_uppercase().to_string() + letters.as_str())
    };
    words(name).into_iter().map(capital).collect()
}
