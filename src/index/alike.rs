//! Terms that a misspelled word was most likely meant for.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::{Analyzer, Filter, IndexError, Snapshot};
use crate::document::{Language, PassageId};

/// Words of fewer characters are taken as they were typed: too many words lie a slip from them.
pub const ONE_SLIP: usize = 5;
/// Terms of this many characters may differ by two slips.
const TWO_SLIPS: usize = 9;

/// Terms offered for a misspelled word at most.
const MAX_ALIKE: usize = 5;

/// A term of an index that a word of a question may have been meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookalike {
    /// The term.
    pub term: String,
    /// Its [edit distance](crate::text::edit_distance) from the word's own term.
    pub n_edits: usize,
    /// Whether both have the same [consonants](crate::text::consonants).
    pub sounds_alike: bool,
    /// Passages that hold it, counted once for each of text, title and heading.
    pub n_passages: u64,
}

impl Lookalike {
    /// Fewer edits, then the same sound, then more passages, then the term itself.
    pub fn nearest_first(&self, other: &Lookalike) -> Ordering {
        let rank = |like: &Lookalike| {
            let n_passages = Reverse(like.n_passages);
            (like.n_edits, !like.sounds_alike, n_passages)
        };
        let order = rank(self).cmp(&rank(other));
        order.then_with(|| self.term.cmp(&other.term))
    }
}

impl Snapshot {
    /// Whether a word of `language`, in any of its inflections, occurs in a document; in any language if the collection
    /// has none of that. The stemmers of others would cut a misspelled word to some stem that occurs.
    ///
    /// # Errors
    /// As [`Snapshot::candidates`].
    pub fn holds(&self, word: &str, language: Language) -> Result<bool, IndexError> {
        let terms = match self.languages.contains(&language) {
            true => Analyzer::new(language).terms(word).into_iter().collect(),
            false => self.terms_of(word),
        };
        for term in terms {
            if self.lexical.holds(&term)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The terms that a misspelled word is most like: of those that begin with the same letter and differ by at most
    /// one slip (two in terms of nine characters or more) the first five by [`Lookalike::nearest_first`]. Empty for
    /// a word of fewer characters than [`ONE_SLIP`].
    ///
    /// # Errors
    /// As [`Snapshot::candidates`].
    pub fn most_like(&self, word: &str) -> Result<Vec<Lookalike>, IndexError> {
        let mut found: BTreeMap<String, Lookalike> = BTreeMap::new();
        if word.chars().count() < ONE_SLIP {
            return Ok(Vec::new());
        }
        for term in self.terms_of(word) {
            let max_edits = match term.chars().count() {
                n if n < TWO_SLIPS => 1,
                _ => 2,
            };
            for like in self.lexical.like(&term, max_edits)? {
                let known = found.entry(like.term.clone()).or_insert(Lookalike {
                    n_passages: 0,
                    ..like
                });
                known.n_passages += like.n_passages;
                if like.n_edits < known.n_edits {
                    (known.n_edits, known.sounds_alike) = (like.n_edits, like.sounds_alike);
                }
            }
        }
        let mut found: Vec<Lookalike> = found.into_values().collect();
        found.sort_unstable_by(Lookalike::nearest_first);
        found.truncate(MAX_ALIKE);
        Ok(found)
    }

    /// The best passage that holds a term.
    ///
    /// # Errors
    /// As [`Snapshot::candidates`].
    pub fn passage_with(&self, term: &str) -> Result<Option<PassageId>, IndexError> {
        let found = self
            .lexical
            .search(&[term.to_owned()], &Filter::default(), 1)?;
        Ok(found.first().map(|ranked| ranked.passage))
    }

    /// The terms of a word in the languages of the collection, each once.
    fn terms_of(&self, word: &str) -> BTreeSet<String> {
        self.languages
            .iter()
            .flat_map(|language| Analyzer::new(*language).terms(word))
            .collect()
    }
}
