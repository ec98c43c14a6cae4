//! Reactions: what an event causes.

use std::sync::Arc;

use annals_core::{CallPlan, EventView, Failure, Plan, ReactionLogic, Refused, Upcaster};
use annals_model::{Action, Call, Model, Reaction, Refused as DeclaredRefused, UrlPart};

use crate::events::Events;
use crate::failures::place;
use crate::{saga, terms};

/// One reaction, interpreted.
pub(crate) struct InterpretedReaction {
    model: Arc<Model>,
    index: usize,
    events: Arc<Events>,
    on: Vec<Arc<str>>,
    /// The URL that it calls, complete.
    url: Option<Arc<str>>,
    held: Option<String>,
}

impl InterpretedReaction {
    pub(crate) fn new(
        model: &Arc<Model>,
        index: usize,
        events: &Arc<Events>,
        variables: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let reaction = &model.reactions[index];
        let call = reaction.on.iter().find_map(|handler| match &handler.action {
            Action::Call(call) => Some(call),
            Action::Send(_) => None,
        });
        let resolved = call.map(|call| url(call, variables));
        let (url, missing) = match resolved {
            Some(Ok(url)) => (Some(url.into()), None),
            Some(Err(missing)) => (None, Some(missing)),
            None => (None, None),
        };
        let held = missing.map(|variables| {
            let name = &reaction.named.name;
            format!("{name} waits: the environment has no {}", variables.join(" and no "))
        });
        Self {
            model: model.clone(),
            index,
            events: events.clone(),
            on: reaction.on.iter().map(|handler| handler.event.clone()).collect(),
            url,
            held,
        }
    }

    fn declared(&self) -> &Reaction {
        &self.model.reactions[self.index]
    }
}

/// The URL with the environment's values in it; `Err` are the variables that are missing. An empty
/// one counts as missing, as in the shell's `${NAME:-default}`.
fn url(call: &Call, variables: &dyn Fn(&str) -> Option<String>) -> Result<String, Vec<String>> {
    let mut url = String::new();
    let mut missing = Vec::new();
    for part in &call.url {
        match part {
            UrlPart::Text(text) => url.push_str(text),
            UrlPart::Variable { name, default } => {
                let given = variables(name).filter(|value| !value.is_empty());
                match given.or_else(|| default.as_ref().map(ToString::to_string)) {
                    Some(value) => url.push_str(&value),
                    None if missing.iter().any(|known: &String| **known == **name) => {}
                    None => missing.push(name.to_string()),
                }
            }
        }
    }
    if missing.is_empty() { Ok(url) } else { Err(missing) }
}

impl ReactionLogic for InterpretedReaction {
    fn name(&self) -> &str {
        &self.declared().named.name
    }

    fn on(&self) -> &[Arc<str>] {
        &self.on
    }

    fn after_us(&self) -> Option<i64> {
        self.declared().after_us
    }

    fn unless(&self) -> &[Arc<str>] {
        &self.declared().unless
    }

    fn refused(&self) -> Refused {
        // Nothing is written only where no rejection is declared; one that comes all the same is
        // kept.
        match self.declared().refused {
            Some(DeclaredRefused::Ignore) => Refused::Ignore,
            Some(DeclaredRefused::Park) | None => Refused::Park,
        }
    }

    fn held(&self) -> Option<&str> {
        self.held.as_deref()
    }

    fn plan(&self, event: &EventView<'_>) -> Result<Plan, Failure> {
        let handlers = &self.declared().on;
        let Some(handler) = handlers.iter().find(|handler| handler.event == event.type_.name)
        else {
            return Ok(Plan::Nothing);
        };
        let slots = self.events.slots(event)?.to_vec();
        if let Some(condition) = &handler.condition
            && !terms::holds(condition, &slots)?
        {
            return Ok(Plan::Nothing);
        }
        let send = match &handler.action {
            Action::Call(call) => {
                // Whoever runs it doesn't ask a held reaction; doing nothing would drop the event.
                let url = self.url.clone().ok_or_else(|| Failure::Evaluation {
                    place: place(&self.model, call.span),
                    reason: self.held.clone().unwrap_or_default(),
                })?;
                let (type_, data) = self.events.upcast(event)?;
                return Ok(Plan::Call(CallPlan { url, type_, data }));
            }
            Action::Send(send) => send,
        };
        let Some(for_each) = &handler.for_each else {
            return Ok(Plan::Send(vec![saga::command(send, &slots)?]));
        };
        let commands = saga::commands(for_each, send, slots)?;
        Ok(if commands.is_empty() { Plan::Nothing } else { Plan::Send(commands) })
    }
}
