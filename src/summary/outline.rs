//! An article as summaries see it: its sentences, and what is known about each.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::agree::Statement;
use super::function_words::is_function_word;
use super::model::{Features, N_FEATURES};
use crate::document::{Block, BlockKind, Document, Language, Span};
use crate::index::Analyzer;
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
    stems: Terms,
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
        self.count(topic_words(text, language).map(|(_, folded)| folded))
    }

    /// The stems of the topic words of a text.
    fn stems(&mut self, text: &str, language: Language, analyzer: &Analyzer) -> Terms {
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

impl Outline {
    /// Reads a document. Linear in its length.
    pub(super) fn new(document: &Document, models: &Models, lexicon: &mut Lexicon) -> Outline {
        let sentences = prose(&document.text, &document.blocks);
        let analyzer = Analyzer::new(document.language);
        let mut stem_lexicon = Lexicon::default();
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
                    leans: leans(text),
                    follows: !between.contains(char::is_alphanumeric),
                    begins_within: sentence.begins_within,
                    ends_within: sentence.ends_within,
                    statement: Statement::new(text, &terms, document.language),
                    terms,
                    stems: stem_lexicon.stems(text, document.language, &analyzer),
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
                unit.leans = text::leans_on_what_precedes(text);
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

/// Whether words stand behind the last quotation mark: ", she said."
fn names_a_speaker(sentence: &str) -> bool {
    sentence
        .rsplit_once(is_quotation_mark)
        .is_some_and(|(_, behind)| text::words(behind).count() > 1)
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// A sentence of prose.
pub(super) struct Sentence {
    pub(super) span: Span,
    /// A quotation is open before its first word.
    begins_within: bool,
    /// A quotation is open behind its last word.
    ends_within: bool,
}

/// The sentences of a document that are prose: no headings, no rows of tables, no scores. Where nothing is,
/// whatever ends as a sentence does.
pub(super) fn prose(text: &str, blocks: &[Block]) -> Vec<Sentence> {
    let found = sentences(text, blocks, is_prose);
    match found.is_empty() {
        true => sentences(text, blocks, is_short_sentence),
        false => found,
    }
}

fn sentences(text: &str, blocks: &[Block], is_wanted: fn(&str) -> bool) -> Vec<Sentence> {
    let mut found = Vec::new();
    for block in blocks {
        if matches!(block.kind, BlockKind::Heading(_)) {
            continue;
        }
        let mut depth = 0;
        for span in text::sentences(text, block.span) {
            let Some(sentence) = span.slice(text) else {
                continue;
            };
            let before = depth;
            depth = open_quotations(depth, sentence);
            if is_wanted(sentence) {
                found.push(Sentence {
                    span,
                    begins_within: before > 0,
                    ends_within: depth > 0,
                });
            }
            if found.len() == MAX_SENTENCES {
                return found;
            }
        }
    }
    found
}

/// How many quotations are open behind a sentence, if `depth` were before it.
fn open_quotations(mut depth: u32, sentence: &str) -> u32 {
    for c in sentence.chars() {
        match c {
            '“' | '„' | '«' if depth == 0 => depth = 1,
            // In German these close what „ and » opened.
            '“' | '”' | '»' if depth > 0 => depth = 0,
            '"' => depth = 1 - depth.min(1),
            _ => {}
        }
    }
    depth
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
    let is_table = sentence.contains(CELL);
    n_words >= MIN_WORDS
        && n_numbers * 5 <= n_words * 2
        && !is_rows
        && !is_table
        && !is_score(sentence, n_words)
}

/// Between the cells of a row.
const CELL: char = '|';
/// A line with a result ("2-1") and no more words than this is a line of a list of results.
const MAX_SCORE_WORDS: usize = 12;

/// Whether a line only gives a result: "Leeds United 2-1 Hull City", "Falun 3 : 0 Borlänge".
fn is_score(sentence: &str, n_words: usize) -> bool {
    let ends = sentence.ends_with(['.', '!', '?']);
    let mut words = sentence.split_whitespace().peekable();
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let mut has_result = false;
    while let Some(word) = words.next() {
        let parts = word.split_once(['-', '–', ':']);
        has_result |= parts.is_some_and(|(a, b)| is_number(a) && is_number(b));
        has_result |= is_number(word)
            && words
                .peek()
                .is_some_and(|next| matches!(*next, "-" | "–" | ":"));
    }
    has_result && !ends && n_words <= MAX_SCORE_WORDS
}

/// A sentence too short or too full of numbers for [`is_prose`], but one by its end.
fn is_short_sentence(sentence: &str) -> bool {
    let n_words = text::words(sentence).count();
    n_words > 1 && sentence.ends_with(['.', '!', '?', '。']) && !sentence.contains([CELL, '\n'])
}

/// Whether a sentence says little without the one before: it opens with a word that points back, or
/// it is all quotation and names no speaker.
fn leans(sentence: &str) -> bool {
    text::leans_on_what_precedes(sentence) || is_bare_quotation(sentence) || points_back(sentence)
}

/// Openings that name something only by what was said before, folded.
const BACKWARD: [&str; 13] = [
    "such",
    "another",
    "others",
    "the other",
    "the others",
    "the same",
    "the latter",
    "the former",
    "the two",
    "the pair",
    "the second",
    "the third",
    "one of them",
];
/// Behind "there", these tell that something exists; before others it is a place that was named.
const EXISTS: [&str; 14] = [
    "is", "are", "was", "were", "has", "had", "have", "will", "would", "may", "might", "can",
    "could", "should",
];
/// A "this" behind more words than these has more likely something of its own sentence before it.
const MAX_WORDS_BEFORE_POINTER: usize = 6;
/// What "this" before it makes a time or a place of the reader's own and no pointer.
const HERE_AND_NOW: [&str; 18] = [
    "week",
    "year",
    "month",
    "morning",
    "afternoon",
    "evening",
    "night",
    "season",
    "summer",
    "winter",
    "spring",
    "autumn",
    "weekend",
    "time",
    "quarter",
    "century",
    "country",
    "world",
];

/// Whether a sentence, within it or at its beginning, takes up something that only the text before names.
/// Knows English only.
fn points_back(sentence: &str) -> bool {
    let words: Vec<String> = text::words(sentence)
        .filter_map(|word| word.slice(sentence))
        .map(text::fold)
        .collect();
    let is_at = |position: usize, phrase: &str| {
        phrase
            .split(' ')
            .enumerate()
            .all(|(i, part)| words.get(position + i).is_some_and(|word| word == part))
    };
    let is_pointer = |position: usize| {
        let is_here_and_now = words.get(position + 1).is_some_and(|next| {
            let noun = next.split(['\'', '’']).next().unwrap_or_default();
            HERE_AND_NOW.contains(&noun)
        });
        (is_at(position, "this") || is_at(position, "these")) && !is_here_and_now
    };
    BACKWARD.iter().any(|phrase| is_at(0, phrase)) || (1..=MAX_WORDS_BEFORE_POINTER).any(is_pointer)
}

fn is_bare_quotation(sentence: &str) -> bool {
    let is_mark = is_quotation_mark;
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

/// The mean cosine of each text with all others. Linear: the cosines of one with all add up to its
/// product with the sum of all.
fn mean_cosines<'a>(all: impl Iterator<Item = &'a Terms> + Clone) -> Vec<f32> {
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
            (
                "Arsenal beat Chelsea\nLeeds drew with Hull\nYork lost",
                false,
            ),
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
    fn what_points_out_of_its_sentence_leans() {
        for (sentence, expected) in [
            ("Such losses were common.", true),
            ("The other man was freed.", true),
            ("Companies echoed this sentiment.", true),
            ("Prices in this country rose by a tenth.", false),
            (
                "Prices rose this week, and in this year's budget they count.",
                false,
            ),
            ("There he met the crew.", true),
            ("There were no losses.", false),
            (
                "Banks hold deposits beyond cash accounts, and Ms Nair said these count too.",
                false,
            ),
        ] {
            assert_eq!(points_back(sentence), expected, "{sentence:?}");
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
