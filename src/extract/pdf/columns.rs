//! Pieces of a page to lines in reading order.
//!
//! A page is searched for a gutter: an upright strip that hardly a piece crosses and that has running
//! text on both sides. What crosses it (a title, a wide caption) divides the page into bands; in each
//! band the left part is read before the right one, and each part is searched again. Where there is no
//! gutter, pieces on one base line are one line. Tables have no gutter by this rule, as their cells are
//! short, and are read by rows.

use super::fragments::{Fragment, Fragments};

/// Most parts within one another: four columns need two.
const MAX_DEPTH: usize = 4;
/// Fewest pieces on either side of a gutter.
const MIN_PIECES: usize = 4;
/// Fewest characters of the middling piece on either side of a gutter.
const MIN_CHARS: usize = 12;
/// Narrowest gutter, in sizes of the text.
const MIN_GUTTER: f32 = 0.6;
/// Most pieces that cross a gutter, in percent of all.
const MAX_CROSSING_PERCENT: usize = 15;
/// How much of the lower side's height the other side has to share, in percent.
const MIN_SHARED_PERCENT: f32 = 40.0;
/// Widest page that is searched, in points; wider is a poster.
const MAX_WIDTH: f32 = 10_000.0;

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) first_word_x1: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    /// Lines with the same number stand in one column of one page; it changes where the column does.
    pub(super) column: usize,
}

/// The lines of pages, in reading order.
pub(super) fn lines(pages: Vec<Fragments>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut column = 0;
    for fragments in pages {
        let width = fragments.width;
        let mut parts = Vec::new();
        if width <= MAX_WIDTH {
            divide(fragments.pieces, 0, &mut parts);
        } else {
            parts.push(fragments.pieces);
        }
        for part in parts {
            push_lines(part, column, &mut lines);
            column += 1;
        }
    }
    lines
}

/// Divides pieces into parts in reading order.
fn divide(pieces: Vec<Fragment>, depth: usize, parts: &mut Vec<Vec<Fragment>>) {
    let gutter = if depth < MAX_DEPTH {
        gutter(&pieces)
    } else {
        None
    };
    let Some(gutter) = gutter else {
        if !pieces.is_empty() {
            parts.push(pieces);
        }
        return;
    };
    let mut pieces = pieces;
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y));
    let (mut left, mut right, mut across) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        let is_across = piece.x0 < gutter && piece.x1 > gutter;
        if is_across && !(left.is_empty() && right.is_empty()) {
            divide(std::mem::take(&mut left), depth + 1, parts);
            divide(std::mem::take(&mut right), depth + 1, parts);
        } else if !is_across && !across.is_empty() {
            parts.push(std::mem::take(&mut across));
        }
        match is_across {
            true => across.push(piece),
            false if piece.x1 <= gutter => left.push(piece),
            false => right.push(piece),
        }
    }
    if !across.is_empty() {
        parts.push(across);
    }
    divide(left, depth + 1, parts);
    divide(right, depth + 1, parts);
}

/// The middle of the best gutter, if there is one.
fn gutter(pieces: &[Fragment]) -> Option<f32> {
    if pieces.len() < 2 * MIN_PIECES {
        return None;
    }
    let min_x = pieces.iter().map(|piece| piece.x0).fold(f32::MAX, f32::min);
    let max_x = pieces.iter().map(|piece| piece.x1).fold(0.0, f32::max);
    let n_bins = (max_x - min_x).clamp(0.0, MAX_WIDTH) as usize + 2;
    let bin = |x: f32| ((x - min_x).clamp(0.0, MAX_WIDTH) as usize).min(n_bins - 1);
    // How many pieces begin less how many end at a bin; summed up, how many cover it.
    let mut changes = vec![0_i32; n_bins + 1];
    for piece in pieces {
        if let Some(change) = changes.get_mut(bin(piece.x0)) {
            *change += 1;
        }
        if let Some(change) = changes.get_mut(bin(piece.x1) + 1) {
            *change -= 1;
        }
    }
    let most = pieces.len() * MAX_CROSSING_PERCENT / 100;
    let min_width = typical_size(pieces) * MIN_GUTTER;
    // Runs of bins with the same small cover: start, end, cover.
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    let mut cover = 0;
    for (position, change) in changes.iter().take(n_bins).enumerate() {
        cover += change;
        let covered = usize::try_from(cover).unwrap_or_default();
        let is_within = position * 100 > n_bins * 12 && position * 100 < n_bins * 88;
        if !is_within || covered > most {
            continue;
        }
        match runs.last_mut() {
            Some((_, end, same)) if *end == position && *same == covered => *end = position + 1,
            _ => runs.push((position, position + 1, covered)),
        }
    }
    runs.retain(|(start, end, _)| (end - start) as f32 + 1.0 >= min_width);
    runs.sort_by_key(|&(start, end, cover)| (cover, std::cmp::Reverse(end - start), start));
    runs.iter()
        .map(|&(start, end, _)| min_x + (start + end) as f32 / 2.0)
        .take(8)
        .find(|&x| divides_text(pieces, x))
}

