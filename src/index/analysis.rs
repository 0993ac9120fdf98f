//! From words to terms: stem by language, fold, and leave out of a question what asks but does not
//! tell.

use std::collections::BTreeSet;

use frostem::{Algorithm, Stemmer};

use crate::document::Language;
use crate::text;

/// Words longer than this are cut before stemming: no one asks for them, and the term dictionary
/// stays bounded whatever a file holds.
const MAX_TERM_CHARS: usize = 64;

/// Function words that a question is made of. They are left out of a query that has other terms:
/// in a small collection `what` is rare enough to outweigh the words that matter.
const QUESTION_WORDS: &[&str] = &[
    // English
    "a", "about", "am", "an", "and", "are", "as", "at", "be", "been", "being", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how",
    "i", "if", "in", "into", "is", "it", "its", "many", "me", "much", "my", "of", "on", "or",
    "our", "please", "shall", "she", "should", "so", "some", "tell", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "those", "to", "us", "was", "we",
    "were", "what", "when", "where", "which", "while", "who", "whom", "whose", "why", "will",
    "with", "would", "you", "your",
    // German, French, Spanish, Italian, Portuguese, Dutch: articles and question words only
    "der", "die", "das", "wer", "wie", "wann", "wo", "warum", "welche", "welcher", "ist", "hat",
    "le", "la", "les", "un", "une", "qui", "que", "quoi", "quand", "comment", "pourquoi", "est",
    "el", "los", "las", "quien", "cuando", "donde", "como", "cual", "es", "il", "lo", "gli", "chi",
    "che", "quando", "dove", "perche", "e", "os", "quem", "onde", "het", "een", "wie", "wat",
    "wanneer", "waar", "waarom",
];

/// Turns text of one language into index terms, in text order, repeats kept.
pub struct Analyzer {
    stemmer: Option<Stemmer>,
    folds_first: bool,
}

impl Analyzer {
    /// The analyzer for texts of that language.
    pub fn new(language: Language) -> Analyzer {
        Analyzer {
            stemmer: algorithm(language).map(Stemmer::new),
            folds_first: language == Language::English,
        }
    }

    /// The terms of `text`; empty when it has no word.
    pub fn terms(&self, text: &str) -> Vec<String> {
        text::words(text)
            .filter_map(|word| word.slice(text))
            .filter_map(|word| self.term(word))
            .collect()
    }

    fn term(&self, word: &str) -> Option<String> {
        let mut lower = word.to_lowercase();
        if let Some((cut, _)) = lower.char_indices().nth(MAX_TERM_CHARS) {
            lower.truncate(cut);
        }
        // Folded after stemming, since stemmers know their language's accents, but in English: there `Beyoncé` and `Beyonce`
        // are the same and would be cut differently.
        let term = match &self.stemmer {
            Some(stemmer) if self.folds_first => stemmer.stem(&text::fold(&lower)).into_owned(),
            Some(stemmer) => text::fold(&stemmer.stem(&lower)),
            None => text::fold(&lower),
        };
        (!term.is_empty()).then_some(term)
    }
}

/// The distinct terms a question asks for, under the analyzers of all `languages`, sorted.
///
/// A question is too short to tell its language, so each word is analysed in every language the
/// collection has: a document only holds the terms of its own. Question words are left out unless
/// nothing else is there.
pub fn query_terms(question: &str, languages: &[Language]) -> Vec<String> {
    let words: Vec<&str> = text::words(question)
        .filter_map(|word| word.slice(question))
        .collect();
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !is_question_word(word))
        .collect();
    let words = if telling.is_empty() { words } else { telling };
    let terms: BTreeSet<String> = languages
        .iter()
        .map(|language| Analyzer::new(*language))
        .flat_map(|analyzer| {
            words
                .iter()
                .filter_map(move |word| analyzer.term(word))
                .collect::<Vec<_>>()
        })
        .collect();
    terms.into_iter().collect()
}

/// Whether a word only serves to ask.
pub fn is_question_word(word: &str) -> bool {
    QUESTION_WORDS.contains(&text::fold(word).as_str())
}

fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language {
        Language::Arabic => Algorithm::Arabic,
        Language::Danish => Algorithm::Danish,
        Language::Dutch => Algorithm::Dutch,
        Language::English => Algorithm::English,
        Language::Finnish => Algorithm::Finnish,
        Language::French => Algorithm::French,
        Language::German => Algorithm::German,
        Language::Greek => Algorithm::Greek,
        Language::Hungarian => Algorithm::Hungarian,
        Language::Italian => Algorithm::Italian,
        Language::Norwegian => Algorithm::Norwegian,
        Language::Portuguese => Algorithm::Portuguese,
        Language::Romanian => Algorithm::Romanian,
        Language::Russian => Algorithm::Russian,
        Language::Spanish => Algorithm::Spanish,
        Language::Swedish => Algorithm::Swedish,
        Language::Tamil => Algorithm::Tamil,
        Language::Turkish => Algorithm::Turkish,
        Language::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_meet_in_one_term() {
        let english = Analyzer::new(Language::English);
        for (a, b) in [
            ("strikes", "strike"),
            ("Endorsed", "endorse"),
            ("Zelensky's", "zelensky"),
        ] {
            assert_eq!(english.terms(a), english.terms(b));
        }
        let german = Analyzer::new(Language::German);
        assert_eq!(german.terms("Häuser"), german.terms("hauser"));
    }

    #[test]
    fn a_query_keeps_what_tells() {
        assert_eq!(
            query_terms("What did Putin refuse?", &[Language::English]),
            ["putin", "refus"]
        );
    }

    #[test]
    fn a_query_of_question_words_keeps_them() {
        assert_eq!(
            query_terms("who is it?", &[Language::Other]),
            ["is", "it", "who"]
        );
        assert!(query_terms("?!", &[Language::English]).is_empty());
    }

    #[test]
    fn a_query_is_analysed_in_every_language_present() {
        let terms = query_terms("Häuser houses", &[Language::English, Language::German]);
        assert!(terms.contains(&"hous".to_owned()), "{terms:?}");
        assert!(terms.contains(&"haus".to_owned()), "{terms:?}");
    }

    #[test]
    fn endless_words_are_cut() {
        let term = Analyzer::new(Language::English).terms(&"x".repeat(200));
        assert_eq!(term[0].len(), MAX_TERM_CHARS);
    }
}
