//! Bytes to characters: UTF-8, UTF-16 with a byte order mark, else Windows-1252 if that looks like
//! text. HTML states its encoding, in the answer of the server or in the page, and may use any that
//! browsers know.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::error::Fault;

/// How many bytes at the beginning are searched for NUL.
const SNIFFED_BYTES: usize = 8 * 1024;

/// In damaged UTF-8, at least so many characters for each broken sequence; with fewer it is refused.
const MIN_CHARS_PER_BROKEN: usize = 100;

/// How many bytes at the beginning of a page are searched for its encoding. Browsers look at 1,024, but
/// pages with long beginnings exist that they still read rightly.
const META_BYTES: usize = 4 * 1024;

/// The characters that `bytes` stand for, without the byte order mark. What had to be guessed or
/// replaced is added to `warnings`.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    warnings: &mut Vec<String>,
) -> Result<Cow<'a, str>, Fault> {
    let decoded = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, warnings)?,
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes, warnings)),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes, warnings)),
        _ => utf8(bytes, warnings)?,
    };
    if is_mostly_controls(&decoded) {
        return Err(Fault::Binary);
    }
    Ok(decoded)
}

/// The characters of an HTML page. A byte order mark comes first, then valid UTF-8 with characters
/// beyond ASCII, which no text in another encoding is by chance, then what the server says, then what
/// the page says of itself.
pub(super) fn decode_html<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Vec<String>,
) -> Result<Cow<'a, str>, Fault> {
    let is_marked = [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"]
        .iter()
        .any(|mark| bytes.starts_with(mark));
    if is_marked || (str::from_utf8(bytes).is_ok() && !bytes.is_ascii()) {
        return decode(bytes, warnings);
    }
    let head = bytes.get(..META_BYTES).unwrap_or(bytes);
    let stated = content_type
        .and_then(|stated| charset_in(stated.as_bytes()))
        .or_else(|| charset_in(head));
    let Some(encoding) = stated else {
        return decode(bytes, warnings);
    };
    // What a page calls UTF-16 in characters of one byte is not that.
    if encoding == encoding_rs::UTF_8 || !encoding.is_ascii_compatible() && bytes.is_ascii() {
        return decode(bytes, warnings);
    }
    let (text, is_damaged) = encoding.decode_without_bom_handling(bytes);
    if is_damaged {
        warnings.push(format!(
            "damaged {} in places; shown there as `\u{fffd}`",
            encoding.name()
        ));
    }
    if is_mostly_controls(&text) {
        return Err(Fault::Binary);
    }
    Ok(text)
}

/// The encoding after the first `charset=` that names one.
fn charset_in(bytes: &[u8]) -> Option<&'static Encoding> {
    const KEY: &[u8] = b"charset";
    let mut rest = bytes;
    while let Some(found) = rest
        .windows(KEY.len())
        .position(|window| window.eq_ignore_ascii_case(KEY))
    {
        rest = rest.get(found + KEY.len()..)?;
        let value = rest.trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else {
            continue;
        };
        let value = value.trim_ascii_start();
        let value = value
            .strip_prefix(b"\"")
            .or_else(|| value.strip_prefix(b"'"))
            .unwrap_or(value);
        let is_label =
            |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.');
        let len = value.iter().take_while(is_label).count();
        if let Some(encoding) = Encoding::for_label(value.get(..len)?) {
            return Some(encoding);
        }
    }
    None
}

