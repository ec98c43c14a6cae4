//! `cargo xtask tidy`: the house's rules, held by a program. A tour: [`house`] is the tree, read
//! once; [`rust`] walks over the tokens of a file; [`manifest`] reads the sections of a
//! `Cargo.toml`; each rule is a file under `checks/`, and a line of the table below.

use std::path::Path;

mod arrows;
mod checks;
mod finding;
mod house;
mod manifest;
mod rust;

use checks::{
    bans, codes, dependencies, direction, effects, functions, header, length, links, places, width,
};
use finding::Finding;
use house::House;

type Check = fn(&House) -> Vec<Finding>;

/// Every check, in the order in which findings are printed.
const CHECKS: &[(&str, Check)] = &[
    ("length of files", length::check),
    ("length of functions", functions::check),
    ("width of lines", width::check),
    ("headers of modules", header::check),
    ("direction of dependencies", direction::check),
    ("reasons of dependencies", dependencies::check),
    ("ambient effects", effects::check),
    ("fixtures of codes", codes::check),
    ("banned words", bans::check),
    ("links", links::check),
    ("places of this machine", places::check),
];

/// Holds the tree at `root` against every check, prints what it finds, and answers whether it is
/// tidy.
pub(crate) fn run(root: &Path) -> bool {
    let house = match House::read(root) {
        Ok(house) => house,
        Err(reason) => {
            println!("tidy: the tree can't be read: {reason}");
            return false;
        }
    };
    let mut count = 0;
    for (name, check) in CHECKS {
        let findings = check(&house);
        if !findings.is_empty() {
            println!("-- {name}: {}", findings.len());
        }
        for finding in &findings {
            println!("{finding}");
        }
        count += findings.len();
    }
    let median = length::median(&house).map_or(0, |(lines, _)| lines);
    println!(
        "tidy: {} files, {median} lines in the middle one, {} checks, {count} findings",
        house.files.len(),
        CHECKS.len()
    );
    count == 0
}
