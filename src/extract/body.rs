//! Text with its blocks, grown at the end.

use super::metadata;
use crate::document::{Block, BlockKind, Span};
use crate::text::normalize;

/// Between the cells of a table row.
pub(super) const CELL_SEPARATOR: &str = " | ";

/// Longest cell of a table that still holds data, in bytes: longer ones hold running text.
const MAX_CELL_BYTES: usize = 300;

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
        self.drop_first();
        heading
    }

    /// Takes the first block out of the text if it is a heading that repeats `title`.
    pub(super) fn drop_leading_heading(&mut self, title: &str) {
        if let Some(first) = self.blocks.first()
            && matches!(first.kind, BlockKind::Heading(_))
            && first.span.slice(&self.text) == Some(title)
        {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        self.blocks.remove(0);
        let start = match self.blocks.first() {
            Some(next) => next.span.start,
            None => self.text.len(),
        };
        self.text = self.text.split_off(start);
        for block in &mut self.blocks {
            block.span = Span::new(block.span.start - start, block.span.end - start);
        }
    }
}