/// Reads UTF-8. Where it is broken, the valid sequences beyond ASCII decide: hardly any, and the
/// bytes are taken for Windows-1252; many, and the text is UTF-8 with a few bytes damaged, which
/// Windows-1252 would turn into nonsense from end to end.
fn utf8<'a>(bytes: &'a [u8], warnings: &mut Vec<String>) -> Result<Cow<'a, str>, Fault> {
    if bytes.iter().take(SNIFFED_BYTES).any(|&b| b == 0) {
        return Err(Fault::Binary);
    }
    let valid_up_to = match str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error.valid_up_to(),
    };
    let (mut n_chars, mut n_beyond_ascii, mut n_broken) = (0, 0, 0);
    for chunk in bytes.utf8_chunks() {
        n_chars += chunk.valid().chars().count();
        n_beyond_ascii += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        n_broken += usize::from(!chunk.invalid().is_empty());
    }
    if n_beyond_ascii * 4 <= n_broken {
        let text = windows_1252(bytes).ok_or(Fault::Binary)?;
        warnings.push(format!(
            "not UTF-8 (byte {valid_up_to}); read as Windows-1252, so check accents and quotation marks"
        ));
        return Ok(Cow::Owned(text));
    }
    let text = String::from_utf8_lossy(bytes);
    if is_mostly_controls(&text) {
        return Err(Fault::Binary);
    }
    if n_broken * MIN_CHARS_PER_BROKEN > n_chars {
        return Err(Fault::InvalidUtf8 { valid_up_to });
    }
    warnings.push(format!(
        "UTF-8 is damaged in {}, first at byte {valid_up_to}; shown there as `\u{fffd}`",
        places(n_broken)
    ));
    Ok(text)
}

fn places(n: usize) -> String {
    match n {
        1 => "1 place".to_owned(),
        n => format!("{n} places"),
    }
}

