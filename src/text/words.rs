//! Words and their folded forms: the first half of lexical analysis, the same for articles and
//! questions. Stemming is the second half and belongs to `index`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_segmentation::UnicodeSegmentation;

use crate::document::Span;

/// Longer words are left out: nobody asks for them, and they are data rather than language.
pub const MAX_WORD_BYTES: usize = 255;

/// The words of `text` in order, as byte ranges of it; disjoint, non-empty, none for text without
/// letters and digits. Linear time.
///
/// Boundaries are those of UAX #29 (Unicode 16, word boundaries), kept where a letter or digit is
/// inside, with these differences:
/// - the possessive `'s` or `’s` is cut off (`Putin's` gives `Putin`);
/// - an elided article or pronoun is a word of its own (`l'Europe` gives `l` and `Europe`);
/// - names with full stops are split (`example.com`, and `ended.The` where a space was forgotten),
///   but not abbreviations (`U.S`, `Ph.D`), in which some part is a single letter, nor numbers;
/// - lowered digits belong to the letters beside them (`H₂O`, `CO₂`), raised ones to a unit of length before them (`km²`) and
///   else are a number of their own (`10²⁵`);
/// - words over [`MAX_WORD_BYTES`] are left out.
///
/// As in UAX #29, hyphens separate, numbers keep their separators (`1,200`, `3.5`), Han and Hiragana
/// characters stand alone, and the last stop of `U.S.` is no part of the word.
pub fn words(text: &str) -> impl Iterator<Item = Span> + '_ {
    joined(text)
        .flat_map(|(start, word)| {
            let word = without_possessive(word);
            let head = elision_len(word);
            let tail = word.get(head..).unwrap_or_default();
            let separator = if is_dotted_name(tail) { '.' } else { '\0' };
            let elided =
                (head > 0).then(|| Span::new(start, start + word.floor_char_boundary(head - 1)));
            let mut at = start + head;
            let parts = tail.split(separator).map(move |part| {
                let span = Span::new(at, at + part.len());
                at = span.end + 1;
                span
            });
            elided.into_iter().chain(parts)
        })
        .filter(|span| (1..=MAX_WORD_BYTES).contains(&span.len()))
}

/// Units of length, whose squares and cubes are words.
const UNITS: [&str; 9] = ["m", "mm", "cm", "dm", "km", "in", "ft", "yd", "mi"];

/// The words of UAX #29, those that meet at a lowered digit as one, and raised digits, which are a word each
/// there, as one number or with their unit.
fn joined(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_lowered = |c: char| ('₀'..='₉').contains(&c);
    let is_raised = |c: char| matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹');
    let mut words = text.unicode_word_indices().peekable();
    std::iter::from_fn(move || {
        let (start, mut last) = words.next()?;
        let mut end = start + last.len();
        while let Some((_, next)) = words.next_if(|(at, next)| {
            let is_formula = last.ends_with(is_lowered) || next.starts_with(is_lowered);
            let is_exponent = last.ends_with(is_raised) && next.starts_with(is_raised);
            let unit = last.trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c));
            let is_measure = matches!(*next, "²" | "³") && UNITS.contains(&unit);
            *at == end && (is_formula || is_exponent || is_measure)
        }) {
            end += next.len();
            last = next;
        }
        Some((start, text.get(start..end)?))
    })
}

/// The form under which a word is looked up: equal for spellings a reader takes for the same word.
///
/// In lower case, compatibility forms and ligatures resolved (NFKD, UAX #15), marks of Latin, Greek,
/// Cyrillic, Hebrew and Arabic dropped (the vowel signs of Indic scripts and the voicing marks of kana
/// are letters and stay), apostrophes dropped, stops between letters dropped (`u.s` gives `us`),
/// commas between digits dropped (`1,200` gives `1200`), `ß æ œ ø ł đ ı` spelled in ASCII. Empty gives
/// empty. Folding twice changes nothing. Stem before folding: stemmers want the accents.
pub fn fold(word: &str) -> String {
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if word.is_ascii() {
        let plain: String = word
            .chars()
            .filter(|&c| c != '\'')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        return without_inner_marks(&plain);
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.nfkd().flat_map(char::to_lowercase).nfkd() {
        match c {
            '\'' | '’' | '‘' | 'ʼ' | '＇' => {}
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            c if is_dropped_mark(c) => {}
            c => plain.push(c),
        }
    }
    without_inner_marks(&plain).nfc().collect()
}

/// Drops stops between letters and commas between digits.
fn without_inner_marks(word: &str) -> String {
    if !word.contains(['.', ',']) {
        return word.to_owned();
    }
    let mut previous = ' ';
    let mut chars = word.chars().peekable();
    let mut kept = String::with_capacity(word.len());
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_dropped = match c {
            '.' => previous.is_alphabetic() && next.is_alphabetic(),
            ',' => previous.is_ascii_digit() && next.is_ascii_digit(),
            _ => false,
        };
        if !is_dropped {
            kept.push(c);
        }
        previous = c;
    }
    kept
}

