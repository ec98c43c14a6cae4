//! The checks, one a file: a rule, its limit, its message, and a bad example that it must catch.

pub(crate) mod bans;
pub(crate) mod codes;
pub(crate) mod dependencies;
pub(crate) mod direction;
pub(crate) mod effects;
pub(crate) mod functions;
pub(crate) mod header;
pub(crate) mod length;
pub(crate) mod links;
pub(crate) mod places;
pub(crate) mod width;
