//! The rental system: a folder of files, an immediate projection, a reply on a stream, and a
//! timeout that fires.

use serde_json::{Value, json};

use crate::life::{Step, World};

const HOUR: i64 = 3_600_000_000;

const FILES: [(&str, &str); 4] = [
    ("system.yaml", include_str!("../../../../examples/rental/system.yaml")),
    ("tools.yaml", include_str!("../../../../examples/rental/tools.yaml")),
    ("loans.yaml", include_str!("../../../../examples/rental/loans.yaml")),
    ("lending.yaml", include_str!("../../../../examples/rental/lending.yaml")),
];

fn loan(number: &'static str, command: &'static str, input: Value) -> Step {
    Step::Ask("Loan", number, command, input)
}

fn request(number: &'static str, tool: &str) -> Step {
    loan(number, "RequestLoan", json!({ "tool": tool, "member": "ada", "days": 3 }))
}

pub(crate) fn world() -> World {
    let tool = |code, title: &str| {
        let input = json!({ "title": title, "daily_rate_cents": 700 });
        Step::Ask("Tool", code, "RegisterTool", input)
    };
    let script = vec![
        tool("drill", "Drill"),
        tool("saw", "Saw"),
        request("1", "drill"),
        request("2", "saw"),
        Step::Settle,
        request("3", "drill"), // it is out
        request("4", "spade"), // there is none
        Step::Until(HOUR),
        loan("1", "PickUp", json!({})),
        Step::Until(2 * HOUR),
        loan("1", "ReturnTool", json!({})),
        Step::Settle,
        request("5", "drill"),
        // Nobody comes for the saw.
        Step::Until(49 * HOUR),
        loan("2", "PickUp", json!({})),
        // Nor for the drill.
        Step::Until(100 * HOUR),
    ];
    World::new(&FILES, script, &[])
}