/// Whether a combining mark only modifies its letter. By canonical combining class (Unicode 16, table
/// 4.3): 1 and 200 to 240 are the marks of Latin, Greek and Cyrillic, 10 to 36 the points of Hebrew,
/// Arabic and Syriac; others spell sounds.
fn is_dropped_mark(c: char) -> bool {
    matches!(canonical_combining_class(c), 1 | 10..=36 | 200..=240)
}

/// `word` without a possessive ending.
fn without_possessive(word: &str) -> &str {
    ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .unwrap_or(word)
}

/// Bytes of a French or Italian elision that `word` begins with, its apostrophe included, else 0.
fn elision_len(word: &str) -> usize {
    let Some((head, tail)) = word.split_once(['\'', '’']) else {
        return 0;
    };
    let is_elided = ["l", "d", "j", "n", "qu", "c", "m", "t", "s", "dell", "all"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(head));
    if is_elided && tail.chars().count() > 1 {
        word.len() - tail.len()
    } else {
        0
    }
}

/// Whether stops join words here rather than the letters of an abbreviation.
fn is_dotted_name(word: &str) -> bool {
    let is_word = |part: &str| part.chars().count() > 1 && part.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_into_words() {
        for (text, expected) in [
            ("", vec![]),
            (" —…!? 🎉", vec![]),
            ("a 30-day ceasefire", vec!["a", "30", "day", "ceasefire"]),
            (
                "Putin's plan, Biden’s reply",
                vec!["Putin", "plan", "Biden", "reply"],
            ),
            (
                "the U.S. and the Ph.D.",
                vec!["the", "U.S", "and", "the", "Ph.D"],
            ),
            (
                "1,200 or 3.5% at 10.30",
                vec!["1,200", "or", "3.5", "at", "10.30"],
            ),
            (
                "can't O'Neill l'Europe d’Orsay",
                vec!["can't", "O'Neill", "l", "Europe", "d", "Orsay"],
            ),
            (
                "see example.com. It ended.The end",
                vec!["see", "example", "com", "It", "ended", "The", "end"],
            ),
            ("東京は雨", vec!["東", "京", "は", "雨"]),
            ("Größe über", vec!["Größe", "über"]),
            (
                "CO₂, C₁₂H₂₂O₁₁: 10²⁵ m², 1.5km³, the quay¹",
                vec![
                    "CO₂",
                    "C₁₂H₂₂O₁₁",
                    "10",
                    "²⁵",
                    "m²",
                    "1.5km³",
                    "the",
                    "quay",
                    "¹",
                ],
            ),
        ] {
            let found: Vec<_> = words(text).map(|span| span.slice(text).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn words_are_bounded() {
        for (len, n_words) in [(MAX_WORD_BYTES, 1), (MAX_WORD_BYTES + 1, 0)] {
            assert_eq!(words(&"a".repeat(len)).count(), n_words);
        }
    }

    #[test]
    fn spellings_of_one_word_fold_alike() {
        for (word, expected) in [
            ("", ""),
            ("House", "house"),
            ("CAFÉ", "cafe"),
            ("cafe\u{301}", "cafe"),
            ("U.S", "us"),
            ("Ph.D", "phd"),
            ("3.5", "3.5"),
            ("1,200", "1200"),
            ("1,200,000", "1200000"),
            ("O'Neill", "oneill"),
            ("don’t", "dont"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Ærø", "aero"),
            ("Łódź", "lodz"),
            ("Đà", "da"),
            ("İstanbul", "istanbul"),
            ("ısı", "isi"),
            ("ﬁnance", "finance"),
            ("２０２５", "2025"),
            ("Ёлка", "елка"),
            ("مُحَمَّد", "محمد"),
            ("が", "が"),
            ("한국", "한국"),
            ("हिन्दी", "हिन्दी"),
        ] {
            assert_eq!(fold(word), expected, "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(word in any::<String>()) {
            let once = fold(&word);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folding_marked_words_twice_changes_nothing(word in "[aAßÆİIı'’.,12\u{301}\u{307}\u{3099}か가가éǅﬁ]{0,8}") {
            let once = fold(&word);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn words_are_ordered_disjoint_slices(text in "[a-z'’.sS1, é漢-]{0,40}|\\PC{0,40}") {
            let mut end = 0;
            for span in words(&text) {
                prop_assert!(span.start >= end && !span.is_empty());
                prop_assert!(span.slice(&text).unwrap().contains(char::is_alphanumeric));
                end = span.end;
            }
        }
    }
}
