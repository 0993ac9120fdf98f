//! Words of a question that were misspelled.
//!
//! Read [`Engine::respelled`] first.

use super::{Engine, EngineError};
use crate::document::{Collection, Document, Language};
use crate::index::{Analyzer, Lookalike, ONE_SLIP, Snapshot, is_question_word};
use crate::neural::WordPiece;
use crate::retrieve::{Article, Query};
use crate::text;

/// Words of one question that are looked up at most: each costs a walk through the terms with its first letter.
const MAX_RESPELLED: usize = 4;

/// Endings of English words, and what the word must end in before them.
const ENDINGS: &[(&str, &str)] = &[
    ("s", ""),
    ("es", ""),
    ("ed", ""),
    ("ing", ""),
    ("ly", ""),
    ("er", ""),
    ("ers", ""),
    ("est", ""),
    ("y", ""),
    ("d", "e"),
    ("r", "e"),
    ("rs", "e"),
    ("st", "e"),
    // Of `couldn't`, where the apostrophe is left out.
    ("t", "n"),
];

impl Engine {
    /// A question or topic as it is understood in those collections: with its misspelled words put right.
    /// [`Engine::search`] does so itself.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub fn understood(
        &self,
        query: &Query,
        collections: &[Collection],
    ) -> Result<Query, EngineError> {
        self.respelled(query, &self.snapshots(collections)?)
    }

    /// The question with its misspelled words put right. A word counts as misspelled if it occurs in no collection
    /// asked, is no frequent English word, and is a slip or two away from a word that is either. It becomes
    /// - the word of an article one slip away, as it is written there now,
    /// - else the English word one slip away, so that the rest of the question is understood, if the question is
    ///   English and the word is no name,
    /// - else the word of an article two slips away.
    pub(super) fn respelled(
        &self,
        query: &Query,
        snapshots: &[Snapshot],
    ) -> Result<Query, EngineError> {
        let typed = query.text();
        let words: Vec<_> = text::words(typed)
            .filter_map(|span| Some((span, span.slice(typed)?)))
            .collect();
        let is_english = text::detect(typed) == Language::English;
        let mut respelled = String::new();
        let mut copied = 0;
        let mut n_left = MAX_RESPELLED;
        for (span, word) in words {
            if n_left == 0 || !self.may_be_misspelled(word, snapshots)? {
                continue;
            }
            n_left -= 1;
            let is_name = word.starts_with(char::is_uppercase) && span.start > 0;
            let written = self.written(word, snapshots)?;
            let is_near = written.as_ref().is_some_and(|(like, _)| like.n_edits <= 1);
            let english = (is_english && !is_name && !is_near)
                .then(|| self.english(word))
                .flatten();
            if let Some(meant) = english.or(written.map(|(_, written)| written)) {
                respelled.push_str(typed.get(copied..span.start).unwrap_or_default());
                respelled.push_str(&meant);
                copied = span.end;
            }
        }
        if copied == 0 {
            return Ok(query.clone());
        }
        respelled.push_str(typed.get(copied..).unwrap_or_default());
        Ok(query.reworded(&respelled))
    }

    fn may_be_misspelled(&self, word: &str, snapshots: &[Snapshot]) -> Result<bool, EngineError> {
        if word.chars().count() < ONE_SLIP
            || !word.chars().all(char::is_alphabetic)
            || is_question_word(word)
            || is_english_word(&self.models().tokenizer, word)
        {
            return Ok(false);
        }
        for snapshot in snapshots {
            if snapshot.holds(word)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The term of the articles that `word` is most like, and a word of an article that has it.
    fn written(
        &self,
        word: &str,
        snapshots: &[Snapshot],
    ) -> Result<Option<(Lookalike, String)>, EngineError> {
        let mut best: Option<(Lookalike, &Snapshot)> = None;
        for snapshot in snapshots {
            let Some(like) = snapshot.most_like(word)? else {
                continue;
            };
            if best
                .as_ref()
                .is_none_or(|(known, _)| like.nearest_first(known).is_lt())
            {
                best = Some((like, snapshot));
            }
        }
        let Some((like, snapshot)) = best else {
            return Ok(None);
        };
        let Some(passage) = snapshot.passage_with(&like.term)? else {
            return Ok(None);
        };
        let articles = self.articles(&[passage.document])?;
        let written = articles
            .first()
            .and_then(|article| inflection(article, passage.ordinal, &like.term, word));
        Ok(written.map(|written| (like, written)))
    }

    /// The frequent English word one slip away from `word`.
    fn english(&self, word: &str) -> Option<String> {
        let word = text::fold(word);
        let consonants = text::consonants(&word);
        self.models()
            .tokenizer
            .entries()
            .filter(|(entry, _)| entry.chars().next() == word.chars().next())
            .filter(|(entry, _)| text::edit_distance(&word, entry, 1).is_some())
            .min_by_key(|(entry, row)| (text::consonants(entry) != consonants, *row))
            .map(|(entry, _)| entry.to_owned())
    }
}

/// Whether `word` is a frequent word of English or an inflection of one.
fn is_english_word(vocabulary: &WordPiece, word: &str) -> bool {
    vocabulary.is_entry(word)
        || ENDINGS.iter().any(|(ending, before)| {
            word.strip_suffix(ending)
                .is_some_and(|stem| stem.ends_with(before) && vocabulary.is_entry(stem))
        })
}

/// Of the words of a passage with its title and heading whose term is `term` the one most like `typed`, the first
/// of equals.
fn inflection(article: &Article, ordinal: u32, term: &str, typed: &str) -> Option<String> {
    let Document {
        metadata,
        text,
        language,
        ..
    } = &article.document;
    let passage = article.passages.get(ordinal as usize)?;
    let heading = passage.heading.and_then(|heading| heading.slice(text));
    let analyzer = Analyzer::new(*language);
    let typed = text::fold(typed);
    let distance = |word: &str| {
        let word = text::fold(word);
        text::edit_distance(&typed, &word, typed.len().max(word.len()))
    };
    [passage.span.slice(text), Some(&metadata.title), heading]
        .into_iter()
        .flatten()
        .flat_map(|part| text::words(part).filter_map(|word| word.slice(part)))
        .filter(|word| analyzer.terms(word).iter().any(|held| held == term))
        .min_by_key(|word| distance(word))
        .map(str::to_owned)
}
