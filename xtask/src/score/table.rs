//! The scorecard, as text and as JSON.

use crate::json::quoted;

/// What is said of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// It could not be run here.
    NotProven,
}

/// A lane that was run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) seconds: f64,
    /// What was done in numbers, how it failed, or why it can't be run.
    pub(super) tried: String,
    /// Whether the broken doubles were caught, and which.
    pub(super) canaries: Option<(bool, String)>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Card {
    pub(super) commit: String,
    pub(super) size: &'static str,
    pub(super) seed: u64,
    pub(super) rows: Vec<Row>,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotProven => "not proven here",
        }
    }
}

/// For people: what is scored.
pub(super) fn head(commit: &str, size: &str, seed: u64) -> String {
    format!("commit {commit}, size {size}, seed {seed}\n\n")
}

/// A lane: a line for the verdict, one for what was done, one for the doubles.
pub(super) fn lines(row: &Row) -> String {
    let Row { id, name, verdict, seconds, tried, canaries } = row;
    let word = verdict.word();
    if *verdict == Verdict::NotProven {
        return format!("{id:<6}  {name:<18} {word}: {tried}\n");
    }
    let mut text = format!("{id:<6}  {name:<18} {word} in {seconds:.1} s\n        {tried}\n");
    if let Some((caught, canaries)) = canaries {
        let word = if *caught { "caught" } else { "canary FAILED" };
        text += &format!("        {word}: {canaries}\n");
    }
    text
}

/// How many of each.
pub(super) fn foot(rows: &[Row]) -> String {
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let [passed, failed, unproven] =
        [Verdict::Passed, Verdict::Failed, Verdict::NotProven].map(count);
    format!("\n{passed} passed, {failed} failed, {unproven} not proven here\n")
}

/// For programs: one document, on one line.
pub(super) fn json(card: &Card) -> String {
    let row = |row: &Row| {
        let Row { id, name, verdict, seconds, tried, canaries } = row;
        let canaries = canaries.as_ref().map_or("null".to_owned(), |(caught, text)| {
            format!(r#"{{"caught":{caught},"what":{}}}"#, quoted(text))
        });
        format!(
            r#"{{"id":{},"name":{},"verdict":{},"seconds":{seconds:.1},"tried":{},"canaries":{}}}"#,
            quoted(id),
            quoted(name),
            quoted(&verdict.word().to_lowercase()),
            quoted(tried),
            canaries,
        )
    };
    let rows: Vec<String> = card.rows.iter().map(row).collect();
    format!(
        "{{\"commit\":{},\"size\":{},\"seed\":{},\"lanes\":[{}]}}\n",
        quoted(&card.commit),
        quoted(card.size),
        card.seed,
        rows.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        let row = |id: &str, verdict, canaries| Row {
            id: id.to_owned(),
            name: "kill".to_owned(),
            verdict,
            seconds: 1.26,
            tried: "9 kills".to_owned(),
            canaries,
        };
        let caught = Some((true, "a double".to_owned()));
        let rows = vec![
            row("R01", Verdict::Passed, caught.clone()),
            row("R02", Verdict::Failed, caught),
            row("R03", Verdict::NotProven, None),
        ];
        Card { commit: "abc".to_owned(), size: "pr", seed: 7, rows }
    }

    #[test]
    fn people_read_a_table() {
        let expected = "\
commit abc, size pr, seed 7

R01     kill               passed in 1.3 s
        9 kills
        caught: a double
R02     kill               FAILED in 1.3 s
        9 kills
        caught: a double
R03     kill               not proven here: 9 kills

1 passed, 1 failed, 1 not proven here
";
        let Card { commit, size, seed, rows } = card();
        let lines: String = rows.iter().map(lines).collect();
        assert_eq!(head(&commit, size, seed) + &lines + &foot(&rows), expected);
    }

    #[test]
    fn programs_read_json() {
        let mut card = card();
        card.rows.drain(1..);
        let expected = concat!(
            r#"{"commit":"abc","size":"pr","seed":7,"lanes":[{"id":"R01","name":"kill","#,
            r#""verdict":"passed","seconds":1.3,"tried":"9 kills","#,
            r#""canaries":{"caught":true,"what":"a double"}}]}"#,
            "\n"
        );
        assert_eq!(json(&card), expected);
    }
}
