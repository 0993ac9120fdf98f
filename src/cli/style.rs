//! How terminal text may be dressed: colours or none, and how wide a line may be.

use std::fmt::Write as _;
use std::io::IsTerminal;

/// Columns used where the width is unknown or very large: long lines are hard to read.
const DEFAULT_COLUMNS: usize = 80;
const MAX_COLUMNS: usize = 100;
const MIN_COLUMNS: usize = 30;

/// What an output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences are understood.
    pub color: bool,
    /// Columns to wrap at; `None` leaves lines whole, as a program that reads them wants.
    pub columns: Option<usize>,
}

impl Style {
    /// For a stream: colours and wrapping on a terminal, neither in a pipe or file.
    pub fn of_terminal(stream: &impl IsTerminal) -> Style {
        if !stream.is_terminal() {
            return Style::PIPE;
        }
        let columns = terminal_size::terminal_size()
            .map_or(DEFAULT_COLUMNS, |(width, _)| usize::from(width.0));
        Style {
            color: true,
            columns: Some(columns.clamp(MIN_COLUMNS, MAX_COLUMNS)),
        }
    }

    /// Neither colours nor wrapping.
    pub const PIPE: Style = Style {
        color: false,
        columns: None,
    };

    /// The same without colours.
    pub fn plain(self) -> Style {
        Style {
            color: false,
            ..self
        }
    }

    /// `text` in bold; between `**` where there are no colours.
    pub(super) fn bold(self, text: &str) -> String {
        if self.color {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            format!("**{text}**")
        }
    }

    /// `text` dimmed, or as it is where there are no colours.
    pub(super) fn dim(self, text: &str) -> String {
        if self.color {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// One line of text that does nothing to a terminal: what would move, colour or turn around what
/// stands beside it, as the name of a file may, is written as its code.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match acts {
            // Writing to a string does not fail.
            true => drop(write!(shown, "{}", c.escape_default())),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_acts_on_a_terminal_is_written_as_its_code() {
        for (text, expected) in [
            ("`naïve – 名.md`", "`naïve – 名.md`"),
            ("a\u{1b}[31mb\nc\td", "a\\u{1b}[31mb\\nc\\td"),
            ("\u{9b}31m\u{202e}dm.exe", "\\u{9b}31m\\u{202e}dm.exe"),
            ("", ""),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
