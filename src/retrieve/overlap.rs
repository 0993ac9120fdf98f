//! Words in common: between a question and a text, and between two texts.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

use crate::document::{Document, Language, Passage};
use crate::index::{self, Analyzer};
use crate::text;

/// The question's terms in each language that occurs among the candidates, weighted by rarity
/// there: `ln(1 + N / (1 + n))` for a term in `n` of `N` candidate passages.
///
/// Statistics of the candidates, not of a collection, so that hits of several collections can be
/// compared.
pub(super) struct TermWeights {
    languages: BTreeMap<Language, (Analyzer, Vec<(String, f32)>)>,
}

impl TermWeights {
    pub(super) fn new<'a>(
        question: &str,
        candidates: impl Iterator<Item = (&'a Document, &'a Passage)> + Clone,
    ) -> TermWeights {
        let present: BTreeSet<Language> = candidates.clone().map(|(d, _)| d.language).collect();
        let mut languages: BTreeMap<Language, (Analyzer, Vec<(String, f32)>)> = present
            .into_iter()
            .map(|language| {
                let terms = index::query_terms(question, &[language]);
                let terms = terms.into_iter().map(|term| (term, 0.0)).collect();
                (language, (Analyzer::new(language), terms))
            })
            .collect();
        let mut n_candidates = 0.0f32;
        for (document, passage) in candidates {
            n_candidates += 1.0;
            if let Some((analyzer, terms)) = languages.get_mut(&document.language) {
                let text = passage.span.slice(&document.text).unwrap_or_default();
                let held = term_set(analyzer, &[&document.metadata.title, text]);
                for (term, count) in terms {
                    *count += f32::from(u8::from(held.contains(term)));
                }
            }
        }
        for (_, terms) in languages.values_mut() {
            for (_, weight) in terms {
                *weight = (1.0 + n_candidates / (1.0 + *weight)).ln();
            }
        }
        TermWeights { languages }
    }

    /// Share of the question's weight held by `text` or the document's title, 0 to 1, and the terms
    /// found, sorted.
    pub(super) fn coverage(&self, document: &Document, text: &str) -> (f32, Vec<String>) {
        self.held(document, &[&document.metadata.title, text])
    }

    /// As [`TermWeights::coverage`], for the text alone.
    pub(super) fn sentence_coverage(&self, document: &Document, sentence: &str) -> f32 {
        self.held(document, &[sentence]).0
    }

    fn held(&self, document: &Document, texts: &[&str]) -> (f32, Vec<String>) {
        let Some((analyzer, terms)) = self.languages.get(&document.language) else {
            return (0.0, Vec::new());
        };
        let held = term_set(analyzer, texts);
        let total: f32 = terms.iter().map(|(_, weight)| weight).sum();
        let matched: Vec<&(String, f32)> = terms
            .iter()
            .filter(|(term, _)| held.contains(term))
            .collect();
        // Not `sum`, which makes -0 of nothing.
        let shared = matched.iter().fold(0.0, |sum, (_, weight)| sum + weight);
        let share = shared / total.max(f32::EPSILON);
        (
            share,
            matched.iter().map(|(term, _)| term.clone()).collect(),
        )
    }
}

fn term_set(analyzer: &Analyzer, texts: &[&str]) -> FxHashSet<String> {
    texts.iter().flat_map(|text| analyzer.terms(text)).collect()
}

/// The runs of three folded words of a text, hashed: a fingerprint that survives small edits.
pub(crate) struct Shingles {
    hashes: FxHashSet<u64>,
}

/// Words of one shingle.
const SHINGLE_WORDS: usize = 3;
/// Two passages repeat each other when this share of the shorter one's shingles is in the other.
/// Wire copies with a changed word or a cut sentence stay above it, separate reports of one event
/// far below.
const REPEAT_SHARE: f32 = 0.7;
/// A text of fewer shingles is too short to be called a copy.
const MIN_SHINGLES: usize = 8;

impl Shingles {
    pub(crate) fn new(text: &str) -> Shingles {
        let words: Vec<String> = text::words(text)
            .filter_map(|word| word.slice(text).map(text::fold))
            .collect();
        let hashes = words
            .windows(SHINGLE_WORDS)
            .map(|run| {
                let mut hasher = FxHasher::default();
                run.hash(&mut hasher);
                hasher.finish()
            })
            .collect();
        Shingles { hashes }
    }

    /// Whether the two texts say the same in nearly the same words.
    pub(crate) fn repeats(&self, other: &Shingles) -> bool {
        let shorter = self.hashes.len().min(other.hashes.len());
        if shorter < MIN_SHINGLES {
            return false;
        }
        let shared = self.hashes.intersection(&other.hashes).count();
        shared as f32 >= REPEAT_SHARE * shorter as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Collection, DocumentId, DocumentRef, Metadata, Span};

    const WIRE: &str = "The reactor was shut down on Saturday evening after four decades of \
        service, the operator said, and the last fuel rods will be removed by the end of the year.";

    fn repeats(a: &str, b: &str) -> bool {
        Shingles::new(a).repeats(&Shingles::new(b))
    }

    #[test]
    fn a_text_with_none_of_the_terms_covers_0_and_not_minus_0() {
        let text = "The ferry sank.";
        let document = Document {
            id: DocumentId(1),
            reference: DocumentRef {
                collection: Collection::Local,
                number: 1,
            },
            metadata: Metadata::default(),
            language: Language::English,
            text: text.to_owned(),
            blocks: Vec::new(),
        };
        let passage = Passage {
            span: Span::new(0, text.len()),
            sentences: Vec::new(),
            heading: None,
        };
        let weights = TermWeights::new("herring?", [(&document, &passage)].into_iter());
        let (share, matched) = weights.coverage(&document, text);
        assert!(share == 0.0 && share.is_sign_positive() && matched.is_empty());
    }

    #[test]
    fn a_copy_with_a_changed_word_repeats() {
        assert!(repeats(WIRE, &WIRE.replace("Saturday", "Friday")));
        assert!(repeats(WIRE, &WIRE.to_uppercase()));
        assert!(repeats(WIRE, &format!("BERLIN (Wire) {WIRE} More later.")));
    }

    #[test]
    fn another_report_of_the_event_does_not() {
        assert!(!repeats(
            WIRE,
            "After forty years the plant's operator took the reactor off the grid for good on \
             Saturday. Fuel is to be gone before January, a spokesman told reporters in the evening."
        ));
        assert!(!repeats("Too short.", "Too short."));
    }
}
