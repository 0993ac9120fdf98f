//! What sentences claim in numbers, to notice where two sources disagree.

use std::collections::BTreeSet;

use crate::document::{Language, Span};
use crate::index::is_function_word;
use crate::text;

/// Words after a number among which the thing it counts is looked for.
const MAX_UNIT_DISTANCE: usize = 2;

/// A number and the thing it counts: `12` and `packets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The number, bytes of the sentence.
    pub(super) span: Span,
    value: String,
    unit: String,
    /// Of its clause and of the one that opens the sentence.
    years: BTreeSet<String>,
}

/// What a sentence claims, and of whom.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    counts: Vec<Claim>,
    /// Folded words with a capital: the first of the sentence unless it is a function word; no days, no months.
    names: BTreeSet<String>,
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

/// What a number before it measures and does not count: any other thing has another measure.
const MEASURES: [&str; 17] = [
    "metre",
    "meter",
    "kilometre",
    "kilometer",
    "mile",
    "foot",
    "feet",
    "inch",
    "inche",
    "km",
    "m",
    "kg",
    "kilo",
    "tonne",
    "ton",
    "year",
    "degree",
];
/// Behind a number they multiply it.
const SCALES: [(&str, f64); 9] = [
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("million", 1e6),
    ("mln", 1e6),
    ("mn", 1e6),
    ("billion", 1e9),
    ("bln", 1e9),
    ("bn", 1e9),
    ("trillion", 1e12),
];
/// Shares and prices: many things have one, so they only disagree in sentences that say nearly the same.
const QUANTITIES: [&str; 19] = [
    "percent", "pct", "per", "point", "dollar", "dlr", "euro", "pound", "stg", "yen", "mark",
    "franc", "cent", "ct", "unit", "share", "crown", "rupee", "peso",
];
/// No names, though written with a capital, and nothing that is counted.
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
    "tomorrow",
];

/// The numbers of a sentence with what they count. Years and days of a month date and do not count, measures
/// (metres, years of age) differ with what is measured, and a number of several words is not read.
pub(super) fn claims(sentence: &str, language: Language) -> Claims {
    let words: Vec<(Span, &str, String)> = text::words(sentence)
        .filter_map(|span| {
            let word = span.slice(sentence)?;
            Some((span, word, text::fold(word)))
        })
        .collect();
    let counts = (0..words.len())
        .filter_map(|position| {
            let mut claim = claim(&words, position, language)?;
            claim.years = years_beside(sentence, claim.span.start);
            Some(claim)
        })
        .collect();
    let names = words
        .iter()
        .enumerate()
        .filter(|(position, (_, word, folded))| {
            word.starts_with(char::is_uppercase)
                && (*position > 0 || !is_function_word(folded, language))
                && !MONTHS.contains(&folded.as_str())
                && !DAYS.contains(&folded.as_str())
                && value(word, folded).is_none()
        })
        .map(|(_, (.., folded))| folded.clone())
        .collect();
    Claims { counts, names }
}

/// The years of the clause that holds `position`, bytes, and of the one that opens the sentence.
fn years_beside(sentence: &str, position: usize) -> BTreeSet<String> {
    // A comma with a space: "2,000" is one word.
    const COMMA: &str = ", ";
    let before = sentence.get(..position).unwrap_or_default();
    let own_start = before.rfind(COMMA).map_or(0, |comma| comma + COMMA.len());
    let mut start = 0;
    sentence
        .split_inclusive(COMMA)
        .filter(|clause| {
            let begins = start;
            start += clause.len();
            begins == 0 || begins == own_start
        })
        .flat_map(|clause| text::words(clause).filter_map(|word| word.slice(clause)))
        .filter(|word| is_year(word))
        .map(str::to_owned)
        .collect()
}

fn claim(words: &[(Span, &str, String)], position: usize, language: Language) -> Option<Claim> {
    let (span, word, folded) = words.get(position)?;
    if is_year(word) {
        return None;
    }
    let mut value = value(word, folded)?;
    let is_number = |at: usize| {
        let of = words.get(at);
        of.is_some_and(|(_, word, folded)| self::value(word, folded).is_some())
    };
    let is_joined = |at: usize| words.get(at).is_some_and(|(.., folded)| folded == "and");
    // "a hundred and twenty": the part of it is another number.
    let is_spelled = !word.starts_with(|c: char| c.is_ascii_digit());
    let before = position.checked_sub(1).is_some_and(|before| {
        is_number(before) || (is_joined(before) && before > 0 && is_number(before - 1))
    });
    let mut next = position + 1;
    if is_spelled && let Some(sum) = tens_and_ones(words, position) {
        value = sum.to_string();
        next += 1;
    }
    let behind = is_number(next) || (is_joined(next) && is_number(next + 1));
    if is_spelled && (before || behind) {
        return None;
    }
    let scale_at = |at: usize| {
        let folded = &words.get(at)?.2;
        let known = SCALES.iter().find(|(name, _)| name == folded);
        known.map(|(_, factor)| *factor)
    };
    while let Some(factor) = scale_at(next) {
        value = (value.parse::<f64>().ok()? * factor).to_string();
        next += 1;
    }
    let unit = words
        .iter()
        .skip(next)
        .take(MAX_UNIT_DISTANCE)
        .find(|(_, word, folded)| {
            !is_function_word(folded, language) && self::value(word, folded).is_none()
        })
        .map(|(_, _, folded)| folded.as_str())?;
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    // 1,735.5 is a level or a measure, unless it is so many millions or a share.
    let is_share = matches!(singular, "percent" | "pct" | "per");
    if value.contains('.') && !is_share {
        return None;
    }
    let is_count = ![&MONTHS[..], &DAYS[..]]
        .iter()
        .any(|dates| dates.contains(&unit))
        && ![unit, singular].iter().any(|u| MEASURES.contains(u));
    let end = words.get(next - 1).map_or(span.end, |(last, ..)| last.end);
    is_count.then(|| Claim {
        span: Span::new(span.start, end),
        value,
        unit: singular.to_owned(),
        years: BTreeSet::new(),
    })
}

