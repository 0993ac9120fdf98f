//! An article as summaries see it: its sentences, and what is known about each.

use std::ops::Range;

use super::agree::Statement;
use super::model::{Features, N_FEATURES};
use super::prose::{leans, names_a_speaker, prose};
use super::terms::{Lexicon, Terms, mean_cosines};
use crate::document::{Document, Span};
use crate::index::Analyzer;
use crate::neural::{DIMENSIONS, Models, Vector};
use crate::text;

/// One sentence.
pub(super) struct Unit {
    pub(super) span: Span,
    /// Words by [`text::words()`], the length that budgets count.
    pub(super) n_words: usize,
    /// Says little without the sentence before it.
    pub(super) leans: bool,
    /// Nothing stands between it and the sentence before, which can be brought along.
    pub(super) follows: bool,
    /// Begins or ends within a quotation that reaches over several sentences.
    begins_within: bool,
    ends_within: bool,
    /// What it says, to be compared with other articles.
    pub(super) statement: Statement,
    pub(super) terms: Terms,
    /// The same words, stemmed.
    pub(super) stems: Terms,
    pub(super) vector: Vector,
    pub(super) features: Features,
}

/// The sentences of one article that are prose, in text order.
pub(super) struct Outline {
    pub(super) units: Vec<Unit>,
}

impl Outline {
    /// Reads a document. Linear in its length.
    pub(super) fn new(document: &Document, models: &Models, lexicon: &mut Lexicon) -> Outline {
        let sentences = prose(&document.text, &document.blocks);
        let analyzer = Analyzer::new(document.language);
        let mut end = 0;
        let mut units: Vec<Unit> = sentences
            .into_iter()
            .map(|sentence| {
                let span = sentence.span;
                let text = span.slice(&document.text).unwrap_or_default();
                let terms = lexicon.terms(text, document.language);
                let between = document.text.get(end..span.start).unwrap_or_default();
                end = span.end;
                Unit {
                    span,
                    n_words: text::words(text).count(),
                    leans: leans(text, document.language),
                    follows: !between.contains(char::is_alphanumeric),
                    begins_within: sentence.begins_within,
                    ends_within: sentence.ends_within,
                    statement: Statement::new(text, &terms, document.language),
                    terms,
                    stems: lexicon.stems(text, document.language, &analyzer),
                    vector: models.embed(text),
                    features: [0.0; N_FEATURES],
                }
            })
            .collect();
        // Where the last sentence of a quotation names the speaker, the first needs nobody before it.
        for position in 0..units.len() {
            let Some(quotation) = quotation(&units, position).filter(|q| q.start == position)
            else {
                continue;
            };
            let has_speaker = units
                .get(quotation.end - 1)
                .filter(|_| quotation.len() > 1)
                .and_then(|unit| unit.span.slice(&document.text))
                .is_some_and(names_a_speaker);
            if let (Some(unit), true) = (units.get_mut(position), has_speaker) {
                let text = unit.span.slice(&document.text).unwrap_or_default();
                unit.leans = text::leans_on_what_precedes(text, document.language);
            }
        }
        let title = lexicon.terms(&document.metadata.title, document.language);
        let features = features(document, &units, &title);
        for (unit, features) in units.iter_mut().zip(features) {
            unit.features = features;
        }
        Outline { units }
    }
}

impl Unit {
    /// Whether another sentence has the beginning or the end of the quotation that this one stands in.
    pub(super) fn is_torn(&self) -> bool {
        self.begins_within || self.ends_within
    }
}

/// The sentences that a quotation reaches over, which only make sense together: of a sentence that is not
/// torn itself alone. `None` if one of them is missing.
pub(super) fn quotation(units: &[Unit], position: usize) -> Option<Range<usize>> {
    let (mut first, mut last) = (position, position);
    while units.get(first)?.begins_within {
        if !units.get(first)?.follows {
            return None;
        }
        first = first.checked_sub(1)?;
    }
    while units.get(last)?.ends_within {
        last += 1;
        if !units.get(last)?.follows {
            return None;
        }
    }
    Some(first..last + 1)
}

/// The features of every sentence, each standardised over the article: an article's own average is
/// what a sentence is measured by. Order as in [`super::model::NAMES`].
fn features(document: &Document, units: &[Unit], title: &Terms) -> Vec<Features> {
    let n = units.len();
    let central_words = mean_cosines(units.iter().map(|unit| &unit.terms));
    let central_stems = mean_cosines(units.iter().map(|unit| &unit.stems));
    let central_vectors = mean_vector_cosines(units);
    let mut rows: Vec<Features> = units
        .iter()
        .enumerate()
        .map(|(position, unit)| {
            let sentence = unit.span.slice(&document.text).unwrap_or_default();
            let (n_names, n_numbers) = names_and_numbers(sentence);
            [
                central_words.get(position).copied().unwrap_or(0.0),
                central_vectors.get(position).copied().unwrap_or(0.0),
                central_stems.get(position).copied().unwrap_or(0.0),
                title.share_in(&unit.terms),
                position as f32 / n.max(1) as f32,
                (unit.terms.len() as f32).ln_1p(),
                n_names,
                n_numbers,
                f32::from(u8::from(sentence.contains(['"', '“', '„', '«']))),
            ]
        })
        .collect();
    for feature in 0..N_FEATURES {
        standardise(&mut rows, feature);
    }
    rows
}

/// As [`mean_cosines`], of the static vectors.
fn mean_vector_cosines(units: &[Unit]) -> Vec<f32> {
    let mut sum = [0f32; DIMENSIONS];
    for unit in units {
        for (sum, value) in sum.iter_mut().zip(&unit.vector.values) {
            *sum += f32::from(*value) * unit.vector.scale;
        }
    }
    let others = units.len().saturating_sub(1).max(1) as f32;
    units
        .iter()
        .map(|unit| {
            let values = unit.vector.values.iter().zip(&sum);
            let product: f32 = values.map(|(value, sum)| f32::from(*value) * sum).sum();
            (product * unit.vector.scale - 1.0) / others
        })
        .collect()
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
