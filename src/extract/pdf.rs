//! PDF to text and blocks.
//!
//! A PDF has no text, only glyphs at places. Five steps make text of them:
//! 1. [`glyphs`] runs the drawing instructions of a page through `hayro-interpret`, which knows fonts
//!    and encodings, and notes each glyph's characters, place and size.
//! 2. [`fragments`] joins glyphs that follow one another on one line into pieces, with spaces where
//!    there are gaps.
//! 3. [`furniture`] drops running heads, running feet and page numbers, which repeat from page to page.
//! 4. [`columns`] puts the pieces of a page in reading order, column by column, as lines.
//! 5. [`paragraphs`] joins lines to paragraphs across columns and pages, mends divided words, and tells
//!    headings by their size and list items by their marks.
//!
//! The parser is not ours and reads a format that invites malice. It is meant to run in a process of
//! its own ([`worker`](super::worker)), which bounds time and memory; here pages, glyphs and blocks are
//! counted, and a panic costs the page it happens on.

mod columns;
mod fragments;
mod furniture;
mod glyphs;
mod info;
mod paragraphs;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::error::Fault;
use super::{MAX_PAGES, Parsed, metadata};
use crate::document::Metadata;

const FORMAT: &str = "PDF";

/// Most glyphs of a document: a thousand pages of three thousand each. What follows is left out.
const MAX_GLYPHS: usize = 3_000_000;

/// A page as far as text is concerned.
#[derive(Debug, Default)]
struct Page {
    width: f32,
    height: f32,
    glyphs: Vec<glyphs::Placed>,
}

/// Reads a PDF file.
pub(super) fn parse(bytes: &[u8], warnings: &mut Vec<String>) -> Result<Parsed, Fault> {
    let pdf = open(bytes)?;
    let pages = read_pages(&pdf, warnings)?;
    let n_pages = pages.len();
    let n_glyphs: usize = pages.iter().map(|page| page.glyphs.len()).sum();
    let n_unknown = pages
        .iter()
        .flat_map(|page| &page.glyphs)
        .filter(|glyph| glyph.c == char::REPLACEMENT_CHARACTER)
        .count();
    if n_glyphs == 0 {
        return Err(Fault::Scanned { n_pages });
    }
    if n_unknown * 4 > n_glyphs {
        return Err(damaged(
            "its fonts do not tell which characters they show".to_owned(),
        ));
    }
    let mut pages: Vec<fragments::Fragments> = pages.into_iter().map(fragments::of_page).collect();
    furniture::remove(&mut pages);
    let lines = columns::lines(pages);
    let read = paragraphs::read(&lines)?;
    let n_unknown = read
        .body
        .text
        .chars()
        .filter(|&c| c == char::REPLACEMENT_CHARACTER)
        .count();
    if n_unknown > 0 {
        warnings.push(format!(
            "{n_unknown} characters are in fonts that do not tell which they are; shown as `\u{fffd}`"
        ));
    }
    let info = info::read(&pdf);
    let mut body = read.body;
    let stated = info.title.filter(|title| super::docx::is_title(title));
    let stated = metadata::one_line(&stated.unwrap_or_default());
    let stated = metadata::without_site(&stated, None, &body.first_headings(4));
    let title = metadata::title(&stated, warnings);
    let title = match title.is_empty() {
        true => metadata::title(&body.take_first_heading(), warnings),
        false => title,
    };
    body.drop_leading_heading(&title);
    let metadata = Metadata {
        title,
        published: metadata::date_of_file(info.made, warnings),
        ..Metadata::default()
    };
    Ok(Parsed { metadata, body })
}

fn open(bytes: &[u8]) -> Result<Pdf, Fault> {
    let opened = catch_unwind(AssertUnwindSafe(|| Pdf::new(bytes.to_vec())));
    match opened {
        Ok(Ok(pdf)) => Ok(pdf),
        Ok(Err(LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ))) => Err(Fault::Encrypted { format: FORMAT }),
        Ok(Err(LoadPdfError::Decryption(_))) => {
            Err(damaged("its encryption cannot be undone".to_owned()))
        }
        Ok(Err(LoadPdfError::Invalid)) | Err(_) => {
            Err(damaged("its structure cannot be read".to_owned()))
        }
    }
}

/// The glyphs of all pages. A page that cannot be read is empty and named in a warning.
fn read_pages(pdf: &Pdf, warnings: &mut Vec<String>) -> Result<Vec<Page>, Fault> {
    let sources = pdf.pages();
    let n_pages = sources.len();
    if n_pages > MAX_PAGES {
        return Err(Fault::TooManyPages { n_pages });
    }
    let mut pages = Vec::with_capacity(n_pages);
    let mut unreadable = Vec::new();
    let mut rest_glyphs = MAX_GLYPHS;
    let mut reader = glyphs::Reader::new(pdf);
    for (idx, source) in sources.iter().enumerate() {
        let read = catch_unwind(AssertUnwindSafe(|| reader.page(source, rest_glyphs)));
        let page = read.unwrap_or_else(|_| {
            unreadable.push((idx + 1).to_string());
            // What the panic left half-done in the caches of fonts is not used again.
            reader = glyphs::Reader::new(pdf);
            Page::default()
        });
        rest_glyphs -= page.glyphs.len().min(rest_glyphs);
        pages.push(page);
    }
    if n_pages == 0 || unreadable.len() == n_pages {
        return Err(damaged("none of its pages can be read".to_owned()));
    }
    if !unreadable.is_empty() {
        warnings.push(format!(
            "pages that cannot be read were left out: {}",
            unreadable.join(", ")
        ));
    }
    if rest_glyphs == 0 {
        warnings.push(format!(
            "text after {MAX_GLYPHS} characters left out, the limit"
        ));
    }
    Ok(pages)
}

fn damaged(reason: String) -> Fault {
    Fault::Damaged {
        format: FORMAT,
        reason,
    }
}

#[cfg(test)]
mod tests;
