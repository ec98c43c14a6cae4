//! The resolved model: what an architecture file says once every name is bound, every expression is
//! typed and every carry-over is written out. Plain data with spans; no decisions of the designer
//! (defaults are `Option`s here) and nothing that reads YAML.

mod aggregate;
mod formula;
mod meta;
mod process;
mod projection;
mod readers;
mod system;
mod topic_name;

pub use aggregate::*;
pub use formula::*;
pub use meta::{Place, meta_type};
pub use process::*;
pub use projection::*;
pub use readers::{Readers, readers};
pub use system::*;
pub use topic_name::topic_name;
