//! Words that carry grammar and no topic: two sentences that share only these have nothing in common.

use super::is_question_word;
use crate::document::Language;

/// The closed word classes of English: articles, pronouns, prepositions, conjunctions, auxiliaries and
/// adverbs of degree and place, with the pieces that contractions leave.
const ENGLISH: &[&str] = &[
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "down",
    "during",
    "each",
    "few",
    "for",
    "from",
    "further",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "itself",
    "just",
    "me",
    "more",
    "most",
    "my",
    "myself",
    "no",
    "nor",
    "not",
    "now",
    "of",
    "off",
    "on",
    "once",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "out",
    "over",
    "own",
    "s",
    "same",
    "she",
    "should",
    "so",
    "some",
    "such",
    "t",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "very",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "you",
    "your",
    "yours",
    "yourself",
];

/// The function words of English, in alphabetical order.
pub(crate) fn english_function_words() -> &'static [&'static str] {
    ENGLISH
}

/// In other languages the words that only ask are left out, and of those written in letters the ones
/// of so few characters: articles, pronouns and prepositions are the shortest words there.
const MAX_FUNCTION_CHARS: usize = 3;

/// Whether a folded word carries no topic.
pub(crate) fn is_function_word(word: &str, language: Language) -> bool {
    match language {
        Language::English => ENGLISH.binary_search(&word).is_ok(),
        _ => {
            is_question_word(word)
                || (word.chars().all(|c| c.is_alphabetic() && !is_syllabic(c))
                    && word.chars().count() <= MAX_FUNCTION_CHARS)
        }
    }
}

/// Characters of scripts in which one or two make a word.
fn is_syllabic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_folded() {
        assert!(ENGLISH.is_sorted());
        assert!(ENGLISH.iter().all(|word| crate::text::fold(word) == *word));
    }

    #[test]
    fn words_without_a_topic_are_known() {
        for (word, language, expected) in [
            ("the", Language::English, true),
            ("said", Language::English, false),
            ("war", Language::English, false),
            ("der", Language::German, true),
            ("mit", Language::German, true),
            ("gleise", Language::German, false),
            ("410", Language::German, false),
            ("東", Language::Other, false),
        ] {
            assert_eq!(is_function_word(word, language), expected, "{word}");
        }
    }
}
