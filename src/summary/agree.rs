//! Whether one sentence says what another says: decided by their words in order, since the one word that
//! differs between two short reports ("rose", "fell") is the one that matters.

use std::collections::BTreeSet;
use std::ops::Range;

use super::align::gaps;
use super::claims::value;
use super::terms::Terms;
use super::turning_words::{are_opposites, turns};
use crate::document::{Document, Language};
use crate::text;

/// Two sentences must be this alike before one can stand for the other.
const SAME_COSINE: f32 = 0.6;
/// Two sentences this alike are versions of one report.
const VERSION_COSINE: f32 = 0.74;
/// A sentence this like an older one, with this share of its words there, says nothing new, if nothing in it
/// was exchanged or turned.
pub(super) const KNOWN_COSINE: f32 = 0.5;
const KNOWN_SHARE: f32 = 0.75;

/// English words that an editor drops or adds without a change of what is said. "Is" and "was" are none: the
/// time is part of it.
const SILENT: [&str; 12] = [
    "a", "an", "the", "of", "in", "on", "at", "and", "as", "that", "which", "who",
];

/// Before who did it: among the same words, "sued" and "was sued by" are opposites.
const AGENTS: [&str; 7] = ["by", "von", "durch", "par", "por", "da", "door"];

/// Words that name another day in another week.
const DAYS: [&str; 10] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "today",
    "yesterday",
    "tonight",
];

/// Words of one sentence times those of the other that are aligned; text without full stops is compared as a
/// whole.
const MAX_ALIGNED: usize = 250 * 250;

/// A sentence as far as agreement goes.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    terms: Terms,
    /// Its telling words, in order.
    words: Vec<String>,
}

/// How two statements differ, their words aligned by a longest common subsequence.
#[derive(Debug, PartialEq, Eq)]
struct Difference<'a> {
    only_here: Vec<&'a str>,
    only_there: Vec<&'a str>,
    /// Places where both have words of their own: how many each.
    exchanged: Vec<(usize, usize)>,
}

impl Statement {
    /// `terms` are the topic words of the sentence.
    pub(super) fn new(sentence: &str, terms: &Terms, language: Language) -> Statement {
        Statement {
            terms: terms.clone(),
            words: telling_words(sentence, language).collect(),
        }
    }

    /// Whether `other` may be cited for this sentence: it has all its telling words, numbers by their value,
    /// side by side and in order, and adds no word that turns or doubts them.
    pub(super) fn is_said_by(&self, other: &Statement) -> bool {
        self.terms.cosine(&other.terms) >= SAME_COSINE
            && !self.words.is_empty()
            && (0..other.words.len()).any(|start| {
                let (before, rest) = other.words.split_at(start);
                rest.strip_prefix(self.words.as_slice())
                    .is_some_and(|after| !before.iter().chain(after).any(|word| turns(word)))
            })
    }

    /// Whether saying both would be saying the same twice: one is the other with words added or left out, of
    /// which none turns it, and nothing exchanged or moved.
    pub(super) fn repeats(&self, other: &Statement) -> bool {
        self.terms.cosine(&other.terms) >= SAME_COSINE && self.difference(other).is_of_length()
    }

    /// Whether the words are the same, or one only has more of them: [`Statement::repeats`].
    pub(super) fn is_copied_by(&self, other: &Statement) -> bool {
        self.words == other.words || self.repeats(other)
    }

    /// Whether an older sentence leaves nothing new in this one. What was exchanged, moved or turned is new, and
    /// so is another number.
    pub(super) fn is_known_from(&self, older: &Statement) -> bool {
        if self.terms.cosine(&older.terms) < KNOWN_COSINE
            || self.terms.share_in(&older.terms) < KNOWN_SHARE
        {
            return false;
        }
        let difference = self.difference(older);
        difference.is_of_length() && !difference.only_here.iter().any(is_number)
    }

    /// Whether it names a day of the week, or one by where it stands to today: another day in another week.
    pub(super) fn has_day(&self) -> bool {
        self.words.iter().any(|word| DAYS.contains(&word.as_str()))
    }

