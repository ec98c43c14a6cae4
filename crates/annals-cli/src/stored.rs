//! A store as commands that only look at it open it: with the model that ran on it last, which the
//! store remembers, so that no file need be named.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use annals_core::{Decider, Projection, SagaLogic, System};
use annals_model::{Model, SourceFile};
use annals_runtime::ports::Store;
use serde_json::{Value, json};

use crate::exit::Failed;
use crate::stores;

/// The name of the fact that holds the model's files.
const SOURCES_FACT: &str = "annals.sources";

/// A store and the model that ran on it last.
pub(crate) struct Stored {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// The system of that model.
    pub(crate) system: System,
    waiting: tokio::runtime::Runtime,
}

impl Stored {
    /// Opens a store for reading.
    pub(crate) fn open(url: &str) -> Result<Self, Failed> {
        let waiting = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failed::System(error.to_string()))?;
        let store = waiting.block_on(stores::readable(url))?;
        let model = waiting.block_on(remembered(&*store))?;
        let system = annals_interpreter::system(&model, &|_| None);
        Ok(Self { store, system, waiting })
    }

    /// Waits for a future of the store.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.waiting.block_on(future)
    }

    /// The decider of an aggregate.
    pub(crate) fn decider(&self, aggregate: &str) -> Result<&Arc<dyn Decider>, Failed> {
        let found = self.system.deciders.iter().find(|decider| decider.aggregate() == aggregate);
        found.ok_or_else(|| Failed::Input(format!("there is no aggregate named {aggregate}")))
    }

    /// A projection.
    pub(crate) fn projection(&self, name: &str) -> Result<&Arc<dyn Projection>, Failed> {
        let found = self.system.projections.iter().find(|p| &*p.table().name == name);
        found.ok_or_else(|| Failed::Input(format!("there is no projection named {name}")))
    }

    /// That there is an event of that name.
    pub(crate) fn event(&self, name: &str) -> Result<(), Failed> {
        if self.system.shapes.keys().any(|type_| *type_.name == *name) {
            return Ok(());
        }
        Err(Failed::Input(format!("there is no event named {name}")))
    }

    /// That there is a projection, saga or reaction of that name.
    pub(crate) fn consumer(&self, name: &str) -> Result<(), Failed> {
        let System { projections, sagas, reactions, .. } = &self.system;
        if projections.iter().any(|it| *it.table().name == *name)
            || sagas.iter().any(|it| *it.definition().name == *name)
            || reactions.iter().any(|it| it.name() == name)
        {
            return Ok(());
        }
        Err(Failed::Input(format!("there is no projection, saga or reaction named {name}")))
    }

    /// Whether the model has a projection, saga or reaction of that name that follows the log: what
    /// is immediate is no consumer.
    pub(crate) fn runs(&self, name: &str) -> bool {
        let immediate = |it: &Arc<dyn Projection>| it.immediate() && *it.table().name == *name;
        self.consumer(name).is_ok() && !self.system.projections.iter().any(immediate)
    }

    /// The sagas by name.
    pub(crate) fn sagas(&self) -> BTreeMap<Arc<str>, Arc<dyn SagaLogic>> {
        let sagas = self.system.sagas.iter();
        sagas.map(|saga| (saga.definition().name.clone(), saga.clone())).collect()
    }

    /// The projections by name.
    pub(crate) fn projections(&self) -> BTreeMap<Arc<str>, Arc<dyn Projection>> {
        let projections = self.system.projections.iter();
        projections.map(|p| (p.table().name.clone(), p.clone())).collect()
    }
}

/// The model that a store remembers.
pub(crate) async fn remembered(store: &dyn Store) -> Result<Arc<Model>, Failed> {
    let facts = store.facts().await?;
    let Some((_, text)) = facts.iter().find(|(name, _)| name == SOURCES_FACT) else {
        return Err(Failed::System("nothing has run on this store yet".into()));
    };
    let files: Vec<(String, String)> = serde_json::from_str(text)
        .map_err(|error| Failed::System(format!("the store's model can't be read: {error}")))?;
    let files = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let loaded = annals_model::load(files);
    loaded.model.map(Arc::new).ok_or_else(|| {
        Failed::System("the store's model is of an edition that this binary can't read".into())
    })
}

/// The fact by which a store remembers the model that runs on it.
pub(crate) fn sources_fact(model: &Model) -> (String, String) {
    let files: Vec<Value> =
        model.sources.iter().map(|file| json!([&*file.path, &*file.text])).collect();
    (SOURCES_FACT.into(), Value::Array(files).to_string())
}
