//! Which language a text is in.

use whatlang::Lang;

use crate::document::Language;

/// Characters looked at, from the beginning: more does not change the verdict on prose.
const MAX_SAMPLE_CHARS: usize = 2_000;

/// Letters below which n-grams say nothing.
const MIN_LETTERS: usize = 20;

/// Confidence of the detector (0..=1: its lead over the second language) from which it is believed
/// without calling itself reliable. Single sentences of Danish, Dutch and Russian news reach 0.3 to 0.6;
/// wrong verdicts on English names and products stay below 0.1.
const MIN_CONFIDENCE: f64 = 0.3;

/// The language of `text`, judged by its first 2,000 characters.
///
/// 1. A text that reads as English is English, since n-grams take a little English for Danish or
///    Dutch. It reads so if at least one word in twenty, and at least one, is an English function word
///    that other languages do not have (`the`, `what`, `did`, …), if these and the ones shared with a
///    neighbour (`in`, `was`, `for`, …) make up a fifth of its words, and if at most one letter in ten
///    is outside ASCII.
/// 2. Otherwise, from 20 letters on, the detector's verdict counts if it calls itself reliable or is
///    at least 0.3 sure; for English any verdict counts, since it is the likeliest language here.
/// 3. Otherwise it is [`Language::Other`]. That is also the answer for a language without a stemmer,
///    for empty text and for text without letters.
pub fn detect(text: &str) -> Language {
    let end = text
        .char_indices()
        .nth(MAX_SAMPLE_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let sample = text.get(..end).unwrap_or_default();
    let n_letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    if reads_as_english(sample, n_letters) {
        return Language::English;
    }
    if n_letters < MIN_LETTERS {
        return Language::Other;
    }
    whatlang::detect(sample)
        .filter(|info| {
            let is_sure = info.is_reliable() || info.confidence() >= MIN_CONFIDENCE;
            is_sure || info.lang() == Lang::Eng
        })
        .map_or(Language::Other, |info| language_of(info.lang()))
}

/// Whether the text has the function words of English; see [`detect`].
fn reads_as_english(sample: &str, n_letters: usize) -> bool {
    let contains =
        |list: &[&str], word: &str| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    let (mut n_words, mut n_distinctive, mut n_shared) = (0, 0, 0);
    for word in sample.split(|c: char| !c.is_alphanumeric()) {
        n_words += usize::from(!word.is_empty());
        n_distinctive += usize::from(contains(DISTINCTIVE, word));
        n_shared += usize::from(contains(SHARED, word));
    }
    let n_ascii = sample.bytes().filter(u8::is_ascii_alphabetic).count();
    n_distinctive > 0
        && n_distinctive * 20 >= n_words
        && (n_distinctive + n_shared) * 5 >= n_words
        && n_ascii * 10 >= n_letters * 9
}

/// Common English words that are rare or absent in other languages.
const DISTINCTIVE: &[&str] = &[
    "the", "and", "what", "who", "whom", "whose", "when", "where", "which", "how", "why", "did",
    "does", "with", "from", "that", "this", "these", "those", "they", "their", "been", "would",
    "could", "should", "it", "she", "you", "your", "are", "about", "after", "before", "there",
    "many", "much", "said", "has",
];

/// Common English words that another language spells alike.
const SHARED: &[&str] = &[
    "a", "an", "as", "at", "be", "by", "can", "do", "for", "had", "have", "he", "her", "his", "in",
    "is", "its", "more", "not", "of", "on", "one", "or", "than", "to", "was", "were", "will",
    "year", "s", "t",
];

/// Ours for theirs; both Norwegian standards share one stemmer.
fn language_of(lang: Lang) -> Language {
    match lang {
        Lang::Ara => Language::Arabic,
        Lang::Dan => Language::Danish,
        Lang::Nld => Language::Dutch,
        Lang::Eng => Language::English,
        Lang::Fin => Language::Finnish,
        Lang::Fra => Language::French,
        Lang::Deu => Language::German,
        Lang::Ell => Language::Greek,
        Lang::Hun => Language::Hungarian,
        Lang::Ita => Language::Italian,
        Lang::Nob => Language::Norwegian,
        Lang::Por => Language::Portuguese,
        Lang::Ron => Language::Romanian,
        Lang::Rus => Language::Russian,
        Lang::Spa => Language::Spanish,
        Lang::Swe => Language::Swedish,
        Lang::Tam => Language::Tamil,
        Lang::Tur => Language::Turkish,
        _ => Language::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        for (text, expected) in [
            ("", Language::Other),
            ("12345 678 90", Language::Other),
            ("Putin", Language::Other),
            ("what did Putin refuse?", Language::English),
            ("Who won?", Language::English),
            ("What year was Beyoncé's album scrapped?", Language::English),
            (
                "Shares fell 3% after the £40m deal was called off.",
                Language::English,
            ),
            (
                "De gemeenteraad stelde de stemming uit tot volgend jaar omdat er te weinig leden aanwezig waren.",
                Language::Dutch,
            ),
            (
                "The council met on Tuesday and put the vote off until the new year.",
                Language::English,
            ),
            (
                "Der Stadtrat vertagte die Abstimmung am Dienstag auf das kommende Jahr, weil mehrere Mitglieder fehlten.",
                Language::German,
            ),
            (
                "Le conseil municipal a reporté le vote à l'année prochaine, faute de quorum, a annoncé la mairie.",
                Language::French,
            ),
            (
                "El ayuntamiento aplazó la votación hasta el próximo año porque faltaban varios concejales.",
                Language::Spanish,
            ),
            (
                "Городской совет отложил голосование на следующий год, потому что не было кворума.",
                Language::Russian,
            ),
            (
                "أجّل المجلس البلدي التصويت إلى العام المقبل بسبب غياب عدد من الأعضاء عن الجلسة.",
                Language::Arabic,
            ),
            (
                "市议会周二决定将表决推迟到明年，因为有几名议员缺席，法定人数不足。",
                Language::Other,
            ),
        ] {
            assert_eq!(detect(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_the_beginning_counts() {
        let english = "The council met on Tuesday and put off the vote. ".repeat(50);
        let text = format!(
            "{english}{}",
            "Der Rat vertagte die Abstimmung. ".repeat(10_000)
        );
        assert_eq!(detect(&text), Language::English);
    }
}
