//! How terminal text may be dressed: colours or none, and how wide a line may be.

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
