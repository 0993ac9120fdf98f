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

/// Numbers that news writes as words.
const SPELLED: [(&str, &str); 29] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("forty", "40"),
    ("fifty", "50"),
    ("sixty", "60"),
    ("seventy", "70"),
    ("eighty", "80"),
    ("ninety", "90"),
    ("hundred", "100"),
    ("thousand", "1000"),
    ("dozen", "12"),
];

/// What a number before it is the day of and no count, folded: months in English, German, French and Spanish.
const MONTHS: [&str; 43] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "januar",
    "februar",
    "marz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// The numbers of a sentence with what they count. Years and days of a month are left out: they date, they
/// do not count.
pub(super) fn claims(sentence: &str, language: Language) -> Vec<Claim> {
    let words: Vec<(Span, &str, String)> = text::words(sentence)
        .filter_map(|span| {
            let word = span.slice(sentence)?;
            Some((span, word, text::fold(word)))
        })
        .collect();
    words
        .iter()
        .enumerate()
        .filter(|(_, (_, word, _))| !is_year(word))
        .filter_map(|(position, (span, word, folded))| {
            let value = value(word, folded)?;
            let unit = words
                .iter()
                .skip(position + 1)
                .take(MAX_UNIT_DISTANCE)
                .find(|(_, word, folded)| {
                    !is_function_word(folded, language) && self::value(word, folded).is_none()
                })
                .map(|(_, _, folded)| folded)?;
            (!MONTHS.contains(&unit.as_str())).then(|| Claim {
                span: *span,
                value,
                unit: unit.strip_suffix('s').unwrap_or(unit).to_owned(),
            })
        })
        .collect()
}

/// The value of a word that is a number, `folded` being its folded form.
pub(super) fn value(word: &str, folded: &str) -> Option<String> {
    if let Some((_, value)) = SPELLED.iter().find(|(known, _)| *known == folded) {
        return Some((*value).to_owned());
    }
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    is_number.then(|| word.trim_end_matches(['.', ',']).replace(',', ""))
}

/// Four digits without a comma that can date something. "2,000 people" is no year.
fn is_year(word: &str) -> bool {
    word.len() == 4
        && word.chars().all(|c| c.is_ascii_digit())
        && (word.starts_with("19") || word.starts_with("20"))
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
            (
                "About 2,000 people marched.",
                "Some 2,500 people marched.",
                Some(("2,000", "2,500")),
            ),
            (
                "The bridge closed on 10 January.",
                "The bridge opened again on 11 January.",
                None,
            ),
            (
                "It killed forty workers.",
                "It killed 55 workers.",
                Some(("forty", "55")),
            ),
            ("Nobody died.", "", None),
        ] {
            let expected = expected.map(|(x, y): (&str, &str)| (x.to_owned(), y.to_owned()));
            assert_eq!(check(a, b), expected, "{a:?} {b:?}");
        }
    }
}
