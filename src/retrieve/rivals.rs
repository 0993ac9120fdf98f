//! How far an answer stands above those that contradict it.

use std::collections::HashSet;

use super::{Hit, Query};
use crate::document::{Language, Score};
use crate::index::is_function_word;
use crate::text;

/// A lead beyond this, either way, says nothing more. Among few articles every lead is great, since nothing
/// else is about the question: of three passages each, 4.1 % of foreign questions are answered if this is 15,
/// 2.3 % if it is 4, while on the development sets in full both do as well.
pub const MAX_LEAD: Score = 4.0;

/// Gives every hit that was read its lead.
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
    for (position, reading) in read.enumerate() {
        reading.lead = lead(position, &answers);
    }
}

/// The lead of one answer over the best that says something else, within ±[`MAX_LEAD`]; all of it if none
/// does.
fn lead(position: usize, answers: &[(Score, Claim)]) -> Score {
    let Some((score, claim)) = answers.get(position) else {
        return MAX_LEAD;
    };
    let others = answers.iter().enumerate().filter(|(n, _)| *n != position);
    let rivals = others.filter(|(_, (_, said))| !claim.agrees(said));
    rivals
        .map(|(_, (rival, _))| score - rival)
        .fold(MAX_LEAD, Score::min)
        .max(-MAX_LEAD)
}

/// What the bold words of a hit say: those that the question lacks and that are no function words, or
/// the function words if there are no others.
struct Claim {
    numbers: HashSet<String>,
    words: HashSet<String>,
}

impl Claim {
    fn new(bold: &str, language: Language, asked: &HashSet<String>) -> Claim {
        let mut said: Vec<String> = folded(bold).filter(|word| !asked.contains(word)).collect();
        let is_topical = |word: &String| !is_function_word(word, language);
        if said.iter().any(is_topical) {
            said.retain(is_topical);
        }
        let (numbers, words) = said
            .into_iter()
            .partition(|word| word.contains(|c: char| c.is_ascii_digit()));
        Claim { numbers, words }
    }

    /// Whether both may say the same in other words: they share a number, or a word if neither has a
    /// number. `nine on weekdays` agrees with `nine in the morning`, `916 million` not with `550 million`.
    /// `nine` and `9` are not known to be the same; bold words that only repeat the question say nothing,
    /// so they agree with nothing.
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

    fn claim(bold: &str, language: Language) -> Claim {
        let asked = folded("when does the library in Elmstad open?").collect();
        Claim::new(bold, language, &asked)
    }

    #[test]
    fn the_same_in_other_words_is_no_rival() {
        let agree = |a: &str, b: &str| {
            let claim = |bold: &str| claim(bold, Language::English);
            claim(a).agrees(&claim(b))
        };
        assert!(agree(
            "at nine on weekdays",
            "nine in the morning, Monday to Friday"
        ));
        assert!(agree("9 a.m.", "at 9"));
        assert!(agree("2.5 million euros", "2.5 million"));
        assert!(!agree("916 million dollars", "550 million"));
        assert!(!agree("at noon", "at ten"));
        assert!(!agree("the library", "the library"));
        let short = |bold: &str| claim(bold, Language::German);
        assert!(short("in Rom").agrees(&short("Rom")));
    }

    #[test]
    fn a_lead_is_over_those_that_contradict() {
        let answers = |answers: &[(f32, &str)]| -> Vec<(Score, Claim)> {
            let claimed = |bold: &str| claim(bold, Language::English);
            answers
                .iter()
                .map(|(score, bold)| (*score, claimed(bold)))
                .collect()
        };
        let first = |all: &[(f32, &str)]| lead(0, &answers(all));
        assert_eq!(first(&[(4.0, "at nine")]), MAX_LEAD);
        assert_eq!(first(&[(4.0, "at nine"), (1.0, "at ten")]), 3.0);
        assert_eq!(
            first(&[(4.0, "at nine"), (3.5, "nine sharp"), (2.0, "at ten")]),
            2.0
        );
        assert_eq!(first(&[(4.0, "at nine"), (3.0, "nine sharp")]), MAX_LEAD);
        assert_eq!(first(&[(40.0, "at nine"), (f32::MIN, "at ten")]), MAX_LEAD);
        let two = answers(&[(4.0, "at nine"), (1.0, "at ten")]);
        assert_eq!(lead(1, &two), -3.0);
    }
}
