//! `annals check`.

use annals_model::Loaded;

use crate::cli::CheckArgs;
use crate::exit::{Done, Ended};
use crate::{files, output, render};

pub(crate) fn run(args: &CheckArgs) -> Ended {
    let Loaded { model, mut diagnostics, sources } =
        annals_model::load(files::architecture(&args.file.file)?);
    if let Some(model) = &model {
        //CHECK diagnostics.extend(annals_check::check(model));
    }
    if args.file.json {
        output::json(&render::json(&diagnostics, &sources));
    } else {
        render::print(&diagnostics, &sources);
        if let (Some(model), true) = (&model, diagnostics.is_empty()) {
            output::line(&format!(
                "{}: {} services, {} aggregates, {} events, {} sagas, {} reactions, \
                 {} projections: nothing found",
                model.name,
                model.services.len(),
                model.aggregates.len(),
                model.aggregates.iter().map(|aggregate| aggregate.events.len()).sum::<usize>(),
                model.sagas.len(),
                model.reactions.len(),
                model.projections.len(),
            ));
        }
    }
    Ok(if diagnostics.is_empty() { Done::Clean } else { Done::Found })
}
