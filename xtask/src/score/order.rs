//! What `cargo xtask score` was asked to do.

use super::Lane;

/// The options.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order<'o> {
    pub(super) nightly: bool,
    pub(super) json: bool,
    pub(super) seed: u64,
    /// None: all.
    pub(super) only: Vec<&'o str>,
}

impl<'o> Order<'o> {
    /// What the program calls it.
    pub(super) fn size(&self) -> &'static str {
        if self.nightly { "nightly" } else { "pr" }
    }

    pub(super) fn asks_for(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.contains(&id)
    }

    /// A lane that nobody knows.
    pub(super) fn unknown(&self, lanes: &[Lane]) -> Option<&'o str> {
        let known = |id: &&str| lanes.iter().any(|lane| lane.id == *id);
        self.only.iter().copied().find(|id| !known(id))
    }
}

/// # Errors
/// What is wrong with the options.
pub(super) fn parse<'o>(options: &[&'o str]) -> Result<Order<'o>, String> {
    let mut order = Order { nightly: false, json: false, seed: 7, only: Vec::new() };
    let mut words = options.iter().copied();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value\n"));
        match word {
            "--nightly" => order.nightly = true,
            "--json" => order.json = true,
            "--only" => order.only.push(value()?),
            "--seed" => {
                let text = value()?;
                let wrong = |_| format!("`--seed {text}`: a seed is a number\n");
                order.seed = text.parse().map_err(wrong)?;
            }
            _ => {
                let usage = "cargo xtask score [--nightly] [--seed N] [--only LANE]… [--json]";
                return Err(format!("usage: {usage}, not `{word}`\n"));
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order() {
        let order = parse(&["--only", "R02", "--nightly", "--seed", "9", "--json"]).unwrap();
        assert_eq!(order, Order { nightly: true, json: true, seed: 9, only: vec!["R02"] });
        assert!(order.asks_for("R02") && !order.asks_for("R01"));
        assert_eq!(order.unknown(&[]), Some("R02"));
        assert!(parse(&[]).unwrap().asks_for("R01"));
    }

    #[test]
    fn what_is_no_option_is_refused() {
        assert!(parse(&["--only"]).unwrap_err().contains("needs a value"));
        assert!(parse(&["--seed", "x"]).unwrap_err().contains("a seed is a number"));
        assert!(parse(&["nightly"]).unwrap_err().contains("usage"));
    }
}
