//! Characters to pieces of lines.
//!
//! Programs draw the glyphs of a line one after the other, so what is drawn next and stands beside it
//! belongs to it; a gap is a space or, if wide, the end of the piece. Gaps are measured in the size of
//! the text, since fonts do not agree on how wide a space is.

use super::Page;
use super::glyphs::Placed;

/// Gap that counts as a space: between the kerning of wide-set titles and the space of a squeezed line.
const SPACE: f32 = 0.15;
/// Gap that ends a piece: no line is set that wide, and columns stand further apart.
const END: f32 = 1.0;
/// How far a glyph may begin before the end of the one before it, as in kerning and accents.
const OVERLAP: f32 = 0.6;
/// How far base lines may differ within a piece, as with notes and indices.
const SHIFT: f32 = 0.45;
/// A character is a raised one if it stands this much higher and is smaller than [`RAISED_SIZE`].
const RAISED: f32 = 0.18;
const RAISED_SIZE: f32 = 0.85;

/// A piece of a line.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) text: String,
    pub(super) x0: f32,
    pub(super) x1: f32,
    /// Where its first word ends.
    pub(super) first_word_x1: f32,
    pub(super) y: f32,
    pub(super) size: f32,
}

/// The pieces of a page, in the order in which they are drawn.
#[derive(Debug)]
pub(super) struct Fragments {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) pieces: Vec<Fragment>,
}

pub(super) fn of_page(page: Page) -> Fragments {
    let mut pieces = Vec::new();
    let mut open: Option<Open> = None;
    let mut last: Option<Placed> = None;
    for glyph in page.glyphs {
        // Bold type that is drawn twice, a hair apart.
        let is_repeated = last.is_some_and(|last| {
            last.c == glyph.c
                && (last.x0 - glyph.x0).abs() < glyph.size * 0.12
                && (last.y - glyph.y).abs() < glyph.size * 0.12
        });
        if is_repeated {
            continue;
        }
        last = Some(glyph);
        match &mut open {
            Some(piece) if piece.is_continued_by(&glyph) => piece.push(&glyph),
            _ => {
                pieces.extend(open.take().and_then(Open::finish));
                open = Some(Open::new(&glyph));
            }
        }
    }
    pieces.extend(open.and_then(Open::finish));
    Fragments {
        width: page.width,
        height: page.height,
        pieces,
    }
}

/// A piece that grows.
struct Open {
    piece: Fragment,
    has_first_word: bool,
    /// A spacing accent that waits for the letter below it.
    accent: Option<(char, Placed)>,
}

impl Open {
    fn new(glyph: &Placed) -> Open {
        let mut open = Open {
            piece: Fragment {
                text: String::new(),
                x0: glyph.x0,
                x1: glyph.x0,
                first_word_x1: glyph.x1,
                y: glyph.y,
                size: glyph.size,
            },
            has_first_word: false,
            accent: None,
        };
        open.push(glyph);
        open
    }

    fn is_continued_by(&self, glyph: &Placed) -> bool {
        let size = self.piece.size.max(glyph.size);
        let gap = glyph.x0 - self.piece.x1;
        (glyph.y - self.piece.y).abs() <= size * SHIFT
            && gap <= size * END
            && gap >= -size * OVERLAP
    }

    fn push(&mut self, glyph: &Placed) {
        let piece = &mut self.piece;
        let gap = glyph.x0 - piece.x1;
        let size = piece.size.min(glyph.size).max(piece.size * 0.6);
        let is_gap = gap > size * SPACE && !piece.text.is_empty();
        if (is_gap || glyph.c == ' ') && !piece.text.ends_with(' ') && !piece.text.is_empty() {
            self.has_first_word = true;
            piece.text.push(' ');
        }
        piece.x1 = piece.x1.max(glyph.x1);
        if glyph.c == ' ' {
            return;
        }
        if !self.has_first_word {
            piece.first_word_x1 = glyph.x1;
        }
        let is_raised = piece.y - glyph.y > piece.size * RAISED
            && glyph.size < piece.size * RAISED_SIZE
            && !piece.text.is_empty();
        // Small type that opens a piece was a note's mark: the line is set in what follows.
        if glyph.size > piece.size {
            piece.size = glyph.size;
            piece.y = glyph.y;
        }
        if let Some((mark, accent)) = self.accent.take()
            && glyph.x0 < accent.x1 - accent.size * 0.15
            && glyph.c.is_alphabetic()
        {
            // The spacing accent was written as it came; the letter takes it over.
            piece.text.pop();
            piece.text.push(dotted(glyph.c));
            piece.text.push(mark);
            return;
        }
        self.accent = combining(glyph.c).map(|mark| (mark, *glyph));
        piece
            .text
            .push(if is_raised { raised(glyph.c) } else { glyph.c });
    }

