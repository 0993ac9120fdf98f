use super::*;

/// Lines of 10 point type 12 points apart, set to 300 points: each item is text, left edge and right
/// edge; `None` begins another column.
fn check(set: &[Option<(&str, f32, f32)>], expected: &[&str]) {
    let (mut column, mut y) = (0, 0.0);
    let mut lines = Vec::new();
    for item in set {
        let Some((text, x0, x1)) = *item else {
            column += 1;
            y = 0.0;
            continue;
        };
        let size = if text.starts_with('#') { 14.0 } else { 10.0 };
        y += size * 1.2;
        let n_first = text.split(' ').next().unwrap_or_default().len();
        lines.push(Line {
            text: text.to_owned(),
            x0,
            x1,
            first_word_x1: x0 + n_first as f32 * 5.0,
            y,
            size,
            column,
        });
    }
    let body = read(&lines).ok().unwrap().body;
    let shown: Vec<String> = body
        .blocks
        .iter()
        .map(|block| {
            let text = block.span.slice(&body.text).unwrap();
            match block.kind {
                BlockKind::Heading(level) => format!("H{level} {text}"),
                BlockKind::Paragraph => format!("P {text}"),
                BlockKind::ListItem => format!("L {text}"),
            }
        })
        .collect();
    assert_eq!(shown, expected);
}

const FULL: f32 = 300.0;

#[test]
fn a_line_that_had_room_left_ends_its_paragraph() {
    check(
        &[
            Some(("The first line is full and", 0.0, FULL)),
            Some(("the second is not.", 0.0, 120.0)),
            Some(("Another begins here and is", 0.0, FULL - 8.0)),
            Some(("unjustified.", 0.0, 100.0)),
        ],
        &[
            "P The first line is full and the second is not.",
            "P Another begins here and is unjustified.",
        ],
    );
}

#[test]
fn an_indent_begins_a_paragraph() {
    check(
        &[
            Some(("Full line that ends with a stop.", 0.0, FULL)),
            Some(("Indented line, also full, and", 10.0, FULL)),
            Some(("back at the edge, still full.", 0.0, FULL)),
            Some(("Indented again.", 10.0, 120.0)),
        ],
        &[
            "P Full line that ends with a stop.",
            "P Indented line, also full, and back at the edge, still full.",
            "P Indented again.",
        ],
    );
}

#[test]
fn large_type_is_a_heading_by_its_size() {
    check(
        &[
            Some(("# Heading over", 0.0, 100.0)),
            Some(("# two lines", 0.0, 90.0)),
            Some((
                "Text that is much longer than the heading above it",
                0.0,
                FULL,
            )),
            Some(("and goes on for a while.", 0.0, 200.0)),
        ],
        &[
            "H1 # Heading over # two lines",
            "P Text that is much longer than the heading above it and goes on for a while.",
        ],
    );
    // On slides nearly all type is large.
    check(
        &[
            Some(("# All that is said here.", 0.0, 200.0)),
            None,
            Some(("# Is said in large type.", 0.0, 200.0)),
            None,
            Some(("But for a source that is set small and is long", 0.0, 250.0)),
        ],
        &[
            "P # All that is said here.",
            "P # Is said in large type.",
            "P But for a source that is set small and is long",
        ],
    );
}

#[test]
fn items_hang_below_their_marks() {
    check(
        &[
            Some(("Before the list:", 0.0, 80.0)),
            Some(("• the first item, which is long enough for", 10.0, FULL)),
            Some(("two lines", 18.0, 60.0)),
            Some(("• the second", 10.0, 70.0)),
            Some(("After it.", 0.0, 60.0)),
        ],
        &[
            "P Before the list:",
            "L the first item, which is long enough for two lines",
            "L the second",
            "P After it.",
        ],
    );
}

#[test]
fn paragraphs_go_on_in_the_next_column() {
    check(
        &[
            Some(("A paragraph which is not at its", 0.0, FULL)),
            None,
            Some(("end when the column is.", 0.0, 110.0)),
            None,
            Some(("A new one.", 0.0, 60.0)),
        ],
        &[
            "P A paragraph which is not at its end when the column is.",
            "P A new one.",
        ],
    );
}

#[test]
fn divided_words_are_mended_and_hyphens_of_the_author_stay() {
    check(
        &[
            Some(("The well-known har-", 0.0, FULL)),
            Some(("bour of Stoke-on-", 0.0, FULL)),
            Some(("Trent is a well-", 0.0, FULL)),
            Some(("known place, as every-", 0.0, FULL)),
            Some(("body here says -", 0.0, FULL)),
            Some(("they say.", 0.0, 60.0)),
        ],
        &[
            "P The well-known harbour of Stoke-on-Trent is a well-known place, as everybody here says - they say.",
        ],
    );
}
