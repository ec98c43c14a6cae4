//! The process that is killed: `annals-faults-load FILE RUN after|before`.

use annals_faults::load::{Acknowledge, run};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, number, when] = arguments.as_slice() else {
        return Err("annals-faults-load FILE RUN after|before".to_owned());
    };
    let acknowledge = match when.as_str() {
        "after" => Acknowledge::AfterCommit,
        "before" => Acknowledge::BeforeCommit,
        other => return Err(format!("'{other}' is neither after nor before")),
    };
    let number = number.parse().map_err(|_| format!("'{number}' is no number"))?;
    run(path.as_ref(), number, acknowledge)
}
