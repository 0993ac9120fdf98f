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

/// What a word stands between that stays as it was typed.
const QUOTATION_MARKS: &[char] = &['"', '“', '”', '„', '«', '»'];

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
    // Of `couldn't`, `you're` and `they've`, where the apostrophe is left out.
    ("t", "n"),
    ("re", ""),
    ("ve", ""),
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
    /// asked, is no frequent English word, and is a slip or two away from a word that is either. It becomes that of an
    /// article, as it is written there now, or a frequent English one, so that the rest of the question is understood, if
    /// the question is English and the word is no name. Words in quotation marks stay.
    pub(super) fn respelled(
        &self,
        query: &Query,
        snapshots: &[Snapshot],
    ) -> Result<Query, EngineError> {
        let typed = query.text();
        let words: Vec<_> = text::words(typed)
            .filter_map(|span| Some((span, span.slice(typed)?)))
            .collect();
        let language = text::detect(typed);
        let is_english = language == Language::English;
        let mut respelled = String::new();
        let mut copied = 0;
        let mut n_left = MAX_RESPELLED;
        for (span, word) in words {
            let is_quoted = typed
                .get(..span.start)
                .is_some_and(|before| before.matches(QUOTATION_MARKS).count() % 2 == 1);
            if n_left == 0 || is_quoted || !self.may_be_misspelled(word, language, snapshots)? {
                continue;
            }
            n_left -= 1;
            let is_name = word.starts_with(char::is_uppercase) && span.start > 0;
            let written = self.written(word, is_english, snapshots)?;
            let english = (is_english && !is_name)
                .then(|| self.english(word))
                .flatten();
            if let Some(meant) = more_likely(written, english) {
                respelled.push_str(typed.get(copied..span.start).unwrap_or_default());
                respelled.push_str(&meant.word);
                copied = span.end;
            }
        }
        if copied == 0 {
            return Ok(query.clone());
        }
        respelled.push_str(typed.get(copied..).unwrap_or_default());
        // Longer words may make it too long; then all stays as it was typed.
        Ok(Query::parse(&respelled).unwrap_or_else(|_| query.clone()))
    }

    fn may_be_misspelled(
        &self,
        word: &str,
        language: Language,
        snapshots: &[Snapshot],
    ) -> Result<bool, EngineError> {
        if word.chars().count() < ONE_SLIP
            || !word.chars().all(char::is_alphabetic)
            || is_question_word(word)
            || is_english_word(&self.models().tokenizer, word)
        {
            return Ok(false);
        }
        for snapshot in snapshots {
            if snapshot.holds(word, language)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The word of the articles that `word` is most like; outside English only one that sounds alike, since there no
    /// list of words says which are right.
    fn written(
        &self,
        word: &str,
        is_english: bool,
        snapshots: &[Snapshot],
    ) -> Result<Option<Meant>, EngineError> {
        let mut alike: Vec<(Lookalike, &Snapshot)> = Vec::new();
        for snapshot in snapshots {
            let found = snapshot.most_like(word)?;
            alike.extend(found.into_iter().map(|like| (like, snapshot)));
        }
        alike.retain(|(like, _)| like.sounds_alike || is_english);
        alike.sort_by(|(a, _), (b, _)| a.nearest_first(b));
        for (like, snapshot) in alike {
            // Only removed articles may have had the term.
            let Some(passage) = snapshot.passage_with(&like.term)? else {
                continue;
            };
            let articles = self.articles(&[passage.document])?;
            let written = articles
                .first()
                .and_then(|article| inflection(article, passage.ordinal, &like, word));
            if let Some(written) = written {
                return Ok(Some(Meant {
                    word: written,
                    n_edits: like.n_edits,
                    sounds_alike: like.sounds_alike,
                }));
            }
        }
        Ok(None)
    }

    /// The frequent English word one slip away from `word`: one that sounds alike before others, then the most frequent.
    fn english(&self, word: &str) -> Option<Meant> {
        let word = text::fold(word);
        let consonants = text::consonants(&word);
        let entries = self.models().tokenizer.entries();
        entries
            .filter(|(entry, _)| entry.chars().next() == word.chars().next())
            .filter(|(entry, _)| text::is_slip_of(&word, entry))
            .map(|(entry, row)| (text::consonants(entry) != consonants, row, entry))
            .min()
            .map(|(sounds_other, _, entry)| Meant {
                word: entry.to_owned(),
                n_edits: 1,
                sounds_alike: !sounds_other,
            })
    }
}

/// What a misspelled word may have been meant for.
struct Meant {
    word: String,
    n_edits: usize,
    sounds_alike: bool,
}

/// Of a word of an article and one of English the likelier: that with fewer slips, then that which sounds like what was typed,
/// then the article's.
fn more_likely(written: Option<Meant>, english: Option<Meant>) -> Option<Meant> {
    let both = [written, english].into_iter().flatten();
    both.min_by_key(|meant| (meant.n_edits, !meant.sounds_alike))
}

/// Whether `word` is a frequent word of English or an inflection of one.
fn is_english_word(vocabulary: &WordPiece, word: &str) -> bool {
    let word = text::fold(word);
    vocabulary.is_entry(&word)
        || ENDINGS.iter().any(|(ending, before)| {
            word.strip_suffix(ending)
                .is_some_and(|stem| stem.ends_with(before) && vocabulary.is_entry(stem))
        })
}

/// Of the words of a passage with its title and heading that have the term of `like` the one most like `typed`, the first
/// of equals. `None` if all differ by more than their terms do, as `investment` does from `ingestion`, and not in a plural alone;
/// or in the last letter, as `Zelensky` does from `Zelenska`; or hold more than letters.
fn inflection(article: &Article, ordinal: u32, like: &Lookalike, typed: &str) -> Option<String> {
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
        if !word.chars().all(char::is_alphabetic) {
            return None;
        }
        let word = text::fold(word);
        if ends_otherwise(&typed, &word) {
            return None;
        }
        let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        text::edit_distance(&typed, &word, like.n_edits).or_else(|| {
            text::edit_distance(&singular(&typed), &singular(&word), like.n_edits)
                .map(|n_edits| n_edits + 1)
        })
    };
    [passage.span.slice(text), Some(&metadata.title), heading]
        .into_iter()
        .flatten()
        .flat_map(|part| text::words(part).filter_map(|word| word.slice(part)))
        .filter(|word| analyzer.terms(word).contains(&like.term))
        .filter_map(|word| Some((distance(word)?, word)))
        .min_by_key(|(n_edits, _)| *n_edits)
        .map(|(_, word)| word.to_owned())
}

/// Whether two words of a length differ in their last letter: another inflection or another name rather than a slip.
fn ends_otherwise(typed: &str, word: &str) -> bool {
    let ends = [typed, word].map(|word| word.chars().rev().take(2).collect::<Vec<_>>());
    typed.chars().count() == word.chars().count()
        && matches!(&ends, [a, b] if a.first() != b.first() && a.get(1) == b.get(1))
}
