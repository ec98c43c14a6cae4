//! The architecture file: from `(path, text)` pairs to a resolved model, or to all that is wrong
//! with them. Pure.
//!
//! A tour: `yaml` reads strict YAML into a tree with exact places; `decode` reads values by what a
//! place asks for; `resolve` binds names, types expressions and writes carry-overs out ([`load`]);
//! `model` is what comes of it ([`Model`]). Problems are data ([`Diagnostic`]), all of them in one
//! pass.

mod codes;
mod codes_resolve;
pub mod decode;
mod diagnostic;
pub mod fingerprint;
mod model;
mod problems;
mod resolve;
mod source;
pub mod yaml;

pub use annals_expression::format_duration;
pub use codes::all_codes;
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use model::*;
pub use problems::{Problems, Report};
pub use resolve::{Loaded, load};
pub use source::{FileId, SourceFile, Sources, Span, Spanned};
