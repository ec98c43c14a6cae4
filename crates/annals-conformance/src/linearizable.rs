//! Whether what clients saw of concurrent appends can be put into one order: each operation took
//! effect at one moment between its call and its answer. The checker is Wing and Gong's with Lowe's
//! cache (<https://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/paper.pdf>), stream by
//! stream, since streams are independent (Herlihy and Wing's locality).
//!
//! A stream is modelled as the list of what was appended. An answer that was lost leaves two
//! worlds: it happened at some moment after its call, or it never did.

use std::collections::{BTreeMap, HashSet};

/// What a client asked of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Append `value` where the stream is at `expected`; `None`: wherever it is.
    Append {
        /// The version that it must be at.
        expected: Option<u64>,
        /// What makes it known again; of no two appends the same.
        value: u64,
    },
    /// Read the stream.
    Read,
}

/// What it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Appended, at this version.
    Appended(u64),
    /// Refused: the stream is at this version.
    Conflict(u64),
    /// What the stream holds.
    Values(Vec<u64>),
    /// Nothing: whether it happened isn't known.
    Nothing,
}

/// One operation, on a logical clock that orders calls and answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The stream.
    pub stream: String,
    /// What was asked.
    pub asked: Asked,
    /// When.
    pub called: u64,
    /// What was told.
    pub told: Told,
    /// When. After [`Told::Nothing`] it counts for nothing.
    pub answered: u64,
}

/// Checks a history.
///
/// # Errors
/// The first stream whose operations fit no order, with them.
pub fn check_linearizable(history: &[Operation]) -> Result<(), String> {
    let mut streams: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in history {
        // A read without an answer says nothing.
        if operation.told != Told::Nothing || operation.asked != Asked::Read {
            streams.entry(&operation.stream).or_default().push(operation);
        }
    }
    for (stream, mut operations) in streams {
        operations.sort_by_key(|operation| operation.called);
        if !fits(&operations) {
            let shown: Vec<String> = operations.iter().map(|it| format!("  {it:?}\n")).collect();
            return Err(format!(
                "no order explains what clients of {stream} saw:\n{}",
                shown.concat()
            ));
        }
    }
    Ok(())
}

/// Depth first, without recursion: takes an operation that may come next and whose answer fits,
/// and goes back where none is left. A set of operations that led to a state is tried once.
fn fits(operations: &[&Operation]) -> bool {
    let mut taken = vec![false; operations.len()];
    let mut state: Vec<u64> = Vec::new();
    let mut seen: HashSet<(Vec<bool>, Vec<u64>)> = HashSet::new();
    // Each step: the operation, and whether it appended.
    let mut path: Vec<(usize, bool)> = Vec::new();
    let mut from = 0;
    loop {
        let left = (0..operations.len()).filter(|at| !taken[*at]);
        // What isn't known to have happened need not happen.
        if left.clone().all(|at| operations[at].told == Told::Nothing) {
            return true;
        }
        // Whoever was called after another's answer came after it.
        let answered = |at: usize| match operations[at].told {
            Told::Nothing => u64::MAX,
            _ => operations[at].answered,
        };
        let first_answer = left.clone().map(answered).min().unwrap_or(u64::MAX);
        let mut may = left.filter(|at| *at >= from && operations[*at].called < first_answer);
        let step = may.find_map(|at| {
            let appends = effect(operations[at], &state)?;
            let mut next = state.clone();
            next.extend(appends);
            let mut with = taken.clone();
            with[at] = true;
            seen.insert((with, next)).then_some((at, appends))
        });
        match step {
            Some((at, appends)) => {
                taken[at] = true;
                state.extend(appends);
                path.push((at, appends.is_some()));
                from = 0;
            }
            None => match path.pop() {
                Some((at, appended)) => {
                    taken[at] = false;
                    if appended {
                        state.pop();
                    }
                    from = at + 1;
                }
                None => return false,
            },
        }
    }
}

/// What an operation appends in a state, if it can be told there what it was told.
fn effect(operation: &Operation, state: &[u64]) -> Option<Option<u64>> {
    let version = state.len() as u64;
    match (&operation.asked, &operation.told) {
        (Asked::Read, Told::Values(values)) => (values == state).then_some(None),
        (Asked::Append { expected, value }, told) => {
            let met = expected.is_none_or(|expected| expected == version);
            match told {
                Told::Appended(at) => (met && *at == version + 1).then_some(Some(*value)),
                Told::Conflict(actual) => (!met && *actual == version).then_some(None),
                // Where it would have been refused it changes nothing: as if it never happened.
                Told::Nothing => met.then_some(Some(*value)),
                Told::Values(_) => None,
            }
        }
        (Asked::Read, _) => None,
    }
}

#[cfg(test)]
mod tests;
