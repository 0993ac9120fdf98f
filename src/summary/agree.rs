//! Whether one sentence says what another says, closely enough to be cited for it.

use std::collections::BTreeSet;

use super::claims::value;
use super::function_words::is_function_word;
use super::terms::Terms;
use crate::document::{Document, Language};
use crate::text;

/// Two sentences this alike say the same, if neither numbers nor names nor a "not" tell them apart.
const SAME_COSINE: f32 = 0.6;

/// Words that turn a statement round, folded: English, German, French, Spanish, Portuguese, Italian, Dutch.
const NEGATIONS: [&str; 34] = [
    "not", "no", "never", "nobody", "none", "nothing", "neither", "nor", "without", "cannot",
    "nicht", "kein", "keine", "keinen", "nie", "niemand", "ohne", "pas", "jamais", "aucun",
    "aucune", "sans", "nunca", "ningun", "ninguna", "nadie", "sin", "nao", "sem", "non", "mai",
    "senza", "niet", "geen",
];

/// A sentence as far as agreement goes.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    terms: Terms,
    numbers: BTreeSet<String>,
    /// Words with a capital, the first word included unless it is a function word.
    names: BTreeSet<String>,
    words: BTreeSet<String>,
    is_negated: bool,
}

impl Statement {
    pub(super) fn new(sentence: &str, terms: &Terms, language: Language) -> Statement {
        let mut statement = Statement {
            terms: terms.clone(),
            numbers: BTreeSet::new(),
            names: BTreeSet::new(),
            words: BTreeSet::new(),
            is_negated: false,
        };
        for (position, word) in text::words(sentence)
            .filter_map(|span| span.slice(sentence))
            .enumerate()
        {
            let folded = text::fold(word);
            if let Some(number) = value(word, &folded) {
                statement.numbers.insert(number);
            } else if word.contains(|c: char| c.is_ascii_digit()) {
                statement.numbers.insert(folded);
            } else if NEGATIONS.contains(&folded.as_str()) || is_contracted_not(word) {
                statement.is_negated = !statement.is_negated;
            } else {
                let is_name = position > 0 || !is_function_word(&folded, language);
                if is_name && word.starts_with(char::is_uppercase) {
                    statement.names.insert(folded.clone());
                }
                statement.words.insert(folded);
            }
        }
        statement
    }

    /// Whether `other` may be cited for this sentence: most words are shared, and all its numbers and names
    /// stand there too.
    pub(super) fn is_said_by(&self, other: &Statement) -> bool {
        self.is_like(other)
            && self.numbers.is_subset(&other.numbers)
            && self.names.is_subset(&other.words)
    }

    /// Whether saying both would be saying the same twice: as [`Statement::is_said_by`] one way or the other.
    pub(super) fn repeats(&self, other: &Statement) -> bool {
        self.is_said_by(other) || other.is_said_by(self)
    }

    /// Whether an older sentence leaves nothing new in this one.
    pub(super) fn is_known_from(&self, older: &Statement, cosine: f32, share: f32) -> bool {
        self.is_negated == older.is_negated
            && self.numbers.is_subset(&older.numbers)
            && self.terms.cosine(&older.terms) >= cosine
            && self.terms.share_in(&older.terms) >= share
    }

    fn is_like(&self, other: &Statement) -> bool {
        self.is_negated == other.is_negated && self.terms.cosine(&other.terms) >= SAME_COSINE
    }
}

/// "isn't", "didn’t".
fn is_contracted_not(word: &str) -> bool {
    word.ends_with("n't") || word.ends_with("n’t")
}

/// Whether a document holds a sentence, line breaks and function words aside: an editor who drops an "on"
/// changes nothing that is said.
pub(super) fn holds(document: &Document, sentence: &str) -> bool {
    if document.text.contains(sentence) {
        return true;
    }
    let wanted: Vec<String> = telling_words(sentence, document.language).collect();
    let words: Vec<String> = telling_words(&document.text, document.language).collect();
    !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
}

/// The words of a text without its function words, folded, in text order; what negates stays.
fn telling_words(text: &str, language: Language) -> impl Iterator<Item = String> {
    text::words(text)
        .filter_map(|word| word.slice(text))
        .filter_map(move |word| {
            let folded = text::fold(word);
            let tells = is_contracted_not(word)
                || NEGATIONS.contains(&folded.as_str())
                || !is_function_word(&folded, language);
            tells.then_some(folded)
        })
}

#[cfg(test)]
mod tests {
    use super::super::terms::Lexicon;
    use super::*;

    #[test]
    fn a_source_is_cited_only_for_what_it_says() {
        let mut lexicon = Lexicon::default();
        let mut statement = |text: &str| {
            let terms = lexicon.terms(text, Language::English);
            Statement::new(text, &terms, Language::English)
        };
        for (said, other, expected) in [
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "The owner of the mill, Ross Kane, was arrested on Monday.",
                true,
            ),
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "The owner of the mill, Ross Kane, was not arrested.",
                false,
            ),
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "The owner of the mill, Ross Kane, wasn't arrested.",
                false,
            ),
            (
                "The fire at the mill killed forty workers.",
                "The fire at the mill killed 55 workers.",
                false,
            ),
            (
                "The fire at the mill killed forty workers.",
                "The fire at the mill killed 40 workers.",
                true,
            ),
            (
                "The physics prize was shared by Hopfield and Hinton.",
                "The chemistry prize was shared by Baker and Hassabis.",
                false,
            ),
            (
                "Nordwind promised to buy Polarjet.",
                "Polarjet was what Nordwind promised to buy.",
                true,
            ),
        ] {
            let (said, other) = (statement(said), statement(other));
            assert_eq!(said.is_said_by(&other), expected, "{said:?} {other:?}");
        }
    }
}
