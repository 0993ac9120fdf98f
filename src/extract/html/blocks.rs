//! Well-formed HTML to blocks.
//!
//! White space collapses as in a browser, but in `pre`. A table is read by rows: its cells side by side
//! where they hold data, one below the other where the table only arranges the page.

use crate::document::BlockKind;
use crate::extract::body::Body;
use crate::extract::script::{Script, Scripts};
use crate::extract::{MAX_BLOCKS, metadata};
use crate::text::normalize;

use super::token::{Token, Tokens};

/// Reads the blocks of well-formed HTML. The heading at the beginning that repeats `title` is left out.
/// Elements in `skipped` go with their content. `None` for more than [`MAX_BLOCKS`] blocks.
pub(super) fn blocks(source: &str, title: &str, skipped: &[&str]) -> Option<Body> {
    let mut reader = Reader::default();
    let mut n_skipped = 0_usize;
    for token in Tokens::new(source) {
        match &token {
            Token::Start(tag) if skipped.contains(&tag.name.as_ref()) => {
                n_skipped += 1;
                reader.end_text();
            }
            Token::End(name) if skipped.contains(&name.as_ref()) => {
                n_skipped = n_skipped.saturating_sub(1);
            }
            _ if n_skipped > 0 => {}
            _ => reader.take(token),
        }
        if reader.body.blocks.len() > MAX_BLOCKS {
            return None;
        }
    }
    reader.end_text();
    reader.body.drop_leading_heading(title);
    (reader.body.blocks.len() <= MAX_BLOCKS).then_some(reader.body)
}

#[derive(Default)]
struct Reader {
    body: Body,
    /// Text of the block being read; an empty line in it ends a paragraph.
    buffer: String,
    /// The level of the heading that is open.
    heading: Option<u8>,
    /// One entry an open list item: whether its first block has been written.
    items: Vec<bool>,
    /// One entry an open table: the cells of its current row, which are finished.
    rows: Vec<Vec<String>>,
    n_pre: usize,
    /// The raised and lowered texts that are open in the buffer.
    scripts: Scripts,
}

impl Reader {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) if self.n_pre > 0 => self.buffer.push_str(&text),
            Token::Text(text) => self.push_words(&text),
            // Well-formed mark-up has no elements of raw characters.
            Token::Raw(_) => {}
            Token::Start(tag) => self.start(&tag.name),
            Token::End(name) => self.end(&name),
        }
    }

    /// Appends text with each run of white space as one space, none after a line end.
    fn push_words(&mut self, text: &str) {
        let mut is_space = self.buffer.is_empty() || self.buffer.ends_with([' ', '\n']);
        for c in text.chars() {
            let is_blank = matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
            if !is_blank {
                self.buffer.push(c);
            } else if !is_space {
                self.buffer.push(' ');
            }
            is_space = is_blank;
        }
    }

    fn start(&mut self, name: &str) {
        self.take_script(name, false);
        match name {
            "br" => self.buffer.push('\n'),
            "a" | "sup" | "sub" => {}
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_text();
                self.heading = name.as_bytes().get(1).map(|digit| digit - b'0');
            }
            "li" | "dd" => {
                self.end_text();
                self.items.push(false);
            }
            "table" => {
                self.dissolve_row();
                self.end_text();
                self.rows.push(Vec::new());
            }
            "td" | "th" => {
                // Text between cells, which a browser shows above the table.
                let stray = std::mem::take(&mut self.buffer);
                self.push_block(BlockKind::Paragraph, &stray);
            }
            "pre" => {
                self.end_text();
                self.n_pre += 1;
            }
            _ => self.end_text(),
        }
    }

    fn end(&mut self, name: &str) {
        self.take_script(name, true);
        match name {
            "a" | "br" | "sup" | "sub" => {}
            "li" | "dd" => {
                self.end_text();
                self.items.pop();
            }
            "td" | "th" => match self.rows.last_mut() {
                Some(row) => row.push(std::mem::take(&mut self.buffer)),
                None => self.end_text(),
            },
            "tr" => self.end_row(),
            "table" => {
                self.end_row();
                self.rows.pop();
            }
            "pre" => {
                self.end_text();
                self.n_pre = self.n_pre.saturating_sub(1);
            }
            _ => self.end_text(),
        }
    }

    /// Begins or ends a raised or lowered text, which the edge of a block cuts off.
    fn take_script(&mut self, name: &str, is_end: bool) {
        match Script::of_element(name) {
            Some(script) => self.scripts.take(script, is_end, &mut self.buffer),
            None if matches!(name, "a" | "br") => {}
            None => self.scripts.clear(),
        }
    }

    /// Ends what was read so far. Within a table it only notes the end: the row decides what it is.
    fn end_text(&mut self) {
        self.scripts.clear();
        let kind = match (self.heading.take(), self.items.last()) {
            (Some(level), _) => BlockKind::Heading(level),
            (None, Some(false)) => BlockKind::ListItem,
            (None, _) => BlockKind::Paragraph,
        };
        if self.rows.is_empty() {
            let text = std::mem::take(&mut self.buffer);
            self.push_block(kind, &text);
        } else if !self.buffer.is_empty() {
            self.buffer.push_str("\n\n");
        }
    }

    fn push_block(&mut self, kind: BlockKind, text: &str) {
        let text = normalize(text);
        if text.is_empty() {
            return;
        }
        if let BlockKind::Heading(_) = kind {
            let heading = metadata::one_line(&text);
            self.body.push(kind, "\n\n", &heading);
            return;
        }
        self.body.push_parts(kind, &text);
        if let Some(is_written) = self.items.last_mut() {
            *is_written = true;
        }
    }

    fn end_row(&mut self) {
        let stray = std::mem::take(&mut self.buffer);
        self.push_block(BlockKind::Paragraph, &stray);
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        let cells = std::mem::take(row);
        self.body.push_row(cells);
    }

    /// Writes the cells of a row in which another table begins: that row arranges the page.
    fn dissolve_row(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            let cells = std::mem::take(row);
            let open = std::mem::take(&mut self.buffer);
            for cell in cells.into_iter().chain([open]) {
                self.push_block(BlockKind::Paragraph, &cell);
            }
        }
    }
}
