//! An article as summaries see it: its sentences, and what is known about each.

use rustc_hash::FxHashMap;

use super::function_words::is_function_word;
use super::model::{Features, N_FEATURES};
use crate::document::{Block, BlockKind, Document, Language, Span};
use crate::neural::{DIMENSIONS, Models, Vector};
use crate::text;

/// Sentences of one article that are looked at; what stands behind them is not summarised. A book has
/// fewer, and 200,000 words are about half.
pub const MAX_SENTENCES: usize = 20_000;

/// Words that a sentence needs, to say something.
const MIN_WORDS: usize = 4;
/// Shortest average line of a sentence that stands on several: below it, the lines are rows of a list
/// or a table and no hard-wrapped prose.
const MIN_LINE_CHARS: usize = 40;

/// One sentence.
pub(super) struct Unit {
    pub(super) span: Span,
    /// Words by [`text::words`], the length that budgets count.
    pub(super) n_words: usize,
    /// Says little without the sentence before it.
    pub(super) leans: bool,
    pub(super) terms: Terms,
    pub(super) vector: Vector,
    pub(super) features: Features,
}

/// The sentences of one article that are prose, in text order.
pub(super) struct Outline {
    pub(super) units: Vec<Unit>,
}

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
        let mut counts: FxHashMap<u32, f32> = FxHashMap::default();
        for word in text::words(text).filter_map(|word| word.slice(text)) {
            let term = text::fold(word);
            if !term.is_empty() && !is_function_word(&term, language) {
                *counts.entry(self.number(term)).or_insert(0.0) += 1.0;
            }
        }
        Terms::of_counts(counts)
    }
}

impl Terms {
    fn of_counts(counts: FxHashMap<u32, f32>) -> Terms {
        let mut weights: Vec<(u32, f32)> = counts
            .into_iter()
            .map(|(term, count)| (term, count.ln_1p()))
            .collect();
        weights.sort_unstable_by_key(|(term, _)| *term);
        let norm = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        for (_, weight) in &mut weights {
            *weight /= norm.max(f32::EPSILON);
        }
        Terms { weights }
    }