/// Whether running text stands on both sides of a place, and side by side.
fn divides_text(pieces: &[Fragment], x: f32) -> bool {
    let left: Vec<&Fragment> = pieces.iter().filter(|piece| piece.x1 <= x).collect();
    let right: Vec<&Fragment> = pieces.iter().filter(|piece| piece.x0 >= x).collect();
    if !is_running_text(&left) || !is_running_text(&right) {
        return false;
    }
    let (left_top, left_end) = extent(&left);
    let (right_top, right_end) = extent(&right);
    let shared = left_end.min(right_end) - left_top.max(right_top);
    let lower = (left_end - left_top).min(right_end - right_top);
    shared * 100.0 >= lower * MIN_SHARED_PERCENT
}

fn is_running_text(pieces: &[&Fragment]) -> bool {
    if pieces.len() < MIN_PIECES {
        return false;
    }
    let mut lens: Vec<usize> = pieces
        .iter()
        .map(|piece| piece.text.chars().count())
        .collect();
    lens.sort_unstable();
    lens.get(lens.len() / 2)
        .is_some_and(|&len| len >= MIN_CHARS)
}

fn extent(pieces: &[&Fragment]) -> (f32, f32) {
    pieces.iter().fold((f32::MAX, 0.0), |(top, end), piece| {
        (top.min(piece.y), f32::max(end, piece.y))
    })
}

fn typical_size(pieces: &[Fragment]) -> f32 {
    let mut sizes: Vec<f32> = pieces.iter().map(|piece| piece.size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

/// Appends the lines of one part from top to bottom.
fn push_lines(mut pieces: Vec<Fragment>, column: usize, lines: &mut Vec<Line>) {
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut open: Vec<Fragment> = Vec::new();
    for piece in pieces {
        let is_same = open
            .last()
            .is_some_and(|last| (piece.y - last.y).abs() < last.size.min(piece.size) * 0.45);
        if !is_same {
            lines.extend(line_of(std::mem::take(&mut open), column));
        }
        open.push(piece);
    }
    lines.extend(line_of(open, column));
}

/// The line of pieces that stand beside one another.
fn line_of(mut pieces: Vec<Fragment>, column: usize) -> Option<Line> {
    pieces.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let longest = pieces
        .iter()
        .max_by_key(|piece| piece.text.len())
        .map(|piece| (piece.y, piece.size))?;
    let first = pieces.first()?;
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    Some(Line {
        text: texts.join(" "),
        x0: first.x0,
        x1: pieces.iter().map(|piece| piece.x1).fold(0.0, f32::max),
        first_word_x1: first.first_word_x1,
        y: longest.0,
        size: longest.1,
        column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, x0: f32, x1: f32, y: f32) -> Fragment {
        Fragment {
            text: text.to_owned(),
            x0,
            x1,
            first_word_x1: x0 + 10.0,
            y,
            size: 10.0,
        }
    }

    fn read(pieces: Vec<Fragment>) -> Vec<String> {
        let page = Fragments {
            width: 400.0,
            height: 600.0,
            pieces,
        };
        lines(vec![page])
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    /// Rows of two columns with a title above, the right column half a line lower.
    fn two_columns(n: usize, gutter: f32, words: &str) -> Vec<Fragment> {
        let mut pieces = vec![piece("A title over both columns", 100.0, 300.0, 30.0)];
        for row in 0..n {
            let y = 60.0 + row as f32 * 12.0;
            pieces.push(piece(
                &format!("{words} left {row}"),
                20.0,
                200.0 - gutter / 2.0,
                y,
            ));
            pieces.push(piece(
                &format!("{words} right {row}"),
                200.0 + gutter / 2.0,
                380.0,
                y + 5.0,
            ));
        }
        pieces
    }

    #[test]
    fn the_left_column_is_read_before_the_right_one() {
        let read = read(two_columns(6, 10.0, "some running text"));
        assert_eq!(read[0], "A title over both columns");
        assert!(
            read[1..7].iter().all(|line| line.contains("left")),
            "{read:?}"
        );
        assert!(
            read[7..].iter().all(|line| line.contains("right")),
            "{read:?}"
        );
    }

    #[test]
    fn what_crosses_the_columns_divides_them() {
        let mut pieces = two_columns(8, 10.0, "some running text");
        pieces.push(piece("A wide caption across the page", 20.0, 380.0, 104.0));
        let read = read(pieces);
        let place = |text: &str| read.iter().position(|line| line.ends_with(text)).unwrap();
        assert!(place("right 2") < place("across the page"), "{read:?}");
        assert!(place("across the page") < place("left 4"), "{read:?}");
    }

    #[test]
    fn tables_and_narrow_gaps_are_no_columns() {
        // Cells are short.
        let rows = read(two_columns(6, 10.0, ""));
        assert!(!rows[1].contains("right 1"), "{rows:?}");
        let rows = read(two_columns(6, 2.0, "some running text"));
        assert!(
            rows[2].contains("right") || rows[1].contains("right"),
            "{rows:?}"
        );
    }

    #[test]
    fn three_columns_are_read_in_turn() {
        let mut pieces = Vec::new();
        for row in 0..6 {
            for (idx, name) in ["first", "second", "third"].iter().enumerate() {
                let x0 = 20.0 + idx as f32 * 130.0;
                let text = format!("text of the {name} column {row}");
                pieces.push(piece(&text, x0, x0 + 110.0, 60.0 + row as f32 * 12.0));
            }
        }
        let read = read(pieces);
        for (chunk, name) in read.chunks(6).zip(["first", "second", "third"]) {
            assert!(chunk.iter().all(|line| line.contains(name)), "{read:?}");
        }
    }
}
