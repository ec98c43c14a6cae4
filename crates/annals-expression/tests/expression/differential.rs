//! Whatever is accepted comes to the value that a full CEL gives, and fails where that fails.

use crate::common::scope;
use crate::grammar::{Tape, condition_or_value, slots};
use crate::oracle::{Oracle, same};
use annals_expression::{ProblemCode, compile};
use proptest::prelude::*;

/// Reads one random expression and random values, and asks both.
fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut tape = Tape::new(bytes);
    let slots = slots(&mut tape);
    let text = condition_or_value(&mut tape);
    let expression = match compile(&text, &scope()) {
        Ok(expression) => expression,
        Err(problems) => {
            // The grammar compares any two texts, and divides literals by zero.
            let fine = |code| {
                matches!(
                    code,
                    ProblemCode::ConstantFailure | ProblemCode::TooLarge | ProblemCode::NotAMember
                )
            };
            let all_fine = problems.iter().all(|problem| fine(problem.code));
            prop_assert!(all_fine, "{} is refused: {:?}", text, problems);
            return Ok(());
        }
    };
    let (ours, steps) = expression.evaluate_counted(&slots);
    prop_assert!(steps <= expression.cost(), "{text}: {steps} > {}", expression.cost());
    let theirs = Oracle::new(&slots).evaluate(&text);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            prop_assert!(same(ours, theirs), "{}: {:?} but {:?}", text, ours, theirs);
            let named = expression.type_();
            prop_assert!(crate::oracle::is_of(named, ours), "{}: {:?} isn't {}", text, ours, named);
        }
        (Err(_), Err(_)) => {}
        _ => prop_assert!(false, "{}: {:?} but {:?} with {:?}", text, ours, theirs, slots),
    }
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 6_000, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_full_cel_gives_the_same_value(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        agree(&bytes)?;
    }
}

/// The tables of `values.rs` are what the comparison is worth: each of its kinds is met.
#[test]
fn the_grammar_is_wide() {
    let mut seen = std::collections::BTreeSet::<&str>::new();
    let words = [
        " + ",
        " - ",
        " * ",
        " / ",
        " % ",
        " == ",
        " != ",
        " < ",
        " <= ",
        " > ",
        " >= ",
        " in ",
        " && ",
        " || ",
        "!(",
        " ? ",
        "exists",
        "all(",
        "map(",
        "filter(",
        "size(",
        "contains",
        "startsWith",
        "endsWith",
        "int(",
        "float(",
        "string(",
        "sum(",
        "min(",
        "max(",
        "has(",
        "date(",
        "duration(",
        "timestamp(",
        "null",
        "[",
        "{",
    ];
    let mut state: u64 = 7;
    let (mut failed, mut fine) = (0, 0);
    for _ in 0..3_000 {
        let bytes: Vec<u8> = (0..400)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let mut tape = Tape::new(&bytes);
        let slots = slots(&mut tape);
        let text = condition_or_value(&mut tape);
        seen.extend(words.iter().filter(|word| text.contains(**word)));
        if let Ok(expression) = compile(&text, &scope()) {
            if expression.evaluate(&slots).is_ok() { fine += 1 } else { failed += 1 }
        }
    }
    assert_eq!(seen.len(), words.len(), "{seen:?}");
    assert!(fine > 1_000, "only {fine} came to a value");
    assert!(failed > 100, "only {failed} failed");
}

#[test]
fn the_oracle_can_disagree() {
    let theirs = Oracle::new(&crate::common::values()).evaluate("input.a + 1").expect("a value");
    assert!(same(&annals_expression::Value::Int(8), &theirs));
    assert!(!same(&annals_expression::Value::Int(9), &theirs));
    assert!(!same(&annals_expression::Value::Float(8.0), &theirs));
}
