//! The structure of plain text: paragraphs, list items and, conservatively, headings.

use super::sentence::trimmed;
use crate::document::{Block, BlockKind, Span};

/// Longest line, in characters, that may be a heading.
const MAX_HEADING_CHARS: usize = 80;

/// The blocks of a plain text, as byte ranges of it, ordered, disjoint, trimmed and non-empty; none
/// for a text of white space only. Linear time.
///
/// - Blank lines (empty or white space only) separate paragraphs; a single line end does not.
/// - A line that begins with `- `, `* `, `• `, `1. ` or `1) ` begins a [`BlockKind::ListItem`]; the
///   span leaves the marker out, and further lines up to the next marker or blank line belong to the
///   item. A number has to be 1 or one more than the last, and after running text it needs a line
///   that ends with a colon: a wrapped line may well begin with `12. `.
/// - A line of its own with at least two capitals, no small letter, no stop at its end and at most 80
///   characters, before a paragraph, is a [`BlockKind::Heading`] of level 2. Headings in mixed case
///   are deliberately not guessed: a wrong one hides a sentence from retrieval.
///
/// No Markdown is read here.
pub fn plain_blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<Span> = Vec::new();
    let mut last_number = 0;
    for line in lines(text).chain([Span::default()]) {
        if line.is_empty() {
            push_paragraph(text, &paragraph, &mut last_number, &mut blocks);
            paragraph.clear();
        } else {
            paragraph.push(line);
        }
    }
    demote_headings(&mut blocks);
    blocks
}

/// The list marker that `line` begins with: its length in bytes with the space after it, and its
/// number if it is numbered.
pub(super) fn marker(line: &str) -> Option<(usize, Option<u32>)> {
    let mut chars = line.chars();
    let first = chars.next()?;
    if matches!(first, '-' | '*' | '•') {
        return (chars.next() == Some(' ')).then_some((first.len_utf8() + 1, None));
    }
    let n_digits = line.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let number = line.get(..n_digits)?.parse().ok()?;
    let is_marked = matches!(line.as_bytes().get(n_digits..n_digits + 2)?, b". " | b") ");
    (n_digits <= 3 && is_marked).then_some((n_digits + 2, Some(number)))
}

/// The lines of `text`, trimmed; blank ones are empty.
fn lines(text: &str) -> impl Iterator<Item = Span> + '_ {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let span = Span::new(start, start + line.len());
        start = span.end + 1;
        trimmed(text, span)
    })
}

/// Appends the blocks of one run of non-blank lines.
fn push_paragraph(text: &str, lines: &[Span], last_number: &mut u32, blocks: &mut Vec<Block>) {
    if let [line] = lines
        && is_heading(line.slice(text).unwrap_or_default())
    {
        blocks.push(Block {
            kind: BlockKind::Heading(2),
            span: *line,
        });
        return;
    }
    // The block being grown: its lines so far, covered by one span.
    let mut open: Option<Block> = None;
    for &line in lines {
        match item_at(text, line, open, *last_number) {
            Some((len, number)) => {
                blocks.extend(open.take());
                *last_number = number.unwrap_or(*last_number);
                let span = trimmed(text, Span::new(line.start + len, line.end));
                open = Some(Block {
                    kind: BlockKind::ListItem,
                    span,
                });
            }
            None => {
                let kind = open.map_or(BlockKind::Paragraph, |block| block.kind);
                let span = open.map_or(line, |block| block.span.cover(line));
                open = Some(Block { kind, span });
            }
        }
    }
    blocks.extend(open);
}

/// The marker of a list item that begins with `line`, given the block before it in its paragraph.
fn item_at(text: &str, line: Span, open: Option<Block>, last: u32) -> Option<(usize, Option<u32>)> {
    let (len, number) = marker(line.slice(text)?)?;
    let follows_prose = open.is_some_and(|block| block.kind == BlockKind::Paragraph);
    let announced = open
        .and_then(|block| block.span.slice(text))
        .is_none_or(|before| before.ends_with(':'));
    let is_item = match number {
        None => true,
        Some(number) => (number == 1 || number == last + 1) && (!follows_prose || announced),
    };
    is_item.then_some((len, number))
}

fn is_heading(line: &str) -> bool {
    let n_capitals = line.chars().filter(|c| c.is_uppercase()).count();
    n_capitals >= 2
        && !line.chars().any(char::is_lowercase)
        && line.chars().count() <= MAX_HEADING_CHARS
        && !line.ends_with(['.', '!', '?', ':', ';', ',', '…', '"', '”'])
        && marker(line).is_none()
}

/// A heading must head something: one that is not followed by other text is a paragraph.
fn demote_headings(blocks: &mut [Block]) {
    let mut follows_text = false;
    for block in blocks.iter_mut().rev() {
        let is_heading = matches!(block.kind, BlockKind::Heading(_));
        if is_heading && !follows_text {
            block.kind = BlockKind::Paragraph;
        }
        follows_text = !is_heading;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Blocks as `kind text`: `H`, `P` or `L`.
    fn shown(text: &str) -> Vec<String> {
        let kind = |block: &Block| match block.kind {
            BlockKind::Heading(_) => "H",
            BlockKind::Paragraph => "P",
            BlockKind::ListItem => "L",
        };
        let shown = |block: Block| format!("{} {}", kind(&block), block.span.slice(text).unwrap());
        plain_blocks(text).into_iter().map(shown).collect()
    }

    #[test]
    fn structure_of_plain_text() {
        for (text, expected) in [
            ("", vec![]),
            (" \n\n \n", vec![]),
            ("One line.", vec!["P One line."]),
            (
                "One\nparagraph.\n \nTwo.",
                vec!["P One\nparagraph.", "P Two."],
            ),
            (
                "- a\n- b\n  goes on\n\nEnd.",
                vec!["L a", "L b\n  goes on", "P End."],
            ),
            (
                "Three:\n1. x\n2. y\n3) z",
                vec!["P Three:", "L x", "L y", "L z"],
            ),
            (
                "It ended on May\n12. The rest came\n1. June.",
                vec!["P It ended on May\n12. The rest came\n1. June."],
            ),
            ("1. a\n\n2. b", vec!["L a", "L b"]),
            ("-5 degrees\n*bold*", vec!["P -5 degrees\n*bold*"]),
            ("• größer\n* kleiner", vec!["L größer", "L kleiner"]),
            (
                "BAHIA COCOA REVIEW\n\nShowers fell.",
                vec!["H BAHIA COCOA REVIEW", "P Showers fell."],
            ),
            ("Text.\n\nREUTER", vec!["P Text.", "P REUTER"]),
            ("STOP IT NOW!\n\nText.", vec!["P STOP IT NOW!", "P Text."]),
            ("A Mixed Title\n\nText.", vec!["P A Mixed Title", "P Text."]),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn blocks_are_ordered_disjoint_and_trimmed(text in "([A-Za-zé.:]{0,4}|\n|- |1\\. |2\\) | ){0,30}") {
            let mut end = 0;
            for block in plain_blocks(&text) {
                let slice = block.span.slice(&text).unwrap();
                prop_assert!(block.span.start >= end && !slice.is_empty());
                prop_assert_eq!(slice.trim(), slice);
                let between = text.get(end..block.span.start).unwrap();
                prop_assert!(between.trim().is_empty() || marker(between.trim_start()).is_some());
                end = block.span.end;
            }
            prop_assert!(text.get(end..).unwrap().trim().is_empty());
        }
    }
}
