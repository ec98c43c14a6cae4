//! `exists`, `all`, `map`, `filter`. The first two absorb errors as `||` and `&&` do.

use super::{Evaluated, Evaluation, Frame, Frames, unfit};
use crate::ast::Ast;
use crate::functions::Macro;
use crate::value::Value;

impl Evaluation<'_> {
    pub(super) fn each(
        &self,
        kind: Macro,
        over: &Ast,
        guard: Option<&Ast>,
        body: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        let listed = self.look(over, frames)?;
        match &*listed {
            Value::List(items) => self.all_of(kind, items, guard, body, frames),
            Value::Map(map) => {
                let keys: Vec<Value> = map.keys().cloned().map(Value::from).collect();
                self.all_of(kind, &keys, guard, body, frames)
            }
            other => Err(unfit(over.span, "a list or map", other)),
        }
    }

    fn all_of(
        &self,
        kind: Macro,
        items: &[Value],
        guard: Option<&Ast>,
        body: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        match kind {
            Macro::Exists => self.decide(true, items, body, frames),
            Macro::All => self.decide(false, items, body, frames),
            Macro::Map => self.mapped(items, guard, body, frames),
            Macro::Filter => {
                let mut kept = Vec::new();
                for item in items {
                    self.steps.take(1);
                    if self.truth(body, Some(&Frame { value: item, outer: frames }))? {
                        kept.push(item.clone());
                    }
                }
                Ok(Value::list(kept))
            }
        }
    }

    /// One outcome decides for all, whatever the others come to; an error counts where none does.
    fn decide(
        &self,
        decisive: bool,
        items: &[Value],
        body: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        let mut failed = None;
        for item in items {
            self.steps.take(1);
            match self.truth(body, Some(&Frame { value: item, outer: frames })) {
                Ok(outcome) if outcome == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(Value::Bool(!decisive)),
        }
    }

    fn mapped(
        &self,
        items: &[Value],
        guard: Option<&Ast>,
        body: &Ast,
        frames: Frames<'_>,
    ) -> Evaluated<Value> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            self.steps.take(1);
            let frame = Frame { value: item, outer: frames };
            let kept = match guard {
                Some(guard) => self.truth(guard, Some(&frame))?,
                None => true,
            };
            if kept {
                values.push(self.value(body, Some(&frame))?);
            }
        }
        Ok(Value::list(values))
    }
}
