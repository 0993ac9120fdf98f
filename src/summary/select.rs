//! Which sentences go into a summary of a given length.

use super::Length;
use super::outline::Unit;

/// Sentences before a leaning one that are brought along at most.
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
/// brings it along, or is left out where that would take more than [`MAX_CONTEXT`]; one that repeats
/// a chosen one is left out. Ties go to the earlier sentence. At least one sentence is chosen where
/// there is one.
pub(super) fn select(units: &[Unit], scores: &[f32], length: Length) -> Vec<Chosen> {
    let order = best_first(scores);
    let mut budget = Budget::new(length);
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut n_passed = 0;
    for &unit in &order {
        if n_passed > MAX_PASSED || budget.is_full() {
            break;
        }
        if chosen.iter().any(|known| known.unit == unit) {
            continue;
        }
        let Some(first) = antecedent(units, &chosen, unit) else {
            continue;
        };
        if is_repeat(units, &chosen, unit) {
            continue;
        }
        let group = first..unit + 1;
        let n_words = group.clone().filter_map(|i| units.get(i)).map(|u| u.n_words);
        if budget.takes(group.len(), n_words.sum()) {
            chosen.extend(group.map(|i| Chosen {
                unit: i,
                is_context: i != unit,
            }));
        } else {
            n_passed += 1;
        }
    }
    if chosen.is_empty()
        && let Some(&unit) = order.first()
    {
        chosen.push(Chosen {
            unit,
            is_context: false,
        });
    }
    chosen.sort_unstable_by_key(|chosen| chosen.unit);
    chosen
}

/// Positions by score descending, then position.
pub(super) fn best_first(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let score = |i: &usize| scores.get(*i).copied().unwrap_or(f32::MIN);
    order.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.cmp(b)));
    order
}

/// The first sentence that has to come along for `unit` to be understood, itself if it stands alone;
/// `None` if that would be too many.
fn antecedent(units: &[Unit], chosen: &[Chosen], unit: usize) -> Option<usize> {
    let mut first = unit;
    while first > 0
        && units.get(first).is_some_and(|unit| unit.leans)
        && !chosen.iter().any(|known| known.unit == first - 1)
    {
        first -= 1;
        if unit - first > MAX_CONTEXT {
            return None;
        }
    }
    Some(first)
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
