//! `annals demo`: the order system, live, with traffic, failures, a story and the books.

mod books;
mod clock;
mod live;
mod notifications;
mod scale;
mod story;
mod summary;
mod tally;
mod traffic;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_model::{Model, SourceFile};
use annals_runtime::ports::Store;

use crate::cli::DemoArgs;
use crate::exit::{Done, Ended, Failed};
use crate::{live_system, output, stored, stores};

/// The architecture that the demo runs, as it stands in `examples/orders/`.
pub(crate) const ARCHITECTURE: &str =
    include_str!("../../../../../examples/orders/architecture.yaml");

/// Wraps the store that a demo runs on; the product wraps nothing, the proofs wrap faults.
pub type Wrap = fn(Arc<dyn Store>) -> Arc<dyn Store>;

/// Calls outside at once: the demo's service is near.
const CALLS_AT_ONCE: usize = 8;

pub(crate) fn run(args: &DemoArgs, wrap: Wrap) -> Ended {
    if args.print_file {
        output::line(ARCHITECTURE.trim_end());
        return Ok(Done::Clean);
    }
    live_system::wait(CALLS_AT_ONCE, async {
        match &args.audit {
            Some(url) => audit(url, args.json).await,
            None => demo(args, wrap).await,
        }
    })
}

/// The demo's model.
fn model() -> Result<Arc<Model>, Failed> {
    let file =
        SourceFile { path: "examples/orders/architecture.yaml".into(), text: ARCHITECTURE.into() };
    let loaded = annals_model::load(vec![file]);
    loaded.model.map(Arc::new).ok_or_else(|| Failed::System("the embedded model is broken".into()))
}

/// Where a demo keeps its store: where it is told to, or in a folder that goes with it.
struct Place {
    url: String,
    path: PathBuf,
    kept: bool,
    folder: Option<PathBuf>,
}

impl Place {
    fn of(args: &DemoArgs) -> Result<Self, Failed> {
        if let Some(url) = &args.store {
            return Ok(Self {
                url: url.clone(),
                path: stores::path(url)?,
                kept: true,
                folder: None,
            });
        }
        let folder = std::env::temp_dir().join(format!("annals-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failed::System(format!("{}: {error}", folder.display())))?;
        let path = folder.join("demo.db");
        let url = format!("sqlite://{}", path.display());
        Ok(Self { url, path, kept: false, folder: Some(folder) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What can't be removed is left to the system's own cleaning of its temporary folder.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

async fn demo(args: &DemoArgs, wrap: Wrap) -> Ended {
    let place = Place::of(args)?;
    if walk::walk(args, &place, wrap).await? {
        Ok(Done::Clean)
    } else {
        Err(Failed::System("the books don't balance".into()))
    }
}

/// Audits the store of an earlier demo.
async fn audit(url: &str, as_json: bool) -> Ended {
    let store = stores::readable(url).await?;
    let (demos, ran) = (model()?, stored::remembered(&*store).await?);
    if ran.name != demos.name {
        let (ran, demos) = (&ran.name, &demos.name);
        return Err(Failed::Input(format!(
            "the system on this store is {ran}; the demo's books are those of {demos}"
        )));
    }
    let system = annals_interpreter::system(&demos, &|_| None);
    let path: &Path = &stores::path(url)?;
    let lines = books::audit(&*store, &system, &notifications::file_of(path)).await?;
    if as_json {
        output::json(&serde_json::json!({ "books": lines }));
    } else {
        summary::books(&lines);
    }
    if lines.iter().any(|line| line.what == books::ENDED && !line.balances) {
        output::say(&format!("that demo has not ended; this goes on: annals demo --store {url}"));
    }
    if lines.iter().all(|line| line.balances) {
        Ok(Done::Clean)
    } else {
        Err(Failed::System("the books don't balance".into()))
    }
}
