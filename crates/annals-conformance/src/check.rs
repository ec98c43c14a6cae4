//! What a check is, and what is said of a store that was checked.

use std::fmt;
use std::sync::Arc;

use annals_runtime::ports::{BoxFuture, Store};

/// Nothing, or what is wrong.
pub(crate) type Checked = Result<(), String>;

/// One promise of the ports.
pub struct Check {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// Tries an empty store.
    pub(crate) run: fn(Arc<dyn Store>) -> BoxFuture<'static, Checked>,
}

/// What became of each check.
#[derive(Debug, Default)]
pub struct Report(Vec<(&'static str, Checked)>);

impl Report {
    pub(crate) fn add(&mut self, name: &'static str, checked: Checked) {
        self.0.push((name, checked));
    }

    /// The checks that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, checked)| checked.is_err()).map(|(name, _)| *name).collect()
    }

    /// # Panics
    /// Where a check failed; says all that did, and why.
    pub fn expect_pass(&self) {
        assert!(!self.0.is_empty(), "no check ran");
        assert!(self.failed().is_empty(), "the store breaks promises:\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, checked) in &self.0 {
            match checked {
                Ok(()) => writeln!(f, "kept    {name}")?,
                Err(why) => writeln!(f, "BROKEN  {name}\n        {why}")?,
            }
        }
        Ok(())
    }
}

/// An error where two things differ.
pub(crate) fn same<T: PartialEq + fmt::Debug>(what: &str, got: &T, wanted: &T) -> Checked {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: got {got:?}, wanted {wanted:?}"))
}

/// An error where something doesn't hold.
pub(crate) fn holds(what: &str, is_so: bool) -> Checked {
    is_so.then_some(()).ok_or_else(|| format!("not so: {what}"))
}
