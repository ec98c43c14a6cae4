//! What is generated from a model or from the language itself, one output a file. Pure: text and
//! JSON out, nothing is written here.

mod language;

pub use language::language_schema;
