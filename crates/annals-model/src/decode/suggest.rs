//! "Did you mean".

/// The candidate that was most likely meant, if one is near enough: it has a few letters changed,
/// and not all of them, or the word is how it begins.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    let near = |candidate: &'c str| {
        let other = candidate.to_lowercase();
        let distance = strsim::damerau_levenshtein(&lower, &other);
        let shortest = lower.chars().count().min(other.chars().count());
        let close = distance <= 1 + lower.len() / 4 && distance < shortest;
        let begins = shortest >= 3 && other.starts_with(&lower);
        (close || begins).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, c)| c)
}
