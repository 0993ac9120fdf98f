//! What the bot says, as values: text, buttons, a file. Pure.
//!
//! Owns every word that is sent but for the names of commands. Names no type of the client library;
//! `reply` turns a [`Message`] into a request. Each message is at most [`MAX_CONTENT`] long whatever
//! the articles hold, never cut inside a word, and remembers which parts of it are quotes so that
//! they can be compared with the store's text once more before they are sent. Read [`Message`] first.

use super::components::{MAX_ID_CHARS, Press};
use crate::document::Span;

pub mod answer;
pub mod articles;
pub mod chart;
pub mod editing;
pub mod escape;
pub mod help;
#[cfg(test)]
pub(super) mod hostile;
pub mod notice;
pub mod quote;
pub mod source;
pub mod summary;

use escape::length;
pub use quote::{Citation, Quoted};

/// UTF-16 units of a message, by Discord's rule (which counts characters, so this is on the safe side).
pub const MAX_CONTENT: usize = 2_000;
/// Buttons in a row, by Discord's rule.
pub const MAX_BUTTONS: usize = 5;
/// Characters of a button's label, by Discord's rule.
pub const MAX_LABEL: usize = 80;

/// One message, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The text, in Discord's markdown.
    pub content: String,
    /// Which parts of it are quotes.
    pub quoted: Vec<Quoted>,
    /// Rows of at most [`MAX_BUTTONS`] buttons.
    pub rows: Vec<Vec<Button>>,
    /// A file to attach.
    pub file: Option<File>,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What is written on it, at most [`MAX_LABEL`] characters; may be empty beside an emoji.
    pub label: String,
    /// A sign before the label.
    pub emoji: Option<char>,
    /// How it looks.
    pub look: Look,
    /// What pressing it asks for.
    pub press: Press,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The one that most will want.
    Primary,
    /// Any other.
    Plain,
    /// One that destroys something.
    Danger,
}

/// A file sent with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What a picture shows, for those who cannot see it; empty for other files.
    pub description: String,
}

impl Button {
    /// A plain button.
    pub fn new(label: &str, press: Press) -> Button {
        Button {
            label: label.to_owned(),
            emoji: None,
            look: Look::Plain,
            press,
        }
    }

    /// A button with nothing but a sign.
    pub fn sign(emoji: char, press: Press) -> Button {
        Button {
            emoji: Some(emoji),
            ..Button::new("", press)
        }
    }

    /// The same button in another look.
    pub fn looking(self, look: Look) -> Button {
        Button { look, ..self }
    }
}

impl Message {
    /// A message of text alone.
    pub fn text(content: impl Into<String>) -> Message {
        Message {
            content: content.into(),
            ..Message::default()
        }
    }

    /// The same message with one more row of buttons; an empty row is left out.
    pub fn with_row(mut self, row: Vec<Button>) -> Message {
        if !row.is_empty() {
            self.rows.push(row);
        }
        self
    }

    /// Appends a citation and its source line, together at most `room` long. `false` if nothing of
    /// the quote fits; then only the source is appended, with a word on why.
    fn push_cited(&mut self, citation: &Citation<'_>, n_copies: usize, room: usize) -> bool {
        let mut source = source::line(citation, n_copies);
        if length(&source) > room / 2 {
            source = format!("— {}", source::description(citation.document));
        }
        let left = room.saturating_sub(length(&source) + 1);
        let quoted = quote::push(&mut self.content, citation, left);
        let is_shown = quoted.is_some();
        match quoted {
            Some(quoted) => self.quoted.push(quoted),
            None => self
                .content
                .push_str("(The passage has a word too long for a message.)\n"),
        }
        self.content.push_str(&source);
        self.content.push('\n');
        is_shown
    }

    /// Appends another message's text, with its quotes.
    fn append(&mut self, other: Message) {
        let base = self.content.len();
        self.content.push_str(&other.content);
        self.quoted
            .extend(other.quoted.into_iter().map(|quoted| Quoted {
                at: Span::new(quoted.at.start + base, quoted.at.end + base),
                ..quoted
            }));
    }

    /// Whether it keeps Discord's limits and every quote in it is the store's text.
    ///
    /// # Errors
    /// [`Unsendable`], which is a fault of ours and never the asker's.
    pub fn check(&self) -> Result<(), Unsendable> {
        if let Some(quoted) = self.quoted.iter().find(|q| !q.is_in(&self.content)) {
            return Err(Unsendable::Quote(quoted.stored.clone()));
        }
        let len = length(&self.content);
        if len > MAX_CONTENT {
            return Err(Unsendable::TooLong(len));
        }
        if self.content.trim().is_empty() && self.file.is_none() {
            return Err(Unsendable::Empty);
        }
        let labels = self.rows.iter().flatten().map(|button| &button.label);
        let rows_fit = self.rows.len() <= MAX_BUTTONS
            && self.rows.iter().all(|row| row.len() <= MAX_BUTTONS)
            && labels.into_iter().all(|label| length(label) <= MAX_LABEL);
        if !rows_fit {
            return Err(Unsendable::Buttons);
        }
        let buttons = self.rows.iter().flatten();
        let mut names = buttons.map(|button| button.press.to_string());
        if let Some(name) = names.find(|name| name.chars().count() > MAX_ID_CHARS) {
            return Err(Unsendable::LongName(name));
        }
        Ok(())
    }
}

/// A message that must not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// A quote is not what the store holds.
    #[error("a quote to be sent differs from the stored text `{0}`")]
    Quote(String),
    /// Too long.
    #[error("a message of {0} characters is above the limit of {MAX_CONTENT}")]
    TooLong(usize),
    /// Nothing in it.
    #[error("a message with nothing in it")]
    Empty,
    /// Too many buttons or too long a label.
    #[error("more buttons or longer labels than a message may have")]
    Buttons,
    /// Too long a name of a button.
    #[error("a button's name `{0}` is above the limit of {MAX_ID_CHARS} characters")]
    LongName(String),
}

/// Packs blocks into pages of at most `room`, in order, as many a page as fit; a block longer than a
/// page has one to itself. Returns the page at `page` (0-based) and how many there are.
fn page(blocks: Vec<Message>, room: usize, page: u32) -> (Message, u32) {
    let mut pages = vec![Message::default()];
    for block in blocks {
        let is_full = pages.last().is_some_and(|last| {
            !last.content.is_empty() && length(&last.content) + length(&block.content) > room
        });
        if is_full {
            pages.push(Message::default());
        }
        if let Some(last) = pages.last_mut() {
            last.append(block);
        }
    }
    let n_pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let shown = page.min(n_pages - 1);
    (pages.swap_remove(shown as usize), n_pages)
}

/// Buttons to the pages before and after; none for a single page.
fn turning(page: u32, n_pages: u32, press: impl Fn(u32) -> Press) -> Vec<Button> {
    let mut row = Vec::new();
    if page > 0 {
        row.push(Button::new("Back", press(page - 1)));
    }
    if page + 1 < n_pages {
        row.push(Button::new("Next", press(page + 1)));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_button_has_a_limit() {
        let named = |n_chars: usize| {
            let words = "x".repeat(n_chars - "q1:search:0:".len());
            let press = Press::Search { page: 0, words };
            let message = Message::text("x").with_row(vec![Button::new("Next", press)]);
            message.check()
        };
        assert_eq!(named(MAX_ID_CHARS), Ok(()));
        assert!(matches!(
            named(MAX_ID_CHARS + 1),
            Err(Unsendable::LongName(_))
        ));
    }
}
