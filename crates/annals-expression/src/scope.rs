//! The names that an expression may read, in the order of their slots.

use std::sync::Arc;

use crate::types::Type;

/// Names and their types. The order in which they are added is the order in which
/// `Expression::evaluate` expects their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    names: Vec<(Arc<str>, Type)>,
}

impl Scope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// This scope with one more name. A name added twice means the later one.
    #[must_use]
    pub fn with(mut self, name: &str, type_: Type) -> Self {
        self.names.push((Arc::from(name), type_));
        self
    }

    /// The slot and the type of `name`.
    pub fn get(&self, name: &str) -> Option<(usize, &Type)> {
        let slot = self.names.iter().rposition(|(known, _)| &**known == name)?;
        Some((slot, &self.names[slot].1))
    }

    /// All names with their types, in slot order.
    pub fn names(&self) -> &[(Arc<str>, Type)] {
        &self.names
    }
}
