//! The process that is hurt: `annals-faults-load PLACE RUN MANNER [COMMANDS]`, and what
//! [`annals_faults::sweep`] has fail.

use annals_faults::load::{Load, Manner, run};
use annals_faults::sweep;

const USAGE: &str = "annals-faults-load PLACE RUN \
                     honest|hasty|patient|steady|plain|plain-normal [COMMANDS]";

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [place, run_number, manner, commands @ ..] = arguments.as_slice() else {
        return Err(USAGE.to_owned());
    };
    let number = |text: &String| text.parse().map_err(|_| format!("'{text}' is no number"));
    let swept = sweep::load::Manner::ALL.into_iter().find(|known| known.word() == manner);
    if let Some(manner) = swept {
        return sweep::load::run(place, manner, armed().as_deref());
    }
    let known = Manner::ALL.into_iter().find(|known| known.word() == manner);
    let load = Load {
        run: number(run_number)?,
        manner: known.ok_or(USAGE)?,
        commands: commands.first().map(number).transpose()?,
    };
    run(place, load)
}

#[expect(clippy::disallowed_methods, reason = "what fails is nothing that people give")]
fn armed() -> Option<String> {
    std::env::var(sweep::VARIABLE).ok()
}
