//! Answers for the eye: pure, from values to text.
//!
//! Stored text is shown word for word; only white space is re-flowed to the width of the terminal.
//! Control characters are shown as spaces, so that no article can steer a terminal.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use crate::answer::{Answer, Outcome, Quote};
use crate::document::{DocumentRef, Span};

/// The text of an answer, ending in a line break. `also_in` names the copies of each quote.
pub(super) fn answer(answer: &Answer, also_in: &[Vec<DocumentRef>], style: Style) -> String {
    let mut out = String::new();
    let shown: Vec<(&Quote, &[DocumentRef])> = answer
        .quotes
        .iter()
        .zip(also_in)
        .map(|(quote, copies)| (quote, copies.as_slice()))
        .collect();
    match (answer.outcome, shown.split_first()) {
        (Outcome::Nothing, _) | (_, None) => {
            out.push_str("Nothing in the articles is about this.\n");
        }
        (Outcome::Closest, Some(_)) => {
            out.push_str("The articles do not answer this directly. The closest passages:\n");
            for (quote, copies) in shown {
                out.push('\n');
                push_quote(&mut out, quote, copies, false, style);
            }
        }
        (Outcome::Answer, Some(((first, copies), rest))) => {
            push_quote(&mut out, first, copies, true, style);
            let rest: Vec<_> = rest
                .iter()
                .filter(|(quote, _)| is_believed(quote))
                .collect();
            if !rest.is_empty() {
                out.push_str("\nAlso:\n");
            }
            for (quote, copies) in rest {
                out.push('\n');
                push_quote(&mut out, quote, copies, false, style);
            }
        }
    }
    out
}

/// Whether the reader found an answer in this quote too; a weaker one would only be noise beside
/// an answer.
fn is_believed(quote: &Quote) -> bool {
    quote
        .evidence
        .reading
        .is_some_and(|reading| reading.span_score > 0.0)
}

fn push_quote(
    out: &mut String,
    quote: &Quote,
    copies: &[DocumentRef],
    with_context: bool,
    style: Style,
) {
    if with_context {
        push_lines(out, "  ", &words(quote.before()), Dress::Dim, style);
    }
    push_lines(
        out,
        "> ",
        &emphasised(quote.text(), quote.bold()),
        Dress::Bold,
        style,
    );
    if with_context {
        push_lines(out, "  ", &words(quote.after()), Dress::Dim, style);
    }
    push_lines(
        out,
        "  ",
        &words(&source_line(quote, copies)),
        Dress::Plain,
        style,
    );
}

/// Title, outlet, date and id, and who else says so.
fn source_line(quote: &Quote, copies: &[DocumentRef]) -> String {
    let document = &quote.article().document;
    let metadata = &document.metadata;
    let mut parts = vec![metadata.title.clone()];
    parts.extend(metadata.outlet.clone());
    parts.extend(metadata.published.map(|date| date.long()));
    parts.extend(metadata.url.clone());
    let mut line = format!("— {} [{}]", parts.join(", "), document.reference);
    if !copies.is_empty() {
        let names: Vec<String> = copies.iter().map(ToString::to_string).collect();
        line.push_str(&format!(" · also in {}", names.join(", ")));
    }
    line
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dress {
    Plain,
    Dim,
    Bold,
}

/// A word as its parts, each with whether it is emphasised: most words have one.
type Word = Vec<(String, bool)>;

fn words(text: &str) -> Vec<Word> {
    emphasised(text, Span::default())
}

/// The words of `text`, split where `bold` begins and ends within them.
fn emphasised(text: &str, bold: Span) -> Vec<Word> {
    let mut words: Vec<Word> = vec![Vec::new()];
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            words.push(Vec::new());
            continue;
        }
        let shown = if c.is_control() { ' ' } else { c };
        let marked = bold.start <= at && at < bold.end;
        let Some(word) = words.last_mut() else {
            continue;
        };
        match word.last_mut().filter(|(_, before)| *before == marked) {
            Some((part, _)) => part.push(shown),
            None => word.push((shown.to_string(), marked)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Wraps words under `prefix`; neighbouring emphasised words are dressed as one.
fn push_lines(out: &mut String, prefix: &str, words: &[Word], dress: Dress, style: Style) {
    if words.is_empty() {
        return;
    }
    let room = style
        .columns
        .map_or(usize::MAX, |columns| columns - prefix.width());
    let mut lines: Vec<Vec<&Word>> = vec![Vec::new()];
    let mut used = 0;
    for word in words {
        let width: usize = word.iter().map(|(part, _)| part.width()).sum();
        if used > 0 && used + 1 + width > room {
            lines.push(Vec::new());
            used = 0;
        }
        used += width + usize::from(used > 0);
        if let Some(line) = lines.last_mut() {
            line.push(word);
        }
    }
    for line in lines {
        out.push_str(prefix);
        out.push_str(&dressed(&line, dress, style));
        out.push('\n');
    }
}

/// One line: neighbouring emphasised words, and the spaces between them, are dressed as one run.
fn dressed(line: &[&Word], dress: Dress, style: Style) -> String {
    let mut runs: Vec<(String, bool)> = Vec::new();
    for (position, word) in line.iter().enumerate() {
        let opens_bold = word.first().is_some_and(|(_, bold)| *bold);
        if position > 0 {
            match runs.last_mut() {
                Some((run, true)) if opens_bold => run.push(' '),
                Some((run, false)) => run.push(' '),
                _ => runs.push((" ".to_owned(), false)),
            }
        }
        for (part, bold) in *word {
            match runs.last_mut().filter(|(_, before)| before == bold) {
                Some((run, _)) => run.push_str(part),
                None => runs.push((part.clone(), *bold)),
            }
        }
    }
    let text: String = runs
        .into_iter()
        .map(|(run, bold)| if bold { style.bold(&run) } else { run })
        .collect();
    match dress {
        Dress::Plain | Dress::Bold => text,
        Dress::Dim => style.dim(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, bold: Span, columns: Option<usize>, color: bool) -> String {
        let mut out = String::new();
        let style = Style { color, columns };
        push_lines(&mut out, "> ", &emphasised(text, bold), Dress::Bold, style);
        out
    }

    #[test]
    fn emphasis_begins_and_ends_at_the_byte() {
        let text = "signed on 4 April 2023, in Brussels";
        assert_eq!(
            lines(text, Span::new(10, 22), None, false),
            "> signed on **4 April 2023**, in Brussels\n"
        );
    }

    #[test]
    fn emphasis_goes_on_over_a_line_break() {
        let text = "one two three four";
        assert_eq!(
            lines(text, Span::new(4, 13), Some(11), true),
            "> one \u{1b}[1mtwo\u{1b}[0m\n> \u{1b}[1mthree\u{1b}[0m\n> four\n"
        );
    }

    #[test]
    fn white_space_is_re_flowed_and_controls_are_blanked() {
        assert_eq!(
            lines("a\u{1b}[31m\n\nb   c", Span::default(), None, false),
            "> a [31m b c\n"
        );
        assert_eq!(lines("  ", Span::default(), None, false), "");
    }
}
