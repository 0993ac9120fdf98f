//! What a PDF says about itself.

use hayro_interpret::hayro_syntax::Pdf;

use crate::document::Date;

/// Programs whose files are made when somebody prints or saves a page, not when it was written.
const PRINTERS: [&[u8]; 5] = [
    b"Mozilla/",
    b"Chrom",
    b"Safari",
    b"Skia/PDF",
    b"wkhtmltopdf",
];

/// Longest title that is looked at, in bytes.
const MAX_BYTES: usize = 2_000;

/// What the information dictionary says.
pub(super) struct Info {
    pub(super) title: Option<String>,
    /// The day on which the file was made, unless a browser made it.
    pub(super) made: Option<Date>,
}

pub(super) fn read(pdf: &Pdf) -> Info {
    let metadata = pdf.metadata();
    let is_printed = [&metadata.creator, &metadata.producer]
        .into_iter()
        .flatten()
        .any(|program| {
            PRINTERS.iter().any(|printer| {
                program
                    .windows(printer.len())
                    .any(|window| window == *printer)
            })
        });
    let made = metadata
        .creation_date
        .filter(|_| !is_printed)
        .and_then(|made| {
            Date::from_ymd(
                i32::from(made.year),
                u32::from(made.month),
                u32::from(made.day),
            )
        });
    Info {
        title: metadata.title.as_deref().and_then(text),
        made,
    }
}

/// A text string of PDF: UTF-16 or UTF-8 with a byte order mark, else PDFDocEncoding, of which the
/// letters are those of Latin-1.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let (pairs, _) = rest.as_chunks::<2>();
            let units = pairs.iter().map(|&pair| u16::from_be_bytes(pair));
            char::decode_utf16(units)
                .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&byte| doc_character(byte)).collect(),
        },
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The character of a byte in PDFDocEncoding (PDF 32000-1, annex D.3).
fn doc_character(byte: u8) -> char {
    const MARKS: [char; 32] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}',
    ];
    match byte {
        0x80..=0x9F => MARKS
            .get(usize::from(byte) - 0x80)
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        0xA0 => '€',
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read_in_all_encodings() {
        for (bytes, expected) in [
            (&b"Plain title"[..], Some("Plain title")),
            (b"\xFE\xFF\0S\0\xFC\0d\x20\x14", Some("Süd—")),
            (b"\xEF\xBB\xBFS\xC3\xBCd", Some("Süd")),
            (b"S\xFCd \x85 Nord", Some("Süd – Nord")),
            (b"S\xC3\xBCd", Some("Süd")),
            (b" ", None),
            (b"", None),
        ] {
            assert_eq!(text(bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