    fn finish(self) -> Option<Fragment> {
        let mut piece = self.piece;
        let len = piece.text.trim_end().len();
        piece.text.truncate(len);
        (!piece.text.is_empty()).then_some(piece)
    }
}

/// The combining form of an accent that fonts of TeX draw over the next letter.
fn combining(c: char) -> Option<char> {
    Some(match c {
        '`' => '\u{300}',
        '´' => '\u{301}',
        'ˆ' => '\u{302}',
        '˜' => '\u{303}',
        '¯' => '\u{304}',
        '˘' => '\u{306}',
        '˙' => '\u{307}',
        '¨' => '\u{308}',
        '˚' => '\u{30a}',
        '˝' => '\u{30b}',
        'ˇ' => '\u{30c}',
        '¸' => '\u{327}',
        _ => return None,
    })
}

fn dotted(c: char) -> char {
    match c {
        'ı' => 'i',
        'ȷ' => 'j',
        c => c,
    }
}

/// A raised digit as the character of its own that it is: the square of a metre is no two.
fn raised(c: char) -> char {
    match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of text set in glyphs half as wide as high: each item is text, left edge, base line and
    /// size.
    fn check(set: &[(&str, f32, f32, f32)], expected: &[&str]) {
        let mut glyphs = Vec::new();
        for &(text, x, y, size) in set {
            for (idx, c) in text.chars().enumerate() {
                let x0 = x + idx as f32 * size / 2.0;
                let x1 = x0 + size / 2.0;
                glyphs.push(Placed { c, x0, x1, y, size });
            }
        }
        let page = Page {
            width: 600.0,
            height: 800.0,
            glyphs,
        };
        let pieces = of_page(page).pieces;
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, expected, "{set:?}");
    }

    #[test]
    fn gaps_are_spaces_or_ends() {
        check(&[("one two", 0.0, 0.0, 10.0)], &["one two"]);
        check(
            &[("one", 0.0, 0.0, 10.0), ("two", 16.4, 0.0, 10.0)],
            &["onetwo"],
        );
        check(
            &[("one", 0.0, 0.0, 10.0), ("two", 16.6, 0.0, 10.0)],
            &["one two"],
        );
        check(
            &[("one", 0.0, 0.0, 10.0), ("two", 25.0, 0.0, 10.0)],
            &["one two"],
        );
        check(
            &[("one", 0.0, 0.0, 10.0), ("two", 25.1, 0.0, 10.0)],
            &["one", "two"],
        );
        check(
            &[("one", 0.0, 0.0, 10.0), ("two", 0.0, 12.0, 10.0)],
            &["one", "two"],
        );
        check(
            &[("one ", 0.0, 0.0, 10.0), ("two", 20.0, 0.0, 10.0)],
            &["one two"],
        );
        check(&[("  ", 0.0, 0.0, 10.0)], &[]);
    }

    #[test]
    fn what_is_raised_and_what_is_drawn_twice() {
        check(
            &[
                ("m", 0.0, 10.0, 10.0),
                ("2", 5.0, 7.0, 7.0),
                (".", 8.5, 10.0, 10.0),
            ],
            &["m²."],
        );
        check(&[("a", 0.0, 10.0, 10.0), ("1", 5.0, 11.0, 7.0)], &["a1"]);
        check(
            &[
                ("A", 0.0, 0.0, 10.0),
                ("A", 0.5, 0.0, 10.0),
                ("b", 5.0, 0.0, 10.0),
            ],
            &["Ab"],
        );
        check(&[("ll", 0.0, 0.0, 10.0)], &["ll"]);
    }

    #[test]
    fn accents_join_the_letter_below_them() {
        check(
            &[
                ("caf", 0.0, 0.0, 10.0),
                ("´", 15.0, 0.0, 10.0),
                ("e", 15.0, 0.0, 10.0),
            ],
            &["cafe\u{301}"],
        );
        check(&[("´", 0.0, 0.0, 10.0), ("e", 5.0, 0.0, 10.0)], &["´e"]);
    }
}
