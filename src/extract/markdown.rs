//! Markdown to text and blocks.

use std::borrow::Cow;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::body::{Body, is_same_title};
use super::script::Scripts;
use super::{MAX_BLOCKS, MAX_NESTING, Parsed, front_matter, inline_html, metadata};
use crate::document::{BlockKind, CELL_SEPARATOR, Metadata};
use crate::text::normalize;

/// Widest indentation of a line, in columns. It bounds how deep lists can nest over several lines,
/// where each level is indented by two columns at least.
const MAX_INDENT: usize = 128;

/// Reads Markdown (CommonMark with tables, strikethrough and footnotes). `None` for more than
/// [`MAX_BLOCKS`] blocks.
pub(super) fn parse(source: &str, warnings: &mut Vec<String>) -> Option<Parsed> {
    let (metadata, source) = front_matter::split(source, warnings);
    let source = flattened(source, warnings);
    // Smart punctuation is off: a quote keeps the author's quotation marks.
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut builder = Builder::new(metadata);
    for event in Parser::new_ext(&source, options) {
        builder.take(event, warnings);
        if builder.body.blocks.len() > MAX_BLOCKS {
            return None;
        }
    }
    builder.end_block(BlockKind::Paragraph, warnings);
    Some(Parsed {
        metadata: builder.metadata,
        body: builder.body,
    })
}

/// Collects the text between block boundaries. Nesting is kept as counters and one stack of bits, so
/// that depth costs no call stack.
struct Builder {
    metadata: Metadata,
    body: Body,
    /// Text of the block being read.
    buffer: String,
    /// Cells of the table row being read, which are finished.
    cells: Vec<String>,
    /// One entry an open list item: whether its first block has been written.
    items: Vec<bool>,
    /// How many images are open; their text describes a picture that a quote does not show.
    n_images: usize,
    is_html: bool,
    /// The raised and lowered texts of the block that are open.
    scripts: Scripts,
}

impl Builder {
    fn new(metadata: Metadata) -> Builder {
        Builder {
            metadata,
            body: Body::default(),
            buffer: String::new(),
            cells: Vec::new(),
            items: Vec::new(),
            n_images: 0,
            is_html: false,
            scripts: Scripts::default(),
        }
    }

