//! Text with its blocks, grown at the end.

use super::metadata;
use crate::document::{Block, BlockKind, CELL_SEPARATOR, Span};
use crate::text::{self, normalize};

/// Longest cell of a table that still holds data, in bytes: longer ones hold running text.
const MAX_CELL_BYTES: usize = 300;

/// Among so many first blocks the title of a text may be repeated: a kicker and a line about the author
/// may stand above it.
const N_LEADING: usize = 3;

/// Text with its blocks. Only white space stands between blocks.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

impl Body {
    /// Appends one block of already normalised text, unless it is blank.
    pub(super) fn push(&mut self, kind: BlockKind, separator: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if !self.blocks.is_empty() {
            self.text.push_str(separator);
        }
        let start = self.text.len();
        self.text.push_str(text);
        let span = Span::new(start, self.text.len());
        self.blocks.push(Block { kind, span });
    }

    /// Appends normalised text as one block, or as several where an empty line is inside; all but the
    /// first are paragraphs.
    pub(super) fn push_parts(&mut self, kind: BlockKind, text: &str) {
        let mut kind = kind;
        for part in text.split("\n\n") {
            self.push(kind, "\n\n", part);
            kind = BlockKind::Paragraph;
        }
    }

    /// Appends a row of a table: its cells side by side where they hold data, one below the other where
    /// only one is filled or one holds running text, as in tables that only arrange a page.
    pub(super) fn push_row(&mut self, cells: Vec<String>) {
        let n_filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        if n_filled < 2 || cells.iter().any(|cell| cell.len() > MAX_CELL_BYTES) {
            for cell in cells {
                self.push_parts(BlockKind::Paragraph, &normalize(&cell));
            }
            return;
        }
        let mut cells: Vec<String> = cells.iter().map(|cell| metadata::one_line(cell)).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        self.push(BlockKind::Paragraph, "\n\n", &cells.join(CELL_SEPARATOR));
    }

    /// Takes the first block out of the text if it is a heading of level 1, and returns it; empty
    /// otherwise.
    pub(super) fn take_first_heading(&mut self) -> String {
        let Some(first) = self.blocks.first().copied() else {
            return String::new();
        };
        if first.kind != BlockKind::Heading(1) {
            return String::new();
        }
        let heading = first.span.slice(&self.text).unwrap_or_default().to_owned();
        self.drop(0);
        heading
    }

    /// Takes the heading that repeats `title` out of the text, if it is among the first blocks.
    pub(super) fn drop_leading_heading(&mut self, title: &str) {
        let is_title = |block: &Block| {
            matches!(block.kind, BlockKind::Heading(_))
                && (block.span.slice(&self.text)).is_some_and(|text| is_same_title(text, title))
        };
        if let Some(position) = self.blocks.iter().take(N_LEADING).position(is_title) {
            self.drop(position);
        }
    }

    /// The headings of the first level, at most `n`.
    pub(super) fn first_headings(&self, n: usize) -> Vec<String> {
        self.blocks
            .iter()
            .filter(|block| block.kind == BlockKind::Heading(1))
            .take(n)
            .filter_map(|block| block.span.slice(&self.text))
            .map(str::to_owned)
            .collect()
    }

    /// Takes a block out of the text, with what separates it from the next one.
    fn drop(&mut self, position: usize) {
        let dropped = self.blocks.remove(position);
        let (start, end) = match (self.blocks.get(position), position) {
            (Some(next), _) => (dropped.span.start, next.span.start),
            (None, 0) => (0, self.text.len()),
            (None, _) => (self.blocks[position - 1].span.end, self.text.len()),
        };
        self.text.replace_range(start..end, "");
        for block in self.blocks.iter_mut().skip(position) {
            let span = block.span;
            block.span = Span::new(span.start - (end - start), span.end - (end - start));
        }
    }
}

/// Whether a heading says what the title does, which has no mark-up: `Why H₂O matters`, `Why H2O matters`.
pub(super) fn is_same_title(heading: &str, title: &str) -> bool {
    heading == title || text::fold(heading) == text::fold(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(blocks: &[(BlockKind, &str)]) -> Body {
        let mut body = Body::default();
        for (kind, text) in blocks {
            body.push(*kind, "\n\n", text);
        }
        body
    }

    #[test]
    fn a_heading_repeats_a_title_that_has_no_mark_up() {
        for (heading, title, expected) in [
            ("Why H₂O matters", "Why H2O matters", true),
            ("FLOOD IN LUND", "Flood in Lund", true),
            ("Why H₂O matters", "Why H2O mattered", false),
        ] {
            assert_eq!(is_same_title(heading, title), expected, "{heading}");
        }
    }

    #[test]
    fn the_heading_that_repeats_the_title_leaves_the_text() {
        let (h, p) = (BlockKind::Heading(2), BlockKind::Paragraph);
        for (blocks, expected) in [
            (&[(h, "T"), (p, "a"), (p, "b")][..], "a\n\nb"),
            (&[(p, "a"), (p, "b"), (h, "T"), (p, "c")], "a\n\nb\n\nc"),
            (&[(p, "a"), (h, "T")], "a"),
            (&[(h, "T")], ""),
            (&[(p, "T"), (p, "a")], "T\n\na"),
            (
                &[(p, "a"), (p, "b"), (p, "c"), (h, "T")],
                "a\n\nb\n\nc\n\nT",
            ),
        ] {
            let mut body = body(blocks);
            body.drop_leading_heading("T");
            assert_eq!(body.text, expected, "{blocks:?}");
            let texts: Vec<&str> = body
                .blocks
                .iter()
                .map(|block| block.span.slice(&body.text).unwrap())
                .collect();
            assert_eq!(texts.join("\n\n"), expected);
        }
    }
}