    /// Whether both have the same words that turn them.
    pub(super) fn turns_like(&self, other: &Statement) -> bool {
        let turning = |statement: &Statement| -> BTreeSet<String> {
            let words = statement.words.iter();
            words.filter(|word| turns(word)).cloned().collect()
        };
        turning(self) == turning(other)
    }

    /// Whether the two are versions of one report that say the opposite: alike but for an exchange of opposites
    /// ("approved", "rejected"), the order of their words, or a word that turns.
    pub(super) fn contradicts(&self, other: &Statement) -> bool {
        if self.terms.cosine(&other.terms) < VERSION_COSINE {
            return false;
        }
        let difference = self.difference(other);
        if difference.exchanged.is_empty() {
            return difference.has_turning() || difference.has_moved();
        }
        let mut pairs = difference
            .only_here
            .iter()
            .flat_map(|a| difference.only_there.iter().map(move |b| (a, b)));
        pairs.any(|(a, b)| are_opposites(a, b))
    }

    fn difference<'a>(&'a self, other: &'a Statement) -> Difference<'a> {
        let (here, there) = (&self.words, &other.words);
        if here.len() * there.len() > MAX_ALIGNED {
            let is_same = here == there;
            return Difference {
                only_here: Vec::new(),
                only_there: Vec::new(),
                exchanged: (!is_same)
                    .then_some((here.len(), there.len()))
                    .into_iter()
                    .collect(),
            };
        }
        let gaps = gaps(here, there, |a, b| a == b);
        let words = |of: &'a [String], range: &Range<usize>| {
            let words = of.get(range.clone()).unwrap_or_default();
            words.iter().map(String::as_str)
        };
        Difference {
            only_here: gaps.iter().flat_map(|gap| words(here, &gap.here)).collect(),
            only_there: gaps
                .iter()
                .flat_map(|gap| words(there, &gap.there))
                .collect(),
            exchanged: gaps
                .iter()
                .filter(|gap| gap.is_exchange())
                .map(|gap| (gap.here.len(), gap.there.len()))
                .collect(),
        }
    }
}

impl Difference<'_> {
    /// Whether one only says more words than the other.
    fn is_of_length(&self) -> bool {
        self.exchanged.is_empty() && !self.has_turning() && !self.has_moved()
    }

    fn has_turning(&self) -> bool {
        let mut words = self.only_here.iter().chain(&self.only_there);
        words.any(|word| turns(word) || AGENTS.contains(word))
    }

    fn has_moved(&self) -> bool {
        self.only_here
            .iter()
            .any(|word| self.only_there.contains(word))
    }
}

