//! A relative link in a page leads to a file that is there, and to a heading of it.

use crate::tidy::finding::Finding;
use crate::tidy::house::{File, House};

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let pages = house.files.iter().filter(|file| file.path.ends_with(".md"));
    let mut findings = Vec::new();
    for file in pages.filter(|file| !file.is_under("fixtures")) {
        for (line, target) in targets(file) {
            if let Some(reason) = dead_end(house, file, &target) {
                let cure = "name what is there: paths are read from the page's own folder";
                findings.push(Finding::new(&file.path, line, reason, cure));
            }
        }
    }
    findings
}

/// Why a link leads nowhere.
fn dead_end(house: &House, from: &File, target: &str) -> Option<String> {
    let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
    if is_elsewhere {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { from.path.clone() } else { resolved(from.folder(), path) };
    if path.starts_with("..") || !house.holds(&path) {
        return Some(format!("the link `{target}` leads nowhere"));
    }
    let page = house.file(&path).filter(|page| page.path.ends_with(".md"))?;
    let found = heading.is_empty() || anchors(page).iter().any(|anchor| anchor == heading);
    (!found).then(|| format!("the link `{target}` leads to no heading of {path}"))
}

fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The lines of a page that are no code.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// What `[…](target)` and `[…]: target` lead to.
fn targets(file: &File) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    for (number, line) in prose(file) {
        // Between backticks there is code, and every second part is between two of them.
        let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (_, rest) in text.match_indices("](").map(|(at, mark)| text.split_at(at + mark.len())) {
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            targets.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
        if let Some((_, rest)) = text.strip_prefix('[').and_then(|text| text.split_once("]: ")) {
            targets.push((number, rest.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    targets
}

/// The anchors that headings get where Markdown is rendered.
fn anchors(page: &File) -> Vec<String> {
    let headings = prose(page).filter_map(|(_, line)| {
        let text = line.trim_start_matches('#');
        (text.len() < line.len()).then_some(text.strip_prefix(' ')?)
    });
    headings
        .map(|heading| {
            heading
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_ends_are_found() {
        let page = "\
# The Front: door
[a](docs/a.md) [b](docs/b.md) [here](#the-front-door) [gone](#gone)
[web](https://example.com/x) `[code](nowhere.md)` [folder](docs/) [out](../x.md)
```
[code](nowhere.md)
```
[ref]: docs/c.md
";
        let house = House::with(&[
            ("README.md", page),
            (
                "docs/a.md",
                "## One `thing`\n[up](../README.md#the-front-door) [x](a.md#one-thing)\n",
            ),
            ("docs/d.md", "[x](a.md#two)"),
        ]);
        let found: Vec<(String, usize)> =
            check(&house).into_iter().map(|finding| (finding.path, finding.line)).collect();
        let readme = |line| ("README.md".to_owned(), line);
        let other = ("docs/d.md".to_owned(), 1);
        assert_eq!(found, [readme(2), readme(2), readme(3), readme(7), other]);
    }
}
