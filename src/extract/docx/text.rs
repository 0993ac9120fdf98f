//! The text part of a DOCX, event by event.

use quick_xml::events::{BytesStart, Event};

use super::styles::{Role, Styles, role_of_outline};
use super::{FORMAT, attribute, character, is_on, reader};
use crate::document::BlockKind;
use crate::extract::MAX_BLOCKS;
use crate::extract::body::Body;
use crate::extract::error::Fault;
use crate::extract::metadata;
use crate::extract::script::Script;
use crate::text::normalize;

/// Elements whose content is left out: text that was deleted or moved away, and the copy that is kept
/// for programs which do not know a newer element.
const LEFT_OUT: [&str; 6] = [
    "del",
    "moveFrom",
    "Fallback",
    "rPrChange",
    "pPrChange",
    "delText",
];

/// Most paragraphs that lie within one another, as in text boxes.
const MAX_OPEN_PARAGRAPHS: usize = 32;

/// What the text part holds.
pub(super) struct Read {
    /// The first paragraph in the style of a title, which is not in the body.
    pub(super) title: Option<String>,
    /// The first paragraph in the style of a date, which is not in the body.
    pub(super) date: Option<String>,
    pub(super) body: Body,
}

pub(super) fn parse(xml: &str, styles: &Styles) -> Result<Read, Fault> {
    let mut text = Text::new(styles);
    let mut reader = reader(xml);
    loop {
        let event = reader.read_event().map_err(|error| Fault::Damaged {
            format: FORMAT,
            reason: format!("byte {} of its text: {error}", reader.buffer_position()),
        })?;
        match event {
            Event::Start(tag) => text.start(&tag, false),
            Event::Empty(tag) => text.start(&tag, true),
            Event::End(tag) => text.end(tag.local_name().as_ref()),
            Event::Text(words) if text.reads_words() => text.push_str(&words.into_inner()),
            Event::CData(words) if text.reads_words() => text.push_str(&words.into_inner()),
            Event::GeneralRef(entity) if text.reads_words() => {
                if let Some(c) = character(&entity) {
                    text.push_str(c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Eof => break,
            _ => {}
        }
        if text.read.body.blocks.len() > MAX_BLOCKS {
            return Err(Fault::TooManyBlocks);
        }
    }
    while !text.open.is_empty() {
        text.end_paragraph();
    }
    Ok(text.read)
}

/// A paragraph being read.
struct Paragraph {
    text: String,
    role: Role,
    /// The raised or lowered text that is open, and where it begins; several runs may make it up.
    script: Option<(Script, usize)>,
}

impl Paragraph {
    /// Appends words that are raised, lowered, or neither.
    fn push(&mut self, words: &str, script: Option<Script>) {
        if script != self.script.map(|(script, _)| script) {
            self.end_script();
            self.script = script.map(|script| (script, self.text.len()));
        }
        self.text.push_str(words);
    }

    fn end_script(&mut self) {
        if let Some((script, start)) = self.script.take() {
            script.apply(&mut self.text, start);
        }
    }
}

struct Text<'a> {
    styles: &'a Styles,
    read: Read,
    /// The open paragraphs, outermost first.
    open: Vec<Paragraph>,
    /// Paragraphs beyond [`MAX_OPEN_PARAGRAPHS`], which belong to the last one.
    n_deeper: usize,
    /// One entry an open table: the finished cells of its row, and the paragraphs of its open cell.
    tables: Vec<(Vec<String>, String)>,
    /// The element that is left out and how many of its name are open.
    left_out: Option<(&'static str, usize)>,
    is_in_words: bool,
    is_hidden: bool,
    /// Whether the run is raised or lowered.
    script: Option<Script>,
}

impl<'a> Text<'a> {
    fn new(styles: &'a Styles) -> Text<'a> {
        Text {
            styles,
            read: Read {
                title: None,
                date: None,
                body: Body::default(),
            },
            open: Vec::new(),
            n_deeper: 0,
            tables: Vec::new(),
            left_out: None,
            is_in_words: false,
            is_hidden: false,
            script: None,
        }
    }

    fn reads_words(&self) -> bool {
        self.is_in_words && !self.is_hidden && self.left_out.is_none()
    }

    fn push_str(&mut self, words: &str) {
        if let Some(paragraph) = self.open.last_mut() {
            paragraph.push(words, self.script);
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let name = tag.local_name();
        let name = name.as_ref();
        if let Some((left_out, n_open)) = &mut self.left_out {
            *n_open += usize::from(!is_empty && *left_out == name);
            return;
        }
        if let Some(left_out) = LEFT_OUT.iter().find(|known| **known == name) {
            if !is_empty {
                self.left_out = Some((left_out, 1));
            }
            return;
        }
        match name {
            "p" if !is_empty => self.start_paragraph(),
            "r" => self.start_run(),
            "vertAlign" => {
                self.script = match attribute(tag, "val").as_deref() {
                    Some("superscript") => Some(Script::Super),
                    Some("subscript") => Some(Script::Sub),
                    _ => None,
                };
            }
            "t" => self.is_in_words = !is_empty,
            "vanish" | "webHidden" => self.is_hidden |= is_on(tag),
            "tab" | "ptab" => self.push_within(" "),
            "br" | "cr" => self.push_within("\n"),
            "noBreakHyphen" => self.push_within("-"),
            "tbl" if !is_empty => {
                self.dissolve_row();
                self.tables.push((Vec::new(), String::new()));
            }
            "pStyle" => {
                // Numbering, which may come before the style, says more than a style that says nothing.
                match self.styles.role(&attribute(tag, "val").unwrap_or_default()) {
                    Role::Plain => {}
                    role => self.set_role(role),
                }
            }
            "outlineLvl" => {
                if let Some(role) = role_of_outline(tag) {
                    self.set_role(role);
                }
            }
            "numId" if attribute(tag, "val").as_deref() == Some("0") => {
                if let Some(paragraph) = self.open.last_mut()
                    && paragraph.role == Role::ListItem
                {
                    paragraph.role = Role::Plain;
                }
            }
            "numPr" => self.set_role_unless_heading(Role::ListItem),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((left_out, n_open)) = &mut self.left_out {
            if *left_out == name {
                *n_open -= 1;
                if *n_open == 0 {
                    self.left_out = None;
                }
            }
            return;
        }
        match name {
            "t" => self.is_in_words = false,
            "r" => self.start_run(),
            "p" if self.n_deeper > 0 => {
                self.n_deeper -= 1;
                self.push_str("\n\n");
            }
            "p" => self.end_paragraph(),
            "tc" => {
                if let Some((cells, open)) = self.tables.last_mut() {
                    cells.push(std::mem::take(open));
                }
            }
            "tr" => {
                if let Some((cells, _)) = self.tables.last_mut() {
                    let cells = std::mem::take(cells);
                    self.read.body.push_row(cells);
                }
            }
            "tbl" => {
                self.dissolve_row();
                self.tables.pop();
            }
            _ => {}
        }
    }

    /// A run is shown, and on the line, until its properties say otherwise.
    fn start_run(&mut self) {
        self.is_hidden = false;
        self.script = None;
    }

    /// Appends white space or a character that stands for an element of its own within a run.
    fn push_within(&mut self, text: &str) {
        if !self.is_hidden {
            self.push_str(text);
        }
    }

    fn start_paragraph(&mut self) {
        if self.open.len() >= MAX_OPEN_PARAGRAPHS {
            self.n_deeper += 1;
            return;
        }
        self.open.push(Paragraph {
            text: String::new(),
            role: Role::Plain,
            script: None,
        });
    }

    fn set_role(&mut self, role: Role) {
        if let Some(paragraph) = self.open.last_mut() {
            paragraph.role = role;
        }
    }

    fn set_role_unless_heading(&mut self, role: Role) {
        if let Some(paragraph) = self.open.last_mut()
            && paragraph.role == Role::Plain
        {
            paragraph.role = role;
        }
    }

    fn end_paragraph(&mut self) {
        let Some(mut paragraph) = self.open.pop() else {
            return;
        };
        paragraph.end_script();
        let Paragraph { text, role, .. } = paragraph;
        let text = normalize(&text);
        if text.is_empty() {
            return;
        }
        if let Some((_, cell)) = self.tables.last_mut() {
            cell.push_str(&text);
            cell.push_str("\n\n");
            return;
        }
        match role {
            Role::Title if self.read.title.is_none() => {
                self.read.title = Some(metadata::one_line(&text));
            }
            Role::Date if self.read.date.is_none() => {
                self.read.date = Some(metadata::one_line(&text));
            }
            Role::Title => self.push_heading(1, &text),
            Role::Heading(level) => self.push_heading(level, &text),
            Role::ListItem => self.read.body.push_parts(BlockKind::ListItem, &text),
            Role::Date | Role::Plain => self.read.body.push_parts(BlockKind::Paragraph, &text),
        }
    }

    fn push_heading(&mut self, level: u8, text: &str) {
        let text = metadata::one_line(text);
        self.read
            .body
            .push(BlockKind::Heading(level), "\n\n", &text);
    }

    /// Writes what the row of the innermost table holds so far: another table begins in it, or it
    /// never ended.
    fn dissolve_row(&mut self) {
        if let Some((cells, open)) = self.tables.last_mut() {
            let cells = std::mem::take(cells);
            let open = std::mem::take(open);
            for cell in cells.into_iter().chain([open]) {
                self.read
                    .body
                    .push_parts(BlockKind::Paragraph, &normalize(&cell));
            }
        }
    }
}
