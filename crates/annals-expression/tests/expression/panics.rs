//! Whatever the text is, it is read without a panic, and every span lies in it.

use crate::common::{scope, values};
use annals_expression::{Type, compile, compile_for};
use proptest::prelude::*;

fn hold(text: &str) -> Result<(), TestCaseError> {
    for result in [compile(text, &scope()), compile_for(text, &scope(), &Type::text())] {
        match result {
            Ok(expression) => {
                if let Err(error) = expression.evaluate(&values()) {
                    prop_assert!(text.get(error.span.start..error.span.end).is_some());
                }
                // Values of other types, and none at all, are errors and no more.
                let _ = expression.evaluate(&[]);
                let swapped: Vec<_> = values().into_iter().rev().collect();
                let _ = expression.evaluate(&swapped);
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(text.get(problem.span.start..problem.span.end).is_some());
                }
            }
        }
    }
    Ok(())
}

/// Parts that expressions are made of, good ones and traps.
const FRAGMENTS: &str = r#"state input . status lines numbers note limit a f text at wait exists map
    filter all ( ) [ ] { } , : ? x l size has min sum int float date "15m"
    duration "a" ' " \ 1 0 - !
    9223372036854775808 1.5 null true == != < && || + * / % in = // 0x 1u é “ input.a state.lines
    state.limit!=null input.flag reserved"#;

fn fragment() -> impl Strategy<Value = String> {
    let mut known: Vec<&str> = FRAGMENTS.split_whitespace().collect();
    known.extend([" ", " in ", "\n", "\u{0}"]);
    proptest::sample::select(known).prop_map(str::to_owned)
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text(text in any::<String>()) {
        hold(&text)?;
    }

    #[test]
    fn fragments(parts in prop::collection::vec(fragment(), 0..24)) {
        hold(&parts.concat())?;
    }
}