/// Reads UTF-16; lone surrogates and an odd last byte become U+FFFD.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, warnings: &mut Vec<String>) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut n_broken = rest.len();
    let mut text: String = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)))
        .map(|read| {
            read.unwrap_or_else(|_| {
                n_broken += 1;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    if n_broken > 0 {
        warnings.push(format!(
            "UTF-16 is damaged in {}; shown there as `\u{fffd}`",
            places(n_broken)
        ));
    }
    text
}

/// Reads Windows-1252 if the bytes look like text in it: no byte without a meaning, at most 1 %
/// control characters, and at most four in ten bytes beyond ASCII (prose in Western European languages
/// has one in ten).
fn windows_1252(bytes: &[u8]) -> Option<String> {
    let n_controls = bytes.iter().filter(|&&b| is_control_byte(b)).count();
    let n_high = bytes.iter().filter(|b| !b.is_ascii()).count();
    if n_controls * 100 > bytes.len() || n_high * 10 > bytes.len() * 4 {
        return None;
    }
    bytes.iter().map(|&byte| character(byte)).collect()
}

fn is_control_byte(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0xC)
}

/// The character of a Windows-1252 byte, `None` for the five without one.
pub(super) fn character(byte: u8) -> Option<char> {
    if !(0x80..0xA0).contains(&byte) {
        return Some(char::from(byte));
    }
    /// Bytes 0x80 to 0x9F; source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>, with
    /// NUL for the five bytes that it maps to C1 controls.
    const HIGH: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    HIGH.get(usize::from(byte) - 0x80)
        .copied()
        .filter(|&c| c != '\0')
}

/// Whether more than one character in ten is a control character other than white space.
fn is_mostly_controls(text: &str) -> bool {
    let is_control = |c: &char| c.is_control() && !c.is_whitespace();
    let n_controls = text.chars().filter(is_control).count();
    n_controls > 0 && n_controls * 10 > text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text and the number of warnings, or the error.
    fn decoded(bytes: &[u8]) -> Result<(String, usize), Fault> {
        let mut warnings = Vec::new();
        let text = decode(bytes, &mut warnings)?.into_owned();
        Ok((text, warnings.len()))
    }

    #[test]
    fn encodings_are_told_apart() {
        for (bytes, expected) in [
            (&b"plain"[..], ("plain", 0)),
            (b"\xEF\xBB\xBFna\xC3\xAFve", ("naïve", 0)),
            (b"\xFF\xFEh\0\xE9\0", ("hé", 0)),
            (b"\xFE\xFF\0h\0\xE9\xD8\x3D\xDE\x00", ("hé😀", 0)),
            (b"\xFF\xFEh\0\0\xD8x", ("h\u{fffd}\u{fffd}", 1)),
            (b"caf\xE9 \x93d\xE9j\xE0\x94 \x80 5", ("café “déjà” € 5", 1)),
            (b"", ("", 0)),
        ] {
            assert_eq!(
                decoded(bytes),
                Ok((expected.0.to_owned(), expected.1)),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_page_states_its_encoding() {
        let russian = b"\xCF\xF0\xE8\xE2\xE5\xF2";
        let meta =
            |charset: &str| [format!("<meta charset={charset}>").as_bytes(), russian].concat();
        let check = |bytes: &[u8], content_type: Option<&str>, expected: &str| {
            let text = decode_html(bytes, content_type, &mut Vec::new()).unwrap();
            assert!(text.ends_with(expected), "{text}");
        };
        check(&meta("windows-1251"), None, "Привет");
        check(&meta("\"Windows-1251\""), None, "Привет");
        check(
            &meta("unknown"),
            Some("text/html; charset=windows-1251"),
            "Привет",
        );
        check(
            &meta("latin1"),
            Some("text/html;charset='cp1251'"),
            "Привет",
        );
        check(&meta("utf-8"), None, "Ïðèâåò");
        check(
            "<meta charset=windows-1251>Привет".as_bytes(),
            None,
            "Привет",
        );
        check(b"\xFF\xFEh\0\xE9\0", Some("text/html; charset=utf-8"), "hé");
        check(b"<meta charset=utf-16>plain", None, "plain");
        check(b"<meta charset=Shift_JIS>\x93\xFA\x96\x7B", None, "日本");
        assert_eq!(
            decode_html(
                b"\0\x01\x02",
                Some("text/html; charset=koi8-r"),
                &mut Vec::new()
            ),
            Err(Fault::Binary)
        );
    }

    #[test]
    fn a_damaged_byte_does_not_turn_utf8_into_windows_1252() {
        let mut bytes = "Ночью прошёл дождь. ".repeat(10).into_bytes();
        bytes.insert(40, 0xD0);
        let (text, n_warnings) = decoded(&bytes).unwrap();
        assert_eq!(n_warnings, 1);
        assert_eq!(
            text.replace('\u{fffd}', ""),
            "Ночью прошёл дождь. ".repeat(10)
        );
    }

    #[test]
    fn utf8_may_be_broken_once_in_a_hundred_characters() {
        let at = |n_chars: usize| {
            let mut bytes = "é".repeat(n_chars).into_bytes();
            bytes.push(0xFF);
            decoded(&bytes).map(|(_, n_warnings)| n_warnings)
        };
        assert_eq!(at(100), Ok(1));
        assert_eq!(at(99), Err(Fault::InvalidUtf8 { valid_up_to: 198 }));
    }

    #[test]
    fn nul_counts_in_the_first_8_kib() {
        let at = |position: usize| {
            let mut bytes = vec![b'a'; SNIFFED_BYTES + 10];
            bytes[position] = 0;
            decoded(&bytes).is_ok()
        };
        assert!(!at(0));
        assert!(!at(SNIFFED_BYTES - 1));
        assert!(at(SNIFFED_BYTES));
    }

    #[test]
    fn one_control_character_in_ten_is_the_limit() {
        assert!(decoded(b"\x01abcdefghi").is_ok());
        assert_eq!(decoded(b"\x01abcdefgh"), Err(Fault::Binary));
        assert!(decoded(b"\r\n\t\r\n\t").is_ok());
    }

    #[test]
    fn binary_files_are_refused() {
        for bytes in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            b"\x1f\x8b\x08\x08\xc3\x28\xa0\xa1\xe2\x28\xa1\xff\xfe\x81",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        ] {
            assert_eq!(decoded(bytes), Err(Fault::Binary), "{bytes:?}");
        }
    }
}