/// "fifty-five", "twenty two".
fn tens_and_ones(words: &[(Span, &str, String)], position: usize) -> Option<u32> {
    let value_at = |at: usize| {
        let (_, word, folded) = words.get(at)?;
        let is_spelled = word.chars().all(char::is_alphabetic);
        value(word, folded)?
            .parse::<u32>()
            .ok()
            .filter(|_| is_spelled)
    };
    let (tens, ones) = (value_at(position)?, value_at(position + 1)?);
    ((20..100).contains(&tens) && tens % 10 == 0 && (1..10).contains(&ones)).then_some(tens + ones)
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
    if is_number {
        return Some(word.trim_end_matches(['.', ',']).replace(',', ""));
    }
    // "1.3bn"
    let at = word.find(char::is_alphabetic)?;
    let (number, scale) = word.split_at_checked(at)?;
    let (_, factor) = SCALES.iter().find(|(name, _)| *name == scale)?;
    let number: f64 = number.replace(',', "").parse().ok()?;
    Some((number * factor).to_string())
}

/// Four digits without a comma that can date something. "2,000 people" is no year.
fn is_year(word: &str) -> bool {
    word.len() == 4
        && word.chars().all(|c| c.is_ascii_digit())
        && (word.starts_with("19") || word.starts_with("20"))
}

impl Claims {
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The first two counts, one of each, of the same thing that differ, where neither has the other's number
    /// for it. `None` where the counts are of different years, or each of a name that the other does not have:
    /// they count different things then. Shares and prices count only `among_alike` sentences.
    pub(super) fn conflict<'a>(
        &'a self,
        other: &'a Claims,
        among_alike: bool,
    ) -> Option<(&'a Claim, &'a Claim)> {
        let is_comparable =
            self.names.is_subset(&other.names) || other.names.is_subset(&self.names);
        if !is_comparable {
            return None;
        }
        let says = |claims: &[Claim], unit: &str, value: &str| {
            claims.iter().any(|c| c.unit == unit && c.value == value)
        };
        let (a, b) = (&self.counts, &other.counts);
        a.iter().find_map(|one| {
            let differs = |other: &&Claim| {
                other.unit == one.unit
                    && (among_alike || !QUANTITIES.contains(&one.unit.as_str()))
                    && other.years == one.years
                    && !says(b, &one.unit, &one.value)
                    && !says(a, &other.unit, &other.value)
            };
            Some((one, b.iter().find(differs)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str) -> Option<(String, String)> {
        let (a_claims, b_claims) = (claims(a, Language::English), claims(b, Language::English));
        let (x, y) = a_claims.conflict(&b_claims, true)?;
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
            (
                "The school has 120 pupils.",
                "The school has a hundred and twenty pupils.",
                None,
            ),
            (
                "In 2016 a flood in Lenton damaged 75 houses.",
                "The flood in Lenton damaged 40 houses.",
                None,
            ),
            (
                "Turnout was 61 percent, up from 54 percent in 2021.",
                "Turnout was 63 percent.",
                Some(("61", "63")),
            ),
            (
                "Holm won 52.3 percent of the vote.",
                "Holm won 51.9 percent of the vote.",
                Some(("52.3", "51.9")),
            ),
            (
                "The index stood at 1,735.5 points at noon.",
                "The index stood at 1,748.5 points at noon.",
                None,
            ),
            (
                "The index opened at 1,730 against yesterday's 1,735.",
                "The index closed at 1,735 from yesterday's 1,754.",
                None,
            ),
            (
                "The flood damaged 12 houses on Church Street.",
                "The flood damaged 40 houses on Mill Street.",
                None,
            ),
            (
                "On Friday the flood damaged 12 houses in Lenton.",
                "The flood damaged 40 houses.",
                Some(("12", "40")),
            ),
            (
                "Lund won the 200 metres in Oslo.",
                "Lund won the 400 metres in Oslo.",
                None,
            ),
            (
                "The bridge cost 1.2 million euros.",
                "The bridge cost 1,200,000 euros.",
                None,
            ),
            (
                "The bridge cost two million euros.",
                "The bridge cost 3 million euros.",
                Some(("two million", "3 million")),
            ),
            (
                "It drove 40 families out.",
                "It drove fifty-five families out.",
                Some(("40", "fifty-five")),
            ),
            (
                "The plan costs £1.3bn euros.",
                "The plan costs 1.9 bn euros.",
                Some(("1.3bn", "1.9 bn")),
            ),
            ("Nobody died.", "", None),
        ] {
            let expected = expected.map(|(x, y): (&str, &str)| (x.to_owned(), y.to_owned()));
            assert_eq!(check(a, b), expected, "{a:?} {b:?}");
        }
    }
}
