//! Carry-over by name and type: what is written wins, what isn't written comes from a field of the
//! same name, and what has no source is a problem.

use std::sync::Arc;

use annals_expression::{Field, RecordType, Type, Value};

use crate::codes_resolve as codes;
use crate::source::Span;
use crate::yaml::Entry;
use crate::{Assignment, Term};

use super::context::{Context, field_names, field_type, suggest};
use super::formula::{Env, carried};
use super::value;

/// Where fields that nobody wrote may come from.
pub(crate) enum Source<'a> {
    /// The fields of a record in scope under that name.
    Record(&'static str, &'a RecordType),
    /// One value: its name, its type, the expression for it.
    One(&'a str, &'a Type, &'a str),
}

impl Source<'_> {
    fn get(&self, name: &str) -> Option<(&Type, String)> {
        match self {
            Self::Record(root, record) => {
                field_type(record, name).map(|type_| (type_, format!("{root}.{name}")))
            }
            Self::One(one, type_, text) => (*one == name).then(|| (*type_, (*text).to_owned())),
        }
    }
}

/// What a target is filled from.
pub(crate) struct Filling<'a> {
    /// The target as a sentence names it: "the event `OrderPlaced`".
    pub(crate) what: String,
    /// The target's fields.
    pub(crate) target: &'a RecordType,
    /// What is written, by field.
    pub(crate) written: Vec<&'a Entry>,
    /// What may be carried over.
    pub(crate) source: Source<'a>,
    /// What the source is called: "the input".
    pub(crate) source_name: &'a str,
    /// The construct that causes the carry-over.
    pub(crate) span: Span,
    /// An optional field without a source is null (an upcaster's: old events lack it).
    pub(crate) null_where_optional: bool,
}

/// One assignment for every field of the target, in its order.
pub(crate) fn fill(
    context: &mut Context<'_>,
    filling: &Filling<'_>,
    env: &Env,
) -> Option<Vec<Assignment>> {
    let mut good = known(context, filling);
    let mut assignments = Vec::with_capacity(filling.target.fields.len());
    for field in &filling.target.fields {
        let written = filling.written.iter().find(|entry| entry.key == field.name);
        let term = match written {
            Some(entry) => value::term(context, &entry.value, &field.type_, env),
            None => carry(context, filling, field, env),
        };
        good &= term.is_some();
        assignments.extend(term.map(|term| Assignment {
            field: field.name.clone(),
            type_: field.type_.clone(),
            term,
            span: written.map_or(filling.span, |entry| entry.key_span),
        }));
    }
    good.then_some(assignments)
}

/// Whether every written field is one of the target's.
fn known(context: &mut Context<'_>, filling: &Filling<'_>) -> bool {
    let mut good = true;
    for entry in &filling.written {
        if field_type(filling.target, &entry.key).is_none() {
            good = false;
            unknown(context, entry, &filling.what, filling.target);
        }
    }
    good
}

/// Complains about a written field that the target doesn't have.
pub(crate) fn unknown(context: &mut Context<'_>, entry: &Entry, what: &str, target: &RecordType) {
    if target.has_lost(&entry.key) {
        return;
    }
    let message = format!("{what} has no field `{}`", entry.key);
    let cure = suggest(&entry.key, field_names(target), "declare the field, or take this away");
    context.problems.error(codes::UNKNOWN_TARGET, entry.key_span, message).cure(cure);
}

fn carry(
    context: &mut Context<'_>,
    filling: &Filling<'_>,
    field: &Field,
    env: &Env,
) -> Option<Term> {
    let found = filling.source.get(&field.name);
    if let Some((type_, text)) = &found
        && field.type_.admits(type_)
    {
        return carried(context, text, filling.span, env).map(Term::Formula);
    }
    if found.is_none() && filling.null_where_optional && matches!(field.type_, Type::Optional(_)) {
        return Some(Term::Literal(Value::Null));
    }
    let lost = matches!(filling.source, Source::Record(_, source) if source.has_lost(&field.name));
    if env.blind || lost {
        return None;
    }
    let asked = field.type_.name();
    let message = match &found {
        Some((type_, _)) => format!(
            "`{}` of {} has no source: {} has a `{}`, but it is {}, not {asked}",
            field.name,
            filling.what,
            filling.source_name,
            field.name,
            type_.name(),
        ),
        None => format!("`{}` of {} has no source", field.name, filling.what),
    };
    let cure = cure(filling, field, found.is_some());
    context.problems.error(codes::NO_SOURCE, filling.span, message).cure(cure);
    None
}

/// What could give the field: a near name, a new field, or a written value.
fn cure(filling: &Filling<'_>, field: &Field, other_type: bool) -> String {
    let (name, asked) = (&field.name, field.type_.name());
    if other_type {
        return format!("write `{name}: …`, a value of type {asked}");
    }
    if let Source::Record(root, record) = filling.source {
        let fits = record.fields.iter().filter(|f| field.type_.admits(&f.type_));
        let near = crate::decode::nearest(name, fits.map(|f| &*f.name));
        if let Some(near) = near {
            return format!("write `{name}: ={root}.{near}`, or give both the same name");
        }
        return format!(
            "write `{name}: …`, or give {} a field `{name}: {asked}`",
            filling.source_name
        );
    }
    format!("write `{name}: …`, a value of type {asked}")
}

/// Assignments for those fields of the target that nobody wrote and that the source has by name
/// and type; no field needs a source. A field of the same name and another type is warned of.
pub(crate) fn carry_some<'a>(
    context: &mut Context<'_>,
    target: impl Iterator<Item = (&'a Arc<str>, &'a Type)>,
    source: (&'static str, &RecordType),
    span: Span,
    what: &str,
    env: &Env,
) -> Vec<Assignment> {
    let (root, record) = source;
    let mut assignments = Vec::new();
    for (name, type_) in target {
        let Some(from) = field_type(record, name) else { continue };
        if !type_.admits(from) {
            let message = format!(
                "`{name}` isn't carried over: it is {} in the {root} and {} in {what}",
                from.name(),
                type_.name(),
            );
            let cure = format!("write `{name}: …`, or give one of them another name");
            context.problems.warning(codes::NOT_CARRIED, span, message).cure(cure);
            continue;
        }
        let text = format!("{root}.{name}");
        let term = carried(context, &text, span, env).map(Term::Formula);
        assignments.extend(term.map(|term| Assignment {
            field: name.clone(),
            type_: type_.clone(),
            term,
            span,
        }));
    }
    assignments
}