fn is_number(word: &&str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a document holds a sentence, line breaks and silent words aside: an editor who drops an "on"
/// changes nothing that is said.
pub(super) fn holds(document: &Document, sentence: &str) -> bool {
    if document.text.contains(sentence) {
        return true;
    }
    let wanted: Vec<String> = telling_words(sentence, document.language).collect();
    let words: Vec<String> = telling_words(&document.text, document.language).collect();
    !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
}

/// The words of a text, folded, numbers by their value, in text order, without [`SILENT`] ones where it is
/// English.
fn telling_words(text: &str, language: Language) -> impl Iterator<Item = String> {
    text::words(text)
        .filter_map(|word| word.slice(text))
        .map(|word| {
            if word.ends_with("n't") || word.ends_with("n’t") {
                return "not".to_owned();
            }
            let folded = text::fold(word);
            value(word, &folded).unwrap_or(folded)
        })
        .filter(move |folded| language != Language::English || !SILENT.contains(&folded.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::terms::Lexicon;
    use super::*;

    fn statements(a: &str, b: &str) -> (Statement, Statement) {
        let mut lexicon = Lexicon::default();
        let mut statement = |text: &str| {
            let terms = lexicon.terms(text, Language::English);
            Statement::new(text, &terms, Language::English)
        };
        (statement(a), statement(b))
    }

    #[test]
    fn a_source_is_cited_only_for_what_it_says() {
        for (said, other, expected) in [
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "The owner of the mill, Ross Kane, was arrested on Monday.",
                true,
            ),
            (
                "The owner of the mill, Ross Kane, was arrested on Monday.",
                "The owner of the mill, Ross Kane, was arrested.",
                false,
            ),
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "The owner of the mill, Ross Kane, wasn't arrested.",
                false,
            ),
            (
                "The owner of the mill, Ross Kane, was arrested.",
                "A lawyer denied that the owner of the mill, Ross Kane, was arrested.",
                false,
            ),
            (
                "The fire at the mill killed forty workers.",
                "The fire at the mill killed 55 workers.",
                false,
            ),
            (
                "The fire at the mill killed forty workers.",
                "The fire at the mill killed 40 workers.",
                true,
            ),
            (
                "The physics prize was shared by Hopfield and Hinton.",
                "The chemistry prize was shared by Baker and Hassabis.",
                false,
            ),
        ] {
            let (said, other) = statements(said, other);
            assert_eq!(said.is_said_by(&other), expected, "{said:?} {other:?}");
        }
    }

    #[test]
    fn the_opposite_is_neither_cited_nor_a_repeat_nor_known() {
        for (a, b) in [
            (
                "The Selby court convicted banker Owen Hale of fraud on Wednesday.",
                "The Selby appeal court acquitted banker Owen Hale of fraud.",
            ),
            (
                "Bread prices in Selby rose by 5 percent in March.",
                "Bread prices in Selby fell by 5 percent in March.",
            ),
            (
                "In the chess final in Selby, Tom Sommer beat Lea Winter on Tuesday.",
                "In the chess final in Selby, Lea Winter beat Tom Sommer on Tuesday.",
            ),
            (
                "More than 400 people protested at the prison in Kirby.",
                "Fewer than 400 people protested at the prison in Kirby.",
            ),
            (
                "The Dover clinic reopened on Monday.",
                "The Dover clinic never reopened on Monday.",
            ),
            (
                "The actress Anna Berg sued the director Carl Dorn.",
                "The actress Anna Berg was sued by the director Carl Dorn.",
            ),
            (
                "Prosecutor Lea Kunz welcomed the verdict.",
                "Prosecutor Lea Kunz regretted the verdict.",
            ),
        ] {
            let (a, b) = statements(a, b);
            for (one, other) in [(&a, &b), (&b, &a)] {
                assert!(!one.is_said_by(other), "{one:?} {other:?}");
                assert!(!one.repeats(other), "{one:?} {other:?}");
                assert!(!one.is_known_from(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn text_without_stops_is_compared_as_a_whole() {
        let long = "the river rose and the road was shut ".repeat(5_000);
        let (a, b) = statements(&long, &format!("{long} again"));
        assert!(!a.repeats(&b) && !a.contradicts(&b) && a.is_said_by(&b));
        let (a, b) = statements(&long, &long);
        assert!(a.repeats(&b) && a.is_known_from(&b));
    }

    #[test]
    fn more_words_repeat_and_exchanged_ones_contradict() {
        for (a, b, repeats, contradicts) in [
            (
                "The old bridge at Marlow was closed on Monday.",
                "The bridge at Marlow was closed on Monday, police said.",
                true,
                false,
            ),
            (
                "The Marlow council approved the Greystone quarry by 12 votes to 5 on Monday.",
                "The Marlow council rejected the Greystone quarry by 12 votes to 5 on Monday.",
                false,
                true,
            ),
            (
                "The Marlow council approved the Greystone quarry by 12 votes to 5 on Monday.",
                "The Marlow council approved the Greystone quarry by 12 votes to 5 yesterday.",
                false,
                false,
            ),
            (
                "The Marlow council approved the Greystone quarry by 12 votes to 5 on Monday.",
                "The Marlow council approved the Greystone quarry by 13 votes to 5 on Monday.",
                false,
                false,
            ),
            (
                "The ferry ran aground with 310 passengers, the coastguard said.",
                "The ferry ran aground with 310 people, the police said.",
                false,
                false,
            ),
            (
                "The Dover clinic reopened on Monday.",
                "The Dover clinic never reopened on Monday.",
                false,
                true,
            ),
            (
                "A fire at a mill in Leeds killed twelve workers.",
                "Twelve workers have died in a blaze at a mill.",
                false,
                false,
            ),
        ] {
            let (a, b) = statements(a, b);
            assert_eq!(a.repeats(&b), repeats, "{a:?} {b:?}");
            assert_eq!(a.contradicts(&b), contradicts, "{a:?} {b:?}");
        }
    }
}
