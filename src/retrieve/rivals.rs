//! How far an answer stands above those that contradict it.

use std::collections::HashSet;

use super::{Hit, Query};
use crate::document::{Language, Score};
use crate::index::is_function_word;
use crate::text;

/// A lead beyond this says nothing more.
pub const MAX_LEAD: Score = 15.0;
/// What stands for the lead where nothing else was read: on the development sets, the mean lead of first
/// hits that do not answer.
const NOTHING_ELSE_LEAD: Score = 5.0;

/// Gives every hit that was read its lead: over the best that answers otherwise, over the weakest if all
/// agree.
pub(super) fn compare(query: &Query, hits: &mut [Hit]) {
    let asked: HashSet<String> = folded(query.text()).collect();
    let answers: Vec<(Score, Claim)> = hits
        .iter()
        .filter(|hit| hit.evidence.reading.is_some())
        .map(|hit| {
            let document = &hit.article.document;
            let bold = hit.bold.slice(&document.text).unwrap_or_default();
            (hit.score, Claim::new(bold, document.language, &asked))
        })
        .collect();
    let read = hits
        .iter_mut()
        .filter_map(|hit| hit.evidence.reading.as_mut());
    for (position, (reading, (score, claim))) in read.zip(&answers).enumerate() {
        let others = || answers.iter().enumerate().filter(|(n, _)| *n != position);
        let contradict = others().filter(|(_, (_, other))| !claim.agrees(other));
        let leads = contradict.map(|(_, (other, _))| score - other);
        let weakest = || others().map(|(_, (other, _))| score - other);
        reading.lead = leads
            .reduce(f32::min)
            .or_else(|| weakest().reduce(f32::max))
            .map_or(NOTHING_ELSE_LEAD, |lead| lead.min(MAX_LEAD));
    }
}

/// What the bold words of a hit say: those that the question lacks and that are no function words.
struct Claim {
    numbers: HashSet<String>,
    words: HashSet<String>,
}

impl Claim {
    fn new(bold: &str, language: Language, asked: &HashSet<String>) -> Claim {
        let (numbers, words) = folded(bold)
            .filter(|word| !asked.contains(word) && !is_function_word(word, language))
            .partition(|word| word.contains(|c: char| c.is_ascii_digit()));
        Claim { numbers, words }
    }

    /// Whether both may say the same in other words: they share a number, or a word if neither has a
    /// number. `nine on weekdays` agrees with `nine in the morning`, `916 million` not with `550 million`.
    fn agrees(&self, other: &Claim) -> bool {
        if self.numbers.is_empty() && other.numbers.is_empty() {
            !self.words.is_disjoint(&other.words)
        } else {
            !self.numbers.is_disjoint(&other.numbers)
        }
    }
}

fn folded(text: &str) -> impl Iterator<Item = String> + '_ {
    text::words(text).filter_map(|word| word.slice(text).map(text::fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_other_words_is_no_rival() {
        let asked = folded("when does the library in Elmstad open?").collect();
        let agree = |a: &str, b: &str| {
            let claim = |bold: &str| Claim::new(bold, Language::English, &asked);
            claim(a).agrees(&claim(b))
        };
        assert!(agree(
            "at nine on weekdays",
            "nine in the morning, Monday to Friday"
        ));
        assert!(agree("9 a.m.", "at 9"));
        assert!(agree("2.5 million euros", "2.5 million"));
        assert!(!agree("916 million dollars", "550 million"));
        assert!(!agree("nine", "9"));
        assert!(!agree("at noon", "at ten"));
        assert!(!agree("the library in Elmstad", "the library in Elmstad"));
    }
}
