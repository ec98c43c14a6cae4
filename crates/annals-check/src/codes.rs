//! The table of the rules' codes.

use annals_model::{Code, CodeInfo};
