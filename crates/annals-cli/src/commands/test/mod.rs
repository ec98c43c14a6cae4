//! `annals test`: the cases of `*.test.yaml` files, each on a store in memory and a clock of its
//! own.

mod case;
mod codes;
mod expect;
mod facts;
mod names;
mod reader;
mod run;
mod steps;
mod values;

use std::sync::Arc;

use annals_model::yaml::{self, Entry};
use annals_model::{Diagnostic, FileId, Model, Problems, Sources, decode};
use serde_json::json;

use crate::cli::TestArgs;
use crate::commands::loaded;
use crate::exit::{Done, Ended, Failed};
use crate::{files, output, render};
use case::Case;
use names::Names;
use reader::Reader;

pub(crate) fn run(args: &TestArgs) -> Ended {
    let model = loaded(&args.file.file)?;
    let sources = Sources::new(files::tests(&args.file.file)?);
    if sources.iter().next().is_none() {
        return Err(Failed::Input(format!(
            "there is no *.test.yaml beside {}",
            args.file.file.display()
        )));
    }
    let cases = read(&model, &sources)?;
    let chosen: Vec<&Case> = cases
        .iter()
        .filter(|case| args.only.as_ref().is_none_or(|only| case.name.contains(only.as_str())))
        .collect();
    if let (Some(only), true) = (&args.only, chosen.is_empty()) {
        return Err(Failed::Input(format!("no case has '{only}' in its name")));
    }
    let waiting = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failed::System(error.to_string()))?;
    let mut results = Vec::new();
    for case in chosen {
        let failures = waiting.block_on(run::run(&model, case))?;
        if !args.file.json {
            tell(case, &failures);
        }
        results.push((case, failures));
    }
    let failed = results.iter().filter(|(_, failures)| !failures.is_empty()).count();
    let passed = results.len() - failed;
    if args.file.json {
        let cases: Vec<_> = results
            .iter()
            .map(|(case, failures)| {
                json!({ "name": case.name, "passed": failures.is_empty(), "failures": failures })
            })
            .collect();
        output::json(&json!({ "passed": passed, "failed": failed, "cases": cases }));
    } else {
        output::line(&format!("{passed} passed, {failed} failed"));
    }
    Ok(if failed == 0 { Done::Clean } else { Done::Found })
}

fn tell(case: &Case, failures: &[run::Failure]) {
    output::line(&format!(
        "{} {}",
        if failures.is_empty() { "ok    " } else { "FAILED" },
        case.name
    ));
    for failure in failures {
        output::line(&format!("       {}: {}", failure.place, failure.what));
        output::line(&format!("         expected  {}", failure.expected));
        output::line(&format!("         got       {}", failure.got));
    }
}

/// The cases of all files; what is wrong with them is printed.
fn read(model: &Arc<Model>, sources: &Sources) -> Result<Vec<Case>, Failed> {
    let system = annals_interpreter::system(model, &|_| None);
    let (mut cases, mut diagnostics) = (Vec::new(), Vec::new());
    let place = |span| {
        let (path, line, _) = sources.locate(span);
        format!("{path}:{line}")
    };
    for (index, file) in sources.iter().enumerate() {
        let mut problems = Problems::default();
        let root = yaml::parse(FileId(index as u32), &file.text, &mut problems);
        let mistakes = problems.clone().into_diagnostics();
        let entries = decode::entries(&root, "cases", &mut problems);
        let mut reader = Reader {
            model,
            system: &system,
            problems: &mut problems,
            place: &place,
            names: Names::default(),
            whole: false,
        };
        let entries = whole(entries, &mistakes).iter();
        cases.extend(entries.filter_map(|entry| reader.case(entry)));
        diagnostics.extend(problems.into_diagnostics());
    }
    if diagnostics.is_empty() {
        return Ok(cases);
    }
    render::print(&diagnostics, sources);
    Err(Failed::Diagnosed)
}

/// The cases that were read whole: where YAML errs in the last one, or behind it, the file may have
/// ended there, and what lacks in that case is no second mistake.
fn whole<'e>(entries: &'e [Entry], mistakes: &[Diagnostic]) -> &'e [Entry] {
    match entries.split_last() {
        Some((last, before))
            if mistakes.iter().any(|it| it.place().start >= last.key_span.start) =>
        {
            before
        }
        _ => entries,
    }
}
