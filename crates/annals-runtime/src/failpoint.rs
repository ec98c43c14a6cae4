//! Places where tests have a process fail. Without the feature `failpoints`, which nothing that
//! users run has, [`failpoint!`](crate::failpoint!) expands to nothing and this is all there is.
//!
//! A place is named after where it is, `sqlite.before-commit`; names are unique, which a test of
//! `annals-faults` reads in the sources. What happens at which place is decided once a process: at
//! the n-th time that it is passed, and at none after that.

/// A place where a test may have the process fail: `failpoint!("sqlite.before-commit", |error|
/// return Err(error.into()))`. Behind the name is what becomes of a passing error there; a place
/// without it can't fail with one, but panic, take long, or be the last thing the process does.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! failpoint {
    ($($place:tt)*) => {};
}

/// A place where a test may have the process fail: `failpoint!("sqlite.before-commit", |error|
/// return Err(error.into()))`. Behind the name is what becomes of a passing error there; a place
/// without it can't fail with one, but panic, take long, or be the last thing the process does.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        let _ = $crate::failpoint::passed($name);
    };
    ($name:literal, |$error:ident| $fail:expr) => {
        if let Some($error) = $crate::failpoint::passed($name) {
            $fail;
        }
    };
}

#[cfg(feature = "failpoints")]
mod armed;

#[cfg(feature = "failpoints")]
pub use armed::{Action, Armed, arm, passed, passes};
