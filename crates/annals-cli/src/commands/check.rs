//! `annals check`.

use annals_model::{Loaded, Model};

use crate::cli::CheckArgs;
use crate::exit::{Done, Ended};
use crate::{files, output, render};

pub(crate) fn run(args: &CheckArgs) -> Ended {
    let Loaded { model, mut diagnostics, sources } =
        annals_model::load(files::architecture(&args.file.file)?);
    if let Some(model) = &model {
        diagnostics.extend(annals_check::check(model));
    }
    if args.file.json {
        output::json(&render::json(&diagnostics, &sources));
    } else {
        render::print(&diagnostics, &sources);
        if let (Some(model), true) = (&model, diagnostics.is_empty()) {
            output::line(&format!("{}: {}: nothing found", model.name, contents(model)));
        }
    }
    Ok(if diagnostics.is_empty() { Done::Clean } else { Done::Found })
}

/// What there is in a model, by kind: `1 service, 2 aggregates, …`.
fn contents(model: &Model) -> String {
    let events = model.aggregates.iter().map(|aggregate| aggregate.events.len()).sum();
    [
        (model.services.len(), "service"),
        (model.aggregates.len(), "aggregate"),
        (events, "event"),
        (model.sagas.len(), "saga"),
        (model.reactions.len(), "reaction"),
        (model.projections.len(), "projection"),
    ]
    .map(|(count, kind)| format!("{count} {kind}{}", if count == 1 { "" } else { "s" }))
    .join(", ")
}
