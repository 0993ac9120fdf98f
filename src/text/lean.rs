//! Which sentences cannot stand alone.

/// Words that point at something said before, when a sentence opens with them.
const POINTERS: [&str; 15] = [
    "he", "she", "it", "they", "his", "her", "its", "their", "this", "that", "these", "those",
    "him", "them", "both",
];

/// Words that may stand before a pointer.
const LINKS: [&str; 5] = ["but", "and", "however", "instead", "so"];

/// Whether a sentence opens with a word that points back, so that it says little on its own. Knows
/// the pointers of English only.
pub fn leans_on_what_precedes(sentence: &str) -> bool {
    let mut words = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    POINTERS.contains(&first.as_str())
        || (LINKS.contains(&first.as_str())
            && words
                .next()
                .is_some_and(|second| POINTERS.contains(&second.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_point_back_are_known() {
        for (sentence, expected) in [
            ("He also backed the pause.", true),
            ("\"It was the second call.\"", true),
            ("But they did not agree.", true),
            ("However, the talks go on.", false),
            ("Heavy rain fell.", false),
            ("Zelensky supported it.", false),
            ("", false),
        ] {
            assert_eq!(leans_on_what_precedes(sentence), expected, "{sentence:?}");
        }
    }
}
