//! Numbers with their units: lengths of time, sizes, rates.

use annals_expression::{format_duration, parse_duration};

use crate::codes;
use crate::problems::Problems;
use crate::source::Spanned;
use crate::yaml::Node;

use super::scalars::read;

/// Microseconds of the units that a rate may be by.
const BY: [(&str, i64); 4] =
    [("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

/// A length of time in microseconds, above zero: `7d`, `15m`, `30s`, `500ms`.
pub fn duration(node: &Node, problems: &mut Problems) -> Option<Spanned<i64>> {
    let cure = "write a whole number and its unit, such as 7d, 15m, 30s or 500ms";
    let length = read(node, problems, codes::BAD_DURATION, cure, parse_duration)?;
    if length.value > 0 {
        return Some(length);
    }
    let message = format!("a length of time is above zero, not {}", format_duration(length.value));
    problems.error(codes::BAD_DURATION, node.span, message).cure(cure);
    None
}

/// A size in bytes: `512B`, `256KiB`, `1MiB`, `2GiB`.
pub fn size(node: &Node, problems: &mut Problems) -> Option<Spanned<u64>> {
    let cure = "write a whole number and its unit, such as 512B, 256KiB or 1MiB";
    read(node, problems, codes::BAD_SIZE, cure, |text| {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let shift = match unit {
            "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(1 << shift)
    })
}

/// A rate as a number and the microseconds that it is by: `500/s` is `(500, 1_000_000)`.
pub fn rate(node: &Node, problems: &mut Problems) -> Option<Spanned<(u64, i64)>> {
    let cure = "write a whole number by its unit of time, such as 500/s or 30/m";
    read(node, problems, codes::BAD_RATE, cure, |text| {
        let (number, unit) = text.split_once('/')?;
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let (_, micros) = BY.iter().find(|(name, _)| *name == unit)?;
        digits.then(|| number.parse().ok()).flatten().map(|number| (number, *micros))
    })
}
