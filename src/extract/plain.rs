//! Plain text to blocks.

use super::body::Body;
use super::{MAX_BLOCKS, MAX_PLAIN_TITLE_CHARS, Parsed, metadata};
use crate::document::{Block, Metadata};
use crate::text::{normalize, plain_blocks};

/// Reads plain text: its first line as the title if it looks like one, the rest as blocks. `None` for
/// more than [`MAX_BLOCKS`] blocks.
pub(super) fn parse(source: &str, warnings: &mut Vec<String>) -> Option<Parsed> {
    let text = normalize(source);
    let (title, text) = split_title(&text);
    let body = without_markers(text, &plain_blocks(text))?;
    let metadata = Metadata {
        title: metadata::title(title, warnings),
        ..Metadata::default()
    };
    Some(Parsed { metadata, body })
}

/// The title and the text without it; an empty title if the first line does not look like one.
fn split_title(text: &str) -> (&str, &str) {
    text.split_once("\n\n")
        .filter(|(first, _)| is_title(first))
        .unwrap_or(("", text))
}

fn is_title(first: &str) -> bool {
    const FINAL: [char; 12] = [
        '.', '!', '?', ':', ';', ',', '…', '。', '！', '？', '।', '؟',
    ];
    let end = first.trim_end_matches(['"', '\'', '”', '’', '»', ')']);
    !first.contains('\n')
        && first.chars().nth(MAX_PLAIN_TITLE_CHARS).is_none()
        && first.chars().any(char::is_alphanumeric)
        && !end.ends_with(FINAL)
}

/// The blocks with what separates them, but without the list markers between them, as in Markdown:
/// only white space may stand between blocks.
fn without_markers(text: &str, blocks: &[Block]) -> Option<Body> {
    if blocks.len() > MAX_BLOCKS {
        return None;
    }
    let mut body = Body::default();
    let mut end = 0;
    for block in blocks {
        let gap = text.get(end..block.span.start).unwrap_or_default();
        let separator = if gap.contains("\n\n") { "\n\n" } else { "\n" };
        body.push(
            block.kind,
            separator,
            block.span.slice(text).unwrap_or_default(),
        );
        end = block.span.end;
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title_and_text(source: &str) -> (String, String) {
        let parsed = parse(source, &mut Vec::new()).unwrap();
        (parsed.metadata.title, parsed.body.text)
    }

    #[test]
    fn a_short_first_line_is_the_title() {
        for (source, title, text) in [
            ("A title\n\nText.", "A title", "Text."),
            (
                "\n\nA title \r\n\r\n\r\nText.\r\nMore.",
                "A title",
                "Text.\nMore.",
            ),
            ("A sentence.\n\nText.", "", "A sentence.\n\nText."),
            ("He said “no.”\n\nText.", "", "He said “no.”\n\nText."),
            ("Two\nlines\n\nText.", "", "Two\nlines\n\nText."),
            ("Only line", "", "Only line"),
            ("* * *\n\nText.", "", "* *\n\nText."),
            ("", "", ""),
        ] {
            let expected = (title.to_owned(), text.to_owned());
            assert_eq!(title_and_text(source), expected, "{source:?}");
        }
        let exact = "t".repeat(MAX_PLAIN_TITLE_CHARS);
        assert_eq!(title_and_text(&format!("{exact}\n\nText.")).0, exact);
        assert_eq!(title_and_text(&format!("{exact}t\n\nText.")).0, "");
    }

    #[test]
    fn list_markers_leave_the_text() {
        let source = "Fruit:\n- apples\n- pears,\n  ripe\n\n1. one\n2. two\n\nEnd.";
        let body = parse(source, &mut Vec::new()).unwrap().body;
        assert_eq!(
            body.text,
            "Fruit:\napples\npears,\n  ripe\n\none\ntwo\n\nEnd."
        );
        assert_eq!(body.blocks.len(), 6);
    }
}
