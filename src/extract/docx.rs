//! DOCX to text and blocks.
//!
//! A DOCX is a ZIP container of XML parts. Three are read: the text (`word/document.xml`), the styles,
//! which say what is a heading (`word/styles.xml`), and the properties (`docProps/core.xml`). They are
//! unpacked up to [`MAX_DOCX_BYTES`] in all, whatever their headers say, and
//! read event by event: no tree is built, so depth costs no call stack, and entities of a document type
//! are never expanded.
//!
//! What a reader of the printed page sees is text: insertions that were not yet accepted are read,
//! deletions and hidden text are not. Headers, footers, notes and comments stand in parts of their own
//! and are left out.

mod styles;
mod text;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::archive::{PartError, Parts};
use super::error::Fault;
use super::{MAX_DOCX_BYTES, Parsed, encoding, metadata};
use crate::document::Metadata;

const FORMAT: &str = "DOCX";

/// Reads a DOCX file.
pub(super) fn parse(bytes: &[u8], warnings: &mut Vec<String>) -> Result<Parsed, Fault> {
    let mut parts = Parts::open(bytes, MAX_DOCX_BYTES).map_err(fault)?;
    let text = match parts.read("word/document.xml") {
        Err(PartError::Missing) => parts.read("word/document2.xml"),
        read => read,
    };
    let text = decoded(&text.map_err(fault)?)?;
    let styles = match optional(parts.read("word/styles.xml"))? {
        Some(part) => styles::parse(&decoded(&part)?),
        None => styles::Styles::default(),
    };
    let properties = match optional(parts.read("docProps/core.xml"))? {
        Some(part) => properties(&decoded(&part)?),
        None => Properties::default(),
    };
    let read = text::parse(&text, &styles)?;
    let stated = properties.title.filter(|title| is_title(title));
    let title = read.title.or(stated).unwrap_or_default();
    let mut body = read.body;
    let title = match metadata::title(&title, warnings) {
        title if title.is_empty() => body.take_first_heading(),
        title => title,
    };
    body.drop_leading_heading(&title);
    let published = match read
        .date
        .and_then(|day| metadata::loose_date(&day, warnings))
    {
        Some(day) => Some(day),
        None => {
            let created = properties.created.unwrap_or_default();
            metadata::date_of_file(metadata::loose_date(&created, warnings), warnings)
        }
    };
    let metadata = Metadata {
        title,
        published,
        ..Metadata::default()
    };
    Ok(Parsed { metadata, body })
}

/// What the file says about itself.
#[derive(Default)]
struct Properties {
    title: Option<String>,
    created: Option<String>,
}

/// Reads the core properties; what is damaged in them is left out.
fn properties(xml: &str) -> Properties {
    let mut properties = Properties::default();
    let mut reader = reader(xml);
    let mut value: Option<(bool, String)> = None;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                value = match tag.local_name().as_ref() {
                    "title" => Some((true, String::new())),
                    "created" => Some((false, String::new())),
                    _ => None,
                };
            }
            Event::Text(text) => {
                if let Some((_, value)) = &mut value {
                    value.push_str(&text.into_inner());
                }
            }
            Event::GeneralRef(entity) => {
                if let Some((_, value)) = &mut value {
                    value.extend(character(&entity));
                }
            }
            Event::End(_) => match value.take() {
                Some((true, title)) => properties.title = Some(title),
                Some((false, day)) => properties.created = Some(day),
                None => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    properties
}

/// Whether a title among the properties was given by a person, and not by the program that made the
/// file: `Microsoft Word - draft.docx`, `Document1`, a path.
pub(super) fn is_title(title: &str) -> bool {
    const MADE_UP: [&str; 6] = [
        "microsoft word",
        "untitled",
        "document",
        "powerpoint",
        "presentation",
        "slide ",
    ];
    const EXTENSIONS: [&str; 12] = [
        ".doc", ".docx", ".odt", ".rtf", ".tex", ".dvi", ".pdf", ".indd", ".qxd", ".txt", ".html",
        ".htm",
    ];
    let title = title.trim().to_lowercase();
    let bare = title.trim_end_matches(|c: char| c.is_ascii_digit());
    title.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && !MADE_UP.iter().any(|made_up| {
            bare == made_up.trim() || title.starts_with(&format!("{} - ", made_up.trim()))
        })
        && !EXTENSIONS
            .iter()
            .any(|extension| title.ends_with(extension))
        && !title.contains(":\\")
        && !title.starts_with(['/', '<', '{'])
}

/// A reader that forgives what readers of Office forgive.
fn reader(xml: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

/// The value of an attribute, whatever its prefix. Duplicates are not looked for: that would cost time
/// quadratic in their number.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(
            |attribute| match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) => String::new(),
            },
        )
}

/// Whether a property that is on by its mere presence is on.
fn is_on(tag: &BytesStart<'_>) -> bool {
    !matches!(
        attribute(tag, "val").as_deref(),
        Some("0" | "false" | "off" | "none")
    )
}

/// The character of a reference; nothing for entities that a document type would have to define.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    if entity.is_char_ref() {
        return entity.resolve_char_ref().ok().flatten();
    }
    match entity.xml10_content().as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn decoded(part: &[u8]) -> Result<String, Fault> {
    let text = encoding::decode(part, &mut Vec::new()).map_err(|_| Fault::Damaged {
        format: FORMAT,
        reason: "a part of it is not text".to_owned(),
    })?;
    Ok(text.into_owned())
}

fn optional(read: Result<Vec<u8>, PartError>) -> Result<Option<Vec<u8>>, Fault> {
    match read {
        Ok(part) => Ok(Some(part)),
        Err(PartError::TooLarge) => Err(fault(PartError::TooLarge)),
        Err(_) => Ok(None),
    }
}

fn fault(error: PartError) -> Fault {
    match error {
        PartError::Missing => Fault::Damaged {
            format: FORMAT,
            reason: "its text is missing".to_owned(),
        },
        PartError::Encrypted => Fault::Encrypted { format: FORMAT },
        PartError::TooLarge => Fault::TooLargeUnpacked {
            limit_bytes: MAX_DOCX_BYTES,
        },
        PartError::Damaged(reason) => Fault::Damaged {
            format: FORMAT,
            reason,
        },
    }
}

#[cfg(test)]
mod tests;
