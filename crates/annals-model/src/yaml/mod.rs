//! Strict YAML: a tree with exact byte spans, of one document without anchors, aliases, tags or
//! merge keys, with every key once. Nothing here knows what the language's words mean.

mod brackets;
mod builder;
mod flow;
mod offsets;
mod strict;
mod traps;
mod tree;
mod wording;

pub use builder::{Budget, Parsed, parse, parse_within};
pub use tree::{Entry, Kind, Node, Scalar, SpanMap, Style};