    /// How many different topic words.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// Cosine, 0 to 1; 0 for a text without topic words.
    pub(super) fn cosine(&self, other: &Terms) -> f32 {
        let (mut a, mut b) = (self.weights.iter().peekable(), other.weights.iter().peekable());
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

impl Outline {
    /// Reads a document. Linear in its length.
    pub(super) fn new(document: &Document, models: &Models, lexicon: &mut Lexicon) -> Outline {
        let spans = prose(&document.text, &document.blocks);
        let mut units: Vec<Unit> = spans
            .into_iter()
            .map(|span| {
                let text = span.slice(&document.text).unwrap_or_default();
                Unit {
                    span,
                    n_words: text::words(text).count(),
                    leans: leans(text),
                    terms: lexicon.terms(text, document.language),
                    vector: models.embed(text),
                    features: [0.0; N_FEATURES],
                }
            })
            .collect();
        let title = &document.metadata.title;
        let title = (
            lexicon.terms(title, document.language),
            models.embed(title),
        );
        let features = features(document, &units, lexicon.numbers.len(), &title);
        for (unit, features) in units.iter_mut().zip(features) {
            unit.features = features;
        }
        Outline { units }
    }
}

/// The sentences of a document that are prose: no headings, no rows of tables, no scores.
pub(super) fn prose(text: &str, blocks: &[Block]) -> Vec<Span> {
    blocks
        .iter()
        .filter(|block| !matches!(block.kind, BlockKind::Heading(_)))
        .flat_map(|block| text::sentences(text, block.span))
        .filter(|span| span.slice(text).is_some_and(is_prose))
        .take(MAX_SENTENCES)
        .collect()
}

/// Whether a sentence says something in words.
fn is_prose(sentence: &str) -> bool {
    let (mut n_words, mut n_numbers) = (0, 0);
    for word in text::words(sentence).filter_map(|word| word.slice(sentence)) {
        n_words += 1;
        n_numbers += usize::from(word.chars().any(|c| c.is_ascii_digit()));
    }
    let n_lines = sentence.lines().count();
    let is_rows = n_lines > 2 && sentence.chars().count() < n_lines * MIN_LINE_CHARS;
    let is_table = sentence.matches('|').count() > 1;
    n_words >= MIN_WORDS && n_numbers * 5 <= n_words * 2 && !is_rows && !is_table
}

/// Whether a sentence says little without the one before: it opens with a word that points back, or
/// it is all quotation and names no speaker.
fn leans(sentence: &str) -> bool {
    text::leans_on_what_precedes(sentence) || is_bare_quotation(sentence)
}

fn is_bare_quotation(sentence: &str) -> bool {
    let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    let inner = sentence.trim_end_matches(['.', ',']);
    let Some(open) = inner.strip_prefix(is_mark) else {
        return false;
    };
    // A mark inside means that somebody is named between two pieces of quotation.
    match open.find(is_mark) {
        None => true,
        Some(at) => open.get(at..).is_some_and(|rest| rest.chars().count() == 1),
    }
}

/// The features of every sentence, each standardised over the article: an article's own average is
/// what a sentence is measured by. Order as in [`super::model::NAMES`].
fn features(
    document: &Document,
    units: &[Unit],
    n_terms: usize,
    (title_terms, title_vector): &(Terms, Vector),
) -> Vec<Features> {
    let n = units.len();
    let others = n.saturating_sub(1).max(1) as f32;
    let mut term_sum = vec![0f32; n_terms];
    let mut term_counts = vec![0f32; n_terms];
    let mut vector_sum = [0f32; DIMENSIONS];
    for unit in units {
        for (term, weight) in &unit.terms.weights {
            if let (Some(sum), Some(count)) = (
                term_sum.get_mut(*term as usize),
                term_counts.get_mut(*term as usize),
            ) {
                *sum += weight;
                *count += 1.0;
            }
        }
        for (sum, value) in vector_sum.iter_mut().zip(&unit.vector.values) {
            *sum += f32::from(*value) * unit.vector.scale;
        }
    }
    let mut rows: Vec<Features> = units
        .iter()
        .enumerate()
        .map(|(position, unit)| {
            let sentence = unit.span.slice(&document.text).unwrap_or_default();
            let own = if unit.terms.len() == 0 { 0.0 } else { 1.0 };
            let to_sum: f32 = unit
                .terms
                .weights
                .iter()
                .map(|(term, weight)| weight * term_sum.get(*term as usize).unwrap_or(&0.0))
                .sum();
            let familiar: f32 = unit
                .terms
                .weights
                .iter()
                .map(|(term, _)| term_counts.get(*term as usize).map_or(0.0, |n| n.ln()))
                .sum();
            let to_vectors: f32 = unit
                .vector
                .values
                .iter()
                .zip(&vector_sum)
                .map(|(value, sum)| f32::from(*value) * unit.vector.scale * sum)
                .sum();
            let (n_names, n_numbers) = names_and_numbers(sentence);
            [
                (to_sum - own) / others,
                (to_vectors - 1.0) / others,
                familiar / unit.terms.len().max(1) as f32,
                title_terms.share_in(&unit.terms),
                title_vector.cosine(&unit.vector),
                position as f32 / n.max(1) as f32,
                f32::from(u8::from(position == 0)),
                (unit.terms.len() as f32).ln_1p(),
                n_names,
                n_numbers,
                f32::from(u8::from(sentence.contains(['"', '“', '„', '«']))),
                f32::from(u8::from(unit.leans)),
            ]
        })
        .collect();
    for feature in 0..N_FEATURES {
        standardise(&mut rows, feature);
    }
    rows
}

/// Words with a capital inside the sentence, and words with a digit, damped.
fn names_and_numbers(sentence: &str) -> (f32, f32) {
    let (mut n_names, mut n_numbers) = (0.0f32, 0.0f32);
    for (position, word) in text::words(sentence)
        .filter_map(|word| word.slice(sentence))
        .enumerate()
    {
        let is_name = position > 0 && word.starts_with(char::is_uppercase);
        n_names += f32::from(u8::from(is_name));
        n_numbers += f32::from(u8::from(word.contains(|c: char| c.is_ascii_digit())));
    }
    (n_names.ln_1p(), n_numbers.ln_1p())
}

/// Moves one feature to mean 0 and deviation 1 over the article; a constant one becomes 0.
fn standardise(rows: &mut [Features], feature: usize) {
    let n = rows.len().max(1) as f32;
    let values = || rows.iter().filter_map(|row| row.get(feature));
    let mean = values().sum::<f32>() / n;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f32>() / n;
    let deviation = variance.sqrt();
    for row in rows {
        if let Some(value) = row.get_mut(feature) {
            *value = if deviation > 1e-6 {
                (*value - mean) / deviation
            } else {
                0.0
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_scores_are_no_prose() {
        for (sentence, expected) in [
            ("The council voted on Tuesday.", true),
            ("It fell.", false),
            ("Leeds 2 Hull 1", false),
            ("| Team | Won | Lost | and more words |", false),
            ("Arsenal beat Chelsea\nLeeds drew with Hull\nYork lost", false),
            (
                "The council met on Tuesday evening in the hall\nand put off the vote until the new \
                 year because\nseveral of its members were away or ill.",
                true,
            ),
            ("市议会周二决定将表决推迟到明年。", true),
            ("", false),
        ] {
            assert_eq!(is_prose(sentence), expected, "{sentence:?}");
        }
    }

    #[test]
    fn a_quotation_without_a_speaker_leans() {
        for (sentence, expected) in [
            ("\"We will appeal.\"", true),
            ("“We will appeal”.", true),
            ("\"We will appeal,\" said Ms Nair.", false),
            ("\"We\", said Ms Nair, \"will appeal.\"", false),
            ("Ms Nair said: \"We will appeal.\"", false),
            ("\"We will appeal and see what the court makes of it.", true),
            ("", false),
        ] {
            assert_eq!(is_bare_quotation(sentence), expected, "{sentence:?}");
        }
    }

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
