//! The command line of `cargo xtask services` as data. It does nothing.

use super::SERVICES;

const USAGE: &str = "usage: cargo xtask services up|down|status [SERVICE]… [--json with status]";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Up,
    Down,
    Status,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) verb: Verb,
    /// Empty: all.
    pub(super) names: Vec<&'static str>,
    pub(super) json: bool,
}

/// # Errors
/// What is wrong, and what there is.
pub(super) fn parse(options: &[&str]) -> Result<Order, String> {
    let (verb, rest) = match options {
        ["up", rest @ ..] => (Verb::Up, rest),
        ["down", rest @ ..] => (Verb::Down, rest),
        ["status", rest @ ..] => (Verb::Status, rest),
        _ => return Err(format!("{USAGE}\n")),
    };
    let mut order = Order { verb, names: Vec::new(), json: false };
    for word in rest {
        if *word == "--json" && verb == Verb::Status {
            order.json = true;
        } else if word.starts_with('-') {
            return Err(format!("`{word}` isn't known here\n{USAGE}\n"));
        } else {
            order.names.push(known(word)?);
        }
    }
    Ok(order)
}

fn known(word: &str) -> Result<&'static str, String> {
    let names: Vec<&'static str> = SERVICES.iter().map(|service| service.name).collect();
    names
        .iter()
        .find(|name| **name == word)
        .copied()
        .ok_or_else(|| format!("`{word}`: there is no such service. Known: {}\n", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let order = |verb, names, json| Ok(Order { verb, names, json });
        assert_eq!(parse(&["up"]), order(Verb::Up, vec![], false));
        assert_eq!(parse(&["down", "postgres"]), order(Verb::Down, vec!["postgres"], false));
        assert_eq!(parse(&["status", "--json"]), order(Verb::Status, vec![], true));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(parse(&[]).unwrap_err().contains("up|down|status"));
        assert!(parse(&["restart"]).is_err());
        assert!(parse(&["up", "oracle"]).unwrap_err().contains("Known: postgres"));
        assert!(parse(&["up", "--json"]).unwrap_err().contains("`--json` isn't known here"));
        assert!(parse(&["status", "--yaml"]).is_err());
    }
}
