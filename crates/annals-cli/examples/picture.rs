//! Draws what a command printed as an SVG of a terminal: README's picture of the demo is made by
//! `annals demo --exit | cargo run --example picture > docs/demo.svg`.

use std::fmt::Write as _;
use std::io::Read;

/// Columns that are drawn; longer lines end in an ellipsis.
const COLUMNS: usize = 110;
/// Pixels of a column and of a line.
const CELL: (f64, f64) = (7.8, 17.0);
const MARGIN: f64 = 16.0;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines: Vec<&str> = text.trim_matches('\n').lines().collect();
    let width = CELL.0 * COLUMNS as f64 + 2.0 * MARGIN;
    let height = CELL.1 * lines.len() as f64 + 2.0 * MARGIN;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#101418\"/>"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + CELL.1 * (number as f64 + 0.8);
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{y:.1}\" fill=\"{}\" xml:space=\"preserve\">{}</text>",
            colour(line),
            escaped(line)
        );
    }
    svg += "</svg>\n";
    print!("{svg}");
    Ok(())
}

/// What a line tells of decides its colour.
fn colour(line: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| line.contains(word));
    if says(&["  WRONG", "fail", "Failed", "Rejected", "Declined", "turns round"]) {
        "#ff8a80"
    } else if says(&["compensat", "Released", "Refunded", "Cancelled"]) {
        "#ffd27f"
    } else if line.starts_with("  ok") || line.contains("balance") {
        "#9be29b"
    } else if !line.starts_with(' ') {
        "#8ab4f8"
    } else {
        "#d7dde3"
    }
}

fn escaped(line: &str) -> String {
    let mut shown: String = line.chars().take(COLUMNS).collect();
    if line.chars().count() > COLUMNS {
        shown.pop();
        shown.push('…');
    }
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