    fn take(&mut self, event: Event<'_>, warnings: &mut Vec<String>) {
        match event {
            Event::Start(tag) => self.start(&tag, warnings),
            Event::End(tag) => self.end(tag, warnings),
            _ if self.n_images > 0 => {}
            Event::Text(text) | Event::Code(text) => self.buffer.push_str(&text),
            Event::Html(text) => self.buffer.push_str(&text),
            Event::InlineHtml(tag) if inline_html::is_line_break(&tag) => self.buffer.push('\n'),
            Event::SoftBreak => self.buffer.push(' '),
            Event::HardBreak => self.buffer.push('\n'),
            Event::Rule => self.end_text(warnings),
            Event::InlineHtml(tag) => {
                if let Some((script, is_end)) = inline_html::script_of(&tag) {
                    self.scripts.take(script, is_end, &mut self.buffer);
                }
            }
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, warnings: &mut Vec<String>) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } => {}
            Tag::Superscript | Tag::Subscript => {}
            Tag::Image { .. } => self.n_images += 1,
            Tag::TableHead | Tag::TableRow | Tag::TableCell => {}
            Tag::HtmlBlock => {
                self.end_text(warnings);
                self.is_html = true;
            }
            Tag::Item => {
                self.end_text(warnings);
                self.items.push(false);
            }
            // Every other tag begins a block: text before it in a tight list item is finished.
            _ => self.end_text(warnings),
        }
    }

    fn end(&mut self, tag: TagEnd, warnings: &mut Vec<String>) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => {}
            TagEnd::Superscript | TagEnd::Subscript => {}
            TagEnd::Image => self.n_images = self.n_images.saturating_sub(1),
            TagEnd::Heading(level) => self.end_block(BlockKind::Heading(number(level)), warnings),
            TagEnd::CodeBlock => self.end_block(BlockKind::Paragraph, warnings),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.buffer);
                self.scripts.clear();
                self.cells.push(metadata::one_line(&cell));
            }
            TagEnd::TableHead | TagEnd::TableRow => self.end_row(warnings),
            TagEnd::HtmlBlock => {
                self.is_html = false;
                self.buffer = inline_html::text(&self.buffer);
                self.end_text(warnings);
            }
            TagEnd::Item => {
                self.end_text(warnings);
                self.items.pop();
            }
            _ => self.end_text(warnings),
        }
    }

    fn end_row(&mut self, warnings: &mut Vec<String>) {
        while self.cells.last().is_some_and(String::is_empty) {
            self.cells.pop();
        }
        self.buffer = self.cells.join(CELL_SEPARATOR);
        self.cells.clear();
        self.end_block(BlockKind::Paragraph, warnings);
    }

    /// Writes the running text read so far: the first of a list item as that item, else as paragraph.
    fn end_text(&mut self, warnings: &mut Vec<String>) {
        if self.is_html || self.buffer.is_empty() {
            return;
        }
        let kind = match self.items.last() {
            Some(false) => BlockKind::ListItem,
            Some(true) | None => BlockKind::Paragraph,
        };
        self.end_block(kind, warnings);
    }

    /// Writes what was read as one block, or as several where an empty line is inside (in code).
    /// Normalising happens here, a block at a time, so that no span ever shifts.
    fn end_block(&mut self, kind: BlockKind, warnings: &mut Vec<String>) {
        let text = normalize(&self.buffer);
        self.buffer.clear();
        self.scripts.clear();
        if text.is_empty() || self.is_title(kind, &text, warnings) {
            return;
        }
        if let BlockKind::Heading(_) = kind {
            self.body.push(kind, "\n\n", &metadata::one_line(&text));
            return;
        }
        self.body.push_parts(kind, &text);
        if let Some(is_written) = self.items.last_mut() {
            *is_written = true;
        }
    }

    /// Whether a block is the title and not part of the text: the first level-1 heading if no title is
    /// known, or one that opens the text and repeats the title.
    fn is_title(&mut self, kind: BlockKind, text: &str, warnings: &mut Vec<String>) -> bool {
        if kind != BlockKind::Heading(1) {
            return false;
        }
        if self.metadata.title.is_empty() {
            self.metadata.title = metadata::title(text, warnings);
            return true;
        }
        self.body.blocks.is_empty()
            && is_same_title(&metadata::one_line(text), &self.metadata.title)
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// `source` with what lets nesting grow without bound taken out: markers of block quotes and lists
/// beyond [`MAX_NESTING`] at the beginning of a line, indentation beyond [`MAX_INDENT`], and empty
/// lines beyond the second in a row. The parser's cost for a line grows with the depth it is at, so
/// that 10 MiB could otherwise take hours.
fn flattened<'a>(source: &'a str, warnings: &mut Vec<String>) -> Cow<'a, str> {
    let mut kept = String::new();
    let mut is_changed = false;
    let mut is_deep = false;
    let mut n_blank = 0;
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let end = start + line.len();
        let prefix = Prefix::of(line);
        n_blank = if prefix.len == line.len() && prefix.n_markers == 0 {
            n_blank + 1
        } else {
            0
        };
        let is_cut = prefix.kept < prefix.len;
        if (is_cut || n_blank > 2) && !is_changed {
            is_changed = true;
            kept.push_str(source.get(..start).unwrap_or_default());
        }
        is_deep |= prefix.n_markers > MAX_NESTING;
        if is_changed && n_blank <= 2 {
            kept.push_str(line.get(..prefix.kept).unwrap_or_default());
            kept.push_str(line.get(prefix.len..).unwrap_or_default());
            if prefix.len == line.len() && !kept.ends_with('\n') {
                kept.push('\n');
            }
        }
        start = end;
    }
    if is_deep {
        warnings.push(format!(
            "lists or quotations nested deeper than {MAX_NESTING} levels were flattened"
        ));
    }
    if is_changed {
        Cow::Owned(kept)
    } else {
        Cow::Borrowed(source)
    }
}

/// The white space and the markers of block quotes and lists that a line begins with.
struct Prefix {
    /// Length in bytes.
    len: usize,
    /// How much of it may stay.
    kept: usize,
    n_markers: usize,
}

impl Prefix {
    fn of(line: &str) -> Prefix {
        let bytes = line.as_bytes();
        let mut prefix = Prefix {
            len: 0,
            kept: 0,
            n_markers: 0,
        };
        let mut n_columns = 0;
        while let Some(&byte) = bytes.get(prefix.len) {
            if byte.is_ascii_whitespace() {
                n_columns += if byte == b'\t' { 4 } else { 1 };
                prefix.len += 1;
            } else if let Some(len) = marker_len(bytes.get(prefix.len..).unwrap_or_default()) {
                prefix.n_markers += 1;
                prefix.len += len;
            } else {
                break;
            }
            if prefix.n_markers <= MAX_NESTING && n_columns <= MAX_INDENT {
                prefix.kept = prefix.len;
            }
        }
        prefix
    }
}

/// The length of the marker of a block quote or a list item that `rest` begins with.
fn marker_len(rest: &[u8]) -> Option<usize> {
    let n_digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let len = match rest.get(n_digits)? {
        b'>' if n_digits == 0 => return Some(1),
        b'-' | b'+' | b'*' if n_digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&n_digits) => n_digits + 1,
        _ => return None,
    };
    rest.get(len)
        .is_none_or(u8::is_ascii_whitespace)
        .then_some(len)
}
