//! The one place where text is changed: what is done to an article before it is stored.

use unicode_normalization::UnicodeNormalization;

/// Makes raw text fit to be stored and quoted. Empty or all-blank input gives an empty string.
///
/// In this order:
/// 1. CR LF, CR, form feed, vertical tab, NEL, U+2028 and U+2029 become line feeds; tabs and the
///    no-break spaces U+00A0 and U+202F become plain spaces.
/// 2. Every other control character is removed (NUL among them), and so are characters that show
///    nothing: byte order mark, zero-width space, word joiner, soft hyphen and the marks, embeddings,
///    overrides and isolates that steer bidirectional text. The zero-width joiner and non-joiner
///    stay: they decide how emoji, Indic and Arabic words look.
/// 3. Unicode normalisation form C, so that one word has one spelling in bytes.
/// 4. White space at line ends goes, three or more line feeds become two, both ends are trimmed.
///
/// Nothing else: quotation marks, dashes, case and spacing inside a line stay as the author wrote
/// them, because they will be quoted. The result is a fixed point (normalising it changes nothing).
pub fn normalize(raw: &str) -> String {
    let composed: String = raw
        .replace("\r\n", "\n")
        .chars()
        .filter_map(stored)
        .nfc()
        .collect();
    let mut text = String::with_capacity(composed.len());
    let mut n_blank = 0;
    for line in composed.trim().split('\n').map(str::trim_end) {
        if line.is_empty() {
            n_blank += 1;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if n_blank > 0 { "\n\n" } else { "\n" });
        }
        text.push_str(line);
        n_blank = 0;
    }
    text
}

/// What is stored for one character: itself, a replacement, or nothing.
fn stored(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' | '\u{a0}' | '\u{202f}' => Some(' '),
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => None,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            None
        }
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn raw_text_becomes_storable() {
        for (raw, expected) in [
            ("", ""),
            (" \r\n\t ", ""),
            ("\u{feff}Title\r\nLine\rNext", "Title\nLine\nNext"),
            ("a\0b\u{7}c\u{9b}d", "abcd"),
            ("one\ttwo\u{a0}three\u{202f}%", "one two three %"),
            (
                "page\u{c}next\u{2028}line\u{2029}par",
                "page\nnext\nline\npar",
            ),
            (
                "in\u{ad}vis\u{200b}i\u{2060}ble\u{202e}\u{2066}\u{200f}",
                "invisible",
            ),
            (
                "می\u{200c}خواهم 👩\u{200d}🚀",
                "می\u{200c}خواهم 👩\u{200d}🚀",
            ),
            ("trailing  \nspace \n \n\n\nend\n", "trailing\nspace\n\nend"),
            ("  first  line kept  inside", "first  line kept  inside"),
            ("cafe\u{301}", "caf\u{e9}"),
            (
                "“Quotes” – and ‘dashes’ — stay…",
                "“Quotes” – and ‘dashes’ — stay…",
            ),
        ] {
            assert_eq!(normalize(raw), expected, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(raw in any::<String>()) {
            let once = normalize(&raw);
            prop_assert_eq!(normalize(&once), once);
        }

        #[test]
        fn normalising_blanks_and_marks_twice_changes_nothing(
            raw in "[a \\r\\n\\t\u{a0}\u{301}\u{200b}\u{2028}\u{3000}é\u{327}\u{1100}\u{1161}]{0,40}",
        ) {
            let once = normalize(&raw);
            prop_assert_eq!(normalize(&once), once.clone());
            prop_assert!(!once.contains("\n\n\n") && !once.contains(" \n"));
            prop_assert_eq!(once.trim(), &once);
        }
    }
}
