//! "Did you mean": the known word nearest to a misspelt one.

/// The word of `known` that `word` was most likely meant to be, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let word = plain(word);
    known
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &plain(candidate)),
                *candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_mistakes_and_nothing_else() {
        let known = ["base", "publish-refs", "head-file"];
        assert_eq!(nearest("publish_refs", &known), Some("publish-refs"));
        assert_eq!(nearest("pubish-ref", &known), Some("publish-refs"));
        assert_eq!(nearest("bsae", &known), Some("base"));
        assert_eq!(nearest("timeout", &known), None);
    }
}
