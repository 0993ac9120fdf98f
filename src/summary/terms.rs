//! The topic words of texts, numbered and counted so that texts can be compared.

use rustc_hash::FxHashMap;

use crate::document::Language;
use crate::index::{Analyzer, is_function_word};
use crate::text;

/// The topic words of a sentence as a sparse unit vector of damped counts, by term number.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    weights: Vec<(u32, f32)>,
}

/// Numbers the terms of everything that is to be compared.
#[derive(Default)]
pub(super) struct Lexicon {
    numbers: FxHashMap<String, u32>,
}

impl Lexicon {
    fn number(&mut self, term: String) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(term).or_insert(next)
    }

    /// The topic words of a text.
    pub(super) fn terms(&mut self, text: &str, language: Language) -> Terms {
        self.count(topic_words(text, language).map(|(_, folded)| folded))
    }

    /// The stems of the topic words of a text.
    pub(super) fn stems(&mut self, text: &str, language: Language, analyzer: &Analyzer) -> Terms {
        self.count(topic_words(text, language).flat_map(|(word, _)| analyzer.terms(word)))
    }

    fn count(&mut self, terms: impl Iterator<Item = String>) -> Terms {
        let mut counts: FxHashMap<u32, f32> = FxHashMap::default();
        for term in terms {
            *counts.entry(self.number(term)).or_insert(0.0) += 1.0;
        }
        Terms::of_counts(counts)
    }
}

/// The words of a text that carry a topic, as written and folded.
fn topic_words(text: &str, language: Language) -> impl Iterator<Item = (&str, String)> {
    text::words(text)
        .filter_map(|word| word.slice(text))
        .map(|word| (word, text::fold(word)))
        .filter(move |(_, folded)| !folded.is_empty() && !is_function_word(folded, language))
}

impl Terms {
    fn of_counts(counts: FxHashMap<u32, f32>) -> Terms {
        let mut weights: Vec<(u32, f32)> = counts
            .into_iter()
            .map(|(term, count)| (term, count.ln_1p()))
            .collect();
        weights.sort_unstable_by_key(|(term, _)| *term);
        Terms::normalised(weights)
    }

    fn normalised(mut weights: Vec<(u32, f32)>) -> Terms {
        let norm = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        for (_, weight) in &mut weights {
            *weight /= norm.max(f32::EPSILON);
        }
        Terms { weights }
    }

    /// The same with each word's weight multiplied by its rarity among all.
    pub(super) fn by_rarity(&self, all: &Rarity) -> Terms {
        let weights = self.weights.iter();
        Terms::normalised(
            weights
                .map(|(term, weight)| (*term, weight * all.of(*term)))
                .collect(),
        )
    }

    /// All words of several texts, each once.
    pub(super) fn union<'a>(texts: impl Iterator<Item = &'a Terms>) -> Terms {
        let numbers = texts.flat_map(Terms::numbers);
        Terms::of_counts(numbers.map(|number| (number, 1.0)).collect())
    }

    /// Whether a word is among them.
    pub(super) fn has(&self, number: u32) -> bool {
        let found = self
            .weights
            .binary_search_by_key(&number, |(known, _)| *known);
        found.is_ok()
    }

    /// The words' numbers, ascending.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.weights.iter().map(|(term, _)| *term)
    }

    /// How many different topic words.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// Cosine, 0 to 1; 0 for a text without topic words.
    pub(super) fn cosine(&self, other: &Terms) -> f32 {
        let (mut a, mut b) = (
            self.weights.iter().peekable(),
            other.weights.iter().peekable(),
        );
        let mut dot = 0.0;
        while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
            match left.cmp(right) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    dot += x * y;
                    a.next();
                    b.next();
                }
            }
        }
        dot
    }

    /// Share of this text's topic words that the other has.
    pub(super) fn share_in(&self, other: &Terms) -> f32 {
        let n_shared = self
            .weights
            .iter()
            .filter(|(term, _)| {
                other
                    .weights
                    .binary_search_by_key(term, |(known, _)| *known)
                    .is_ok()
            })
            .count();
        n_shared as f32 / self.len().max(1) as f32
    }
}

/// Texts by their words, to find those that share some with another: an inverted index.
#[derive(Default)]
pub(super) struct TermsIndex {
    n_texts: usize,
    /// For each word the texts that have it, ascending, with its weight there.
    postings: FxHashMap<u32, Vec<(usize, f32)>>,
}

impl TermsIndex {
    /// Adds a text; they are numbered from 0.
    pub(super) fn push(&mut self, terms: &Terms) {
        for (term, weight) in &terms.weights {
            let posting = (self.n_texts, *weight);
            self.postings.entry(*term).or_default().push(posting);
        }
        self.n_texts += 1;
    }

    /// Number and cosine of the texts that share a word with this one, in no order.
    pub(super) fn cosines(&self, terms: &Terms) -> impl Iterator<Item = (usize, f32)> + use<> {
        let mut cosines: FxHashMap<usize, f32> = FxHashMap::default();
        for (term, weight) in &terms.weights {
            for (text, theirs) in self.postings.get(term).into_iter().flatten() {
                *cosines.entry(*text).or_insert(0.0) += weight * theirs;
            }
        }
        cosines.into_iter()
    }
}

/// How rare words are among some texts.
pub(super) struct Rarity {
    n_texts: usize,
    n_with: FxHashMap<u32, usize>,
}

impl Rarity {
    /// Counts the texts that have each word.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a Terms>) -> Rarity {
        let mut rarity = Rarity {
            n_texts: 0,
            n_with: FxHashMap::default(),
        };
        for terms in texts {
            rarity.n_texts += 1;
            for number in terms.numbers() {
                *rarity.n_with.entry(number).or_insert(0) += 1;
            }
        }
        rarity
    }

    /// `ln(1 + (N + 50) / (n + 1))` for a word that `n` of `N` texts have: as if 50 others stood beside them, of
    /// which one has it, so that among three texts none is rare.
    pub(super) fn of(&self, number: u32) -> f32 {
        const OTHERS: usize = 50;
        let n_with = self.n_with.get(&number).copied().unwrap_or(0);
        (1.0 + (self.n_texts + OTHERS) as f32 / (n_with + 1) as f32).ln()
    }
}

/// The mean cosine of each text with all others. Linear: the cosines of one with all add up to its
/// product with the sum of all.
pub(super) fn mean_cosines<'a>(all: impl Iterator<Item = &'a Terms> + Clone) -> Vec<f32> {
    let mut sum: FxHashMap<u32, f32> = FxHashMap::default();
    let mut n = 0usize;
    for terms in all.clone() {
        n += 1;
        for (term, weight) in &terms.weights {
            *sum.entry(*term).or_insert(0.0) += weight;
        }
    }
    let others = n.saturating_sub(1).max(1) as f32;
    all.map(|terms| {
        let own = if terms.len() == 0 { 0.0 } else { 1.0 };
        let product: f32 = terms
            .weights
            .iter()
            .map(|(term, weight)| weight * sum.get(term).copied().unwrap_or(0.0))
            .sum();
        (product - own) / others
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_compared_without_grammar() {
        let mut lexicon = Lexicon::default();
        let mut terms = |text| lexicon.terms(text, Language::English);
        let (a, b, c) = (
            terms("The bridge at Marlow was closed."),
            terms("Marlow closed a bridge"),
            terms("of the and was"),
        );
        assert!((a.cosine(&b) - 1.0).abs() < 1e-6);
        assert_eq!(c.len(), 0);
        assert_eq!(a.cosine(&c), 0.0);
        assert_eq!(c.share_in(&a), 0.0);
    }
}
