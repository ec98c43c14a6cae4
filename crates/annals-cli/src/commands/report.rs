//! `annals report`.

use serde_json::json;

use crate::cli::ReportArgs;
use crate::commands::loaded;
use crate::exit::{Done, Ended, Failed};
use crate::output;

pub(crate) fn run(args: &ReportArgs) -> Ended {
    let model = loaded(&args.file.file)?;
    let value = if args.summary {
        json!(annals_design::summaries(&model))
    } else {
        serde_json::to_value(annals_design::report(&model))
            .map_err(|error| Failed::System(error.to_string()))?
    };
    output::json(&value);
    Ok(Done::Clean)
}
