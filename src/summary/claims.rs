//! What sentences claim in numbers, to notice where two sources disagree.

use crate::document::{Language, Span};
use crate::text;

use super::function_words::is_function_word;

/// Words after a number among which the thing it counts is looked for.
const MAX_UNIT_DISTANCE: usize = 2;

/// A number and the thing it counts: `12` and `packets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The number, bytes of the sentence.
    pub(super) span: Span,
    value: String,
    unit: String,
}

/// Small numbers that news writes as words.
const SPELLED: [&str; 11] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// The numbers of a sentence with what they count. Years are left out: they date, they do not count.
pub(super) fn claims(sentence: &str, language: Language) -> Vec<Claim> {
    let words: Vec<(Span, String)> = text::words(sentence)
        .filter_map(|span| Some((span, text::fold(span.slice(sentence)?))))
        .collect();
    words
        .iter()
        .enumerate()
        .filter_map(|(position, (span, word))| {
            let value = value(word)?;
            let unit = words
                .iter()
                .skip(position + 1)
                .take(MAX_UNIT_DISTANCE)
                .map(|(_, word)| word)
                .find(|word| !is_function_word(word, language) && self::value(word).is_none())?;
            Some(Claim {
                span: *span,
                value,
                unit: unit.strip_suffix('s').unwrap_or(unit).to_owned(),
            })
        })
        .collect()
}

fn value(word: &str) -> Option<String> {
    if let Some(spelled) = SPELLED.iter().position(|known| *known == word) {
        return Some((spelled + 2).to_string());
    }
    let is_year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    (is_number && !is_year).then(|| word.to_owned())
}

/// The first two claims, one of each list, that count the same thing and differ, where neither
/// sentence has the other's number for it.
pub(super) fn conflict<'a>(a: &'a [Claim], b: &'a [Claim]) -> Option<(&'a Claim, &'a Claim)> {
    let says = |claims: &[Claim], unit: &str, value: &str| {
        claims.iter().any(|c| c.unit == unit && c.value == value)
    };
    a.iter().find_map(|one| {
        let other = b.iter().find(|other| {
            other.unit == one.unit
                && !says(b, &one.unit, &one.value)
                && !says(a, &other.unit, &other.value)
        })?;
        Some((one, other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str) -> Option<(String, String)> {
        let (a_claims, b_claims) = (claims(a, Language::English), claims(b, Language::English));
        let (x, y) = conflict(&a_claims, &b_claims)?;
        let slice = |claim: &Claim, text: &str| claim.span.slice(text).unwrap().to_owned();
        Some((slice(x, a), slice(y, b)))
    }

    #[test]
    fn numbers_conflict_where_they_count_the_same_thing() {
        for (a, b, expected) in [
            (
                "The flood killed 12 people on Monday.",
                "At least 15 people died in the flood.",
                Some(("12", "15")),
            ),
            (
                "It will take eleven weeks.",
                "Repairs take 14 weeks, the council said.",
                Some(("eleven", "14")),
            ),
            ("It will take eleven weeks.", "It will take 11 weeks.", None),
            ("1,200 jobs will go.", "1200 jobs will go.", None),
            ("12 people died.", "15 houses burned.", None),
            (
                "12 people died and 15 people were hurt.",
                "15 people were hurt.",
                None,
            ),
            ("In 2019 people left.", "In 2020 people left.", None),
            ("Nobody died.", "", None),
        ] {
            let expected = expected.map(|(x, y): (&str, &str)| (x.to_owned(), y.to_owned()));
            assert_eq!(check(a, b), expected, "{a:?} {b:?}");
        }
    }
}
