//! Running sections one after another: a header, the seconds, and at the end which of them failed.
//! What a section does is no matter here.

use std::time::Instant;

/// One thing that has to pass.
pub(crate) struct Section<'a> {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// Prints what it does as it does it; answers whether it passed.
    pub(crate) run: Box<dyn FnMut() -> bool + 'a>,
}

/// Runs them all, also behind one that failed, so that one run names everything that is wrong.
pub(crate) fn run(sections: Vec<Section<'_>>) -> bool {
    let mut summary = Vec::new();
    for mut section in sections {
        println!("\n=== {} ===", section.name);
        let started = now();
        let passed = (section.run)();
        let seconds = started.elapsed().as_secs_f64();
        let verdict = if passed { "ok" } else { "FAILED" };
        println!("=== {}: {verdict}, {seconds:.1} s ===", section.name);
        summary.push((section.name, passed));
    }
    let failed: Vec<&str> =
        summary.iter().filter(|(_, passed)| !passed).map(|(name, _)| *name).collect();
    if failed.is_empty() {
        println!("\nall passed: {}", names(&summary).join(", "));
    } else {
        println!("\nFAILED: {} (of {})", failed.join(", "), names(&summary).join(", "));
    }
    failed.is_empty()
}

fn names(summary: &[(&'static str, bool)]) -> Vec<&'static str> {
    summary.iter().map(|(name, _)| *name).collect()
}

#[expect(clippy::disallowed_methods, reason = "seconds for people; nothing is decided by them")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_fails_the_run_and_stops_nothing() {
        let ran = std::cell::RefCell::new(Vec::new());
        let section = |name, passes| Section {
            name,
            run: Box::new({
                let ran = &ran;
                move || {
                    ran.borrow_mut().push(name);
                    passes
                }
            }),
        };
        assert!(!run(vec![section("a", true), section("b", false), section("c", true)]));
        assert_eq!(*ran.borrow(), ["a", "b", "c"]);
        assert!(run(vec![section("d", true)]));
    }
}
