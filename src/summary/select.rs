//! Which sentences go into a summary of a given length.

use super::Length;
use super::outline::{Unit, quotation};

/// Sentences that are brought along with one at most.
const MAX_CONTEXT: usize = 2;
/// Candidates that may be passed over because they do not fit, before a summary counts as full.
const MAX_PASSED: usize = 3;
/// Two sentences of one article this alike say the same.
const REPEAT_COSINE: f32 = 0.8;
/// Topic words that a sentence needs to be called a repeat.
const MIN_REPEAT_TERMS: usize = 4;

/// A sentence that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Position among the units.
    pub(super) unit: usize,
    /// Here only because the next one needs it.
    pub(super) is_context: bool,
}

/// Fills `length` with the best sentences, in text order. A sentence that leans on the one before
/// counts together with it, by the mean of their scores weighted by words, and brings it along; where
/// that would take more than [`MAX_CONTEXT`] it is left out, and so is one that repeats a chosen one.
/// Ties go to the earlier sentence. At least one sentence is chosen where there is one.
pub(super) fn select(units: &[Unit], scores: &[f32], length: Length) -> Vec<Chosen> {
    let mut budget = Budget::new(length);
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut open = vec![true; units.len()];
    let mut n_passed = 0;
    while n_passed <= MAX_PASSED && !budget.is_full() {
        let Some((unit, group)) = best_group(units, scores, &chosen, &open) else {
            break;
        };
        if let Some(is_open) = open.get_mut(unit) {
            *is_open = false;
        }
        if is_repeat(units, &chosen, unit) {
            continue;
        }
        if budget.takes(group.len(), words(units, &group)) {
            for i in group {
                if let Some(is_open) = open.get_mut(i) {
                    *is_open = false;
                }
                chosen.push(Chosen {
                    unit: i,
                    is_context: i != unit,
                });
            }
        } else {
            n_passed += 1;
        }
    }
    if chosen.is_empty()
        && let Some(&unit) = best_first(scores).first()
    {
        chosen.push(Chosen {
            unit,
            is_context: false,
        });
    }
    chosen.sort_unstable_by_key(|chosen| chosen.unit);
    chosen
}

/// The open sentence with the best score, together with what has to come along.
fn best_group(
    units: &[Unit],
    scores: &[f32],
    chosen: &[Chosen],
    open: &[bool],
) -> Option<(usize, Vec<usize>)> {
    let mut best: Option<(f32, usize, Vec<usize>)> = None;
    for unit in (0..units.len()).filter(|unit| open.get(*unit) == Some(&true)) {
        let Some(group) = with_context(units, chosen, unit) else {
            continue;
        };
        let weighted: f32 = group
            .iter()
            .filter_map(|i| Some(units.get(*i)?.n_words as f32 * scores.get(*i)?))
            .sum();
        let value = weighted / words(units, &group).max(1) as f32;
        if best.as_ref().is_none_or(|(before, ..)| value > *before) {
            best = Some((value, unit, group));
        }
    }
    best.map(|(_, unit, group)| (unit, group))
}

fn words(units: &[Unit], group: &[usize]) -> usize {
    let units = group.iter().filter_map(|i| units.get(*i));
    units.map(|unit| unit.n_words).sum()
}

/// Positions by score descending, then position.
pub(super) fn best_first(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let score = |i: &usize| scores.get(*i).copied().unwrap_or(f32::MIN);
    order.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.cmp(b)));
    order
}

/// The sentences that have to come along for `unit` to be understood, itself alone if it stands alone: the
/// rest of the quotation it belongs to, and what the first of them leans on, without what was chosen before.
/// `None` if that would be too many, or if something else stands between.
fn with_context(units: &[Unit], chosen: &[Chosen], unit: usize) -> Option<Vec<usize>> {
    let is_chosen = |position: usize| chosen.iter().any(|known| known.unit == position);
    let mut group = quotation(units, unit)?;
    let own = group.start;
    while group.start > 0 && units.get(group.start)?.leans {
        if !units.get(group.start)?.follows
            || (group.start < own && units.get(group.start)?.is_torn())
        {
            return None;
        }
        if is_chosen(group.start - 1) {
            break;
        }
        group.start -= 1;
    }
    let is_whole = group.start == own || !units.get(group.start)?.is_torn();
    let fresh: Vec<usize> = group.filter(|position| !is_chosen(*position)).collect();
    (is_whole && fresh.len() <= MAX_CONTEXT + 1).then_some(fresh)
}

fn is_repeat(units: &[Unit], chosen: &[Chosen], unit: usize) -> bool {
    let Some(candidate) = units.get(unit) else {
        return false;
    };
    candidate.terms.len() >= MIN_REPEAT_TERMS
        && chosen
            .iter()
            .filter_map(|known| units.get(known.unit))
            .any(|known| known.terms.cosine(&candidate.terms) >= REPEAT_COSINE)
}

/// What is left of a length.
pub(super) struct Budget {
    length: Length,
    n_sentences: usize,
    n_words: usize,
}

impl Budget {
    pub(super) fn new(length: Length) -> Budget {
        Budget {
            length,
            n_sentences: 0,
            n_words: 0,
        }
    }

    /// Takes sentences if they fit: within the number of sentences, or bringing the number of words
    /// nearer to the one asked for.
    pub(super) fn takes(&mut self, n_sentences: usize, n_words: usize) -> bool {
        let fits = match self.length {
            Length::Sentences(limit) => self.n_sentences + n_sentences <= limit,
            Length::Words(limit) => {
                (self.n_words + n_words).abs_diff(limit) < self.n_words.abs_diff(limit)
            }
        };
        if fits {
            self.n_sentences += n_sentences;
            self.n_words += n_words;
        }
        fits
    }

    pub(super) fn is_full(&self) -> bool {
        match self.length {
            Length::Sentences(limit) => self.n_sentences >= limit,
            Length::Words(limit) => self.n_words >= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_of_words_is_met_as_nearly_as_whole_sentences_can() {
        let mut budget = Budget::new(Length::Words(30));
        assert!(budget.takes(1, 20));
        assert!(!budget.takes(1, 20), "as far above as below");
        assert!(budget.takes(1, 19));
        assert!(budget.is_full());
    }

    #[test]
    fn a_budget_of_sentences_is_kept_at_its_edge() {
        let mut budget = Budget::new(Length::Sentences(2));
        assert!(!budget.takes(3, 1) && budget.takes(2, 500) && budget.is_full());
        assert!(!budget.takes(1, 1));
    }

    #[test]
    fn equal_scores_go_by_position() {
        assert_eq!(best_first(&[1.0, 2.0, 1.0, 2.0]), [1, 3, 0, 2]);
    }
}
