//! Reactions: what an event causes.

use std::fmt::Write;
use std::sync::Arc;

use annals_core::{CallPlan, EventView, Failure, Plan, ReactionLogic, Refused};
use annals_expression::Value;
use annals_model::{Action, Call, Model, Reaction, Refused as DeclaredRefused, UrlPart};

use crate::events::{self, Events};
use crate::{meta, saga, terms};

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
        let held = missing.map(|variable| {
            format!("{} waits: the environment has no {variable}", reaction.named.name)
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

/// The URL with the environment's values in it; `Err` is the first variable that is missing.
fn url(call: &Call, variables: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut url = String::new();
    for part in &call.url {
        match part {
            UrlPart::Text(text) => url.push_str(text),
            UrlPart::Variable { name, default } => {
                let given = variables(name).filter(|value| !value.is_empty());
                let value = given.or_else(|| default.as_ref().map(ToString::to_string));
                // Writing to a String can't fail.
                let _ = write!(url, "{}", value.ok_or_else(|| name.to_string())?);
            }
        }
    }
    Ok(url)
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
        match self.declared().refused {
            Some(DeclaredRefused::Park) => Refused::Park,
            Some(DeclaredRefused::Ignore) | None => Refused::Ignore,
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
        let in_scope = self.events.in_scope(event)?;
        let mut slots = vec![in_scope.clone(), meta::of_event(event)];
        if let Some(condition) = &handler.condition {
            if !terms::holds(condition, &slots)? {
                return Ok(Plan::Nothing);
            }
        }
        let send = match &handler.action {
            Action::Call(_) => {
                return Ok(match &self.url {
                    Some(url) => Plan::Call(CallPlan {
                        url: url.clone(),
                        type_: self.events.latest(&event.type_.name)?,
                        data: events::json(&in_scope),
                    }),
                    None => Plan::Nothing,
                });
            }
            Action::Send(send) => send,
        };
        let Some(for_each) = &handler.for_each else {
            return Ok(Plan::Send(vec![saga::command(send, &slots)?]));
        };
        let Value::List(items) = terms::formula(&for_each.list, &slots)? else {
            return Ok(Plan::Nothing);
        };
        let mut commands = Vec::with_capacity(items.len());
        for item in items.iter() {
            slots.push(item.clone());
            commands.push(saga::command(send, &slots)?);
            slots.pop();
        }
        Ok(if commands.is_empty() { Plan::Nothing } else { Plan::Send(commands) })
    }
}
