//! Running heads, running feet and page numbers: what a page repeats and an article does not say.
//!
//! Only rows near the upper and lower edge of the text are looked at. One goes if, apart from its
//! digits, it stands at the same height on several pages; if it carries the number of its page; or if
//! it is nothing but such a number. A page that says so itself (as an artifact of tagged PDF) was
//! believed before.

use std::collections::HashMap;

use super::fragments::Fragments;

/// How many rows at either edge are looked at.
const N_ROWS: usize = 2;
/// Rows whose base lines differ by less are at the same height, in points.
const SAME_HEIGHT: f32 = 4.0;
/// Longest row that carries a page number, in characters.
const MAX_NUMBERED_CHARS: usize = 90;
/// Heads repeat on at least this share of pages, in percent: left and right pages may have others, and
/// the first page of a part none.
const MIN_PERCENT: usize = 30;

/// A row of a page: pieces on one base line.
struct Row {
    /// Positions of the pieces in the page.
    pieces: Vec<usize>,
    y: f32,
    text: String,
}

/// Takes running heads, running feet and page numbers out of the pages of a document.
pub(super) fn remove(pages: &mut [Fragments]) {
    let rows: Vec<Vec<Row>> = pages.iter().map(edge_rows).collect();
    let repeated = repeated(&rows);
    let offset = numbering(&rows);
    let n_pages = pages.len();
    for (idx, page) in pages.iter_mut().enumerate() {
        let mut is_dropped = vec![false; page.pieces.len()];
        let rows = rows.get(idx).map_or(&[][..], Vec::as_slice);
        let numbered = offset.and_then(|offset| numbered_row(rows, idx, offset, page.height));
        for row in rows {
            let is_repeated = repeated.contains_key(&key(row));
            let is_numbered = numbered.is_some_and(|y| y == row.y);
            if is_repeated || is_numbered || is_page_label(&row.text, n_pages) {
                for &piece in &row.pieces {
                    if let Some(is_dropped) = is_dropped.get_mut(piece) {
                        *is_dropped = true;
                    }
                }
            }
        }
        let mut dropped = is_dropped.into_iter();
        page.pieces.retain(|_| !dropped.next().unwrap_or_default());
    }
}

/// The rows nearest to the edges of a page, if it has so many that text is left between them.
fn edge_rows(page: &Fragments) -> Vec<Row> {
    let mut order: Vec<usize> = (0..page.pieces.len()).collect();
    let y = |idx: usize| page.pieces.get(idx).map_or(0.0, |piece| piece.y);
    order.sort_by(|&a, &b| y(a).total_cmp(&y(b)));
    let mut rows: Vec<Row> = Vec::new();
    for idx in order {
        let Some(piece) = page.pieces.get(idx) else {
            continue;
        };
        match rows.last_mut() {
            Some(row) if (piece.y - row.y).abs() < SAME_HEIGHT => row.pieces.push(idx),
            _ => rows.push(Row {
                pieces: vec![idx],
                y: piece.y,
                text: String::new(),
            }),
        }
    }
    let n_rows = rows.len();
    let n_edge = N_ROWS.min(n_rows.saturating_sub(1) / 2);
    let is_at_edge = |position: usize| position < n_edge || position + n_edge >= n_rows;
    let mut position = 0;
    rows.retain(|_| {
        position += 1;
        is_at_edge(position - 1)
    });
    for row in &mut rows {
        let x = |idx: usize| page.pieces.get(idx).map_or(0.0, |piece| piece.x0);
        row.pieces.sort_by(|&a, &b| x(a).total_cmp(&x(b)));
        let texts: Vec<&str> = row
            .pieces
            .iter()
            .filter_map(|&idx| page.pieces.get(idx))
            .map(|piece| piece.text.as_str())
            .collect();
        row.text = texts.join(" ");
    }
    rows
}

/// What makes two rows the same head: their text without digits, and their height.
fn key(row: &Row) -> (String, i32) {
    let text = row
        .text
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .flat_map(char::to_lowercase)
        .collect();
    (text, (row.y / SAME_HEIGHT).round() as i32)
}

/// The rows that stand on enough pages. Rows of digits alone are page numbers only if they count.
fn repeated(pages: &[Vec<Row>]) -> HashMap<(String, i32), usize> {
    let mut counts: HashMap<(String, i32), usize> = HashMap::new();
    for rows in pages {
        let mut keys: Vec<_> = rows.iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            if key.0.chars().any(char::is_alphabetic) {
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    let needed = (pages.len() * MIN_PERCENT).div_ceil(100).max(2);
    counts.retain(|_, n| *n >= needed);
    counts
}

/// How far the numbers at the edges of pages run ahead of the pages, if most pages carry one.
fn numbering(pages: &[Vec<Row>]) -> Option<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for (idx, rows) in pages.iter().enumerate() {
        let mut offsets: Vec<i64> = rows
            .iter()
            .flat_map(edge_numbers)
            .map(|number| number - position(idx))
            .collect();
        offsets.sort_unstable();
        offsets.dedup();
        for offset in offsets {
            *counts.entry(offset).or_default() += 1;
        }
    }
    let needed = (pages.len() * 3).div_ceil(5).max(2);
    counts
        .into_iter()
        .filter(|(_, n)| *n >= needed)
        // The most frequent, then the smallest.
        .max_by_key(|&(offset, n)| (n, std::cmp::Reverse(offset)))
        .map(|(offset, _)| offset)
}

/// The height of the row that carries the number of its page: of several the one that is nothing but a
/// number, else the one nearest to an edge of the paper. The others are numbered headings.
fn numbered_row(rows: &[Row], idx: usize, offset: i64, page_height: f32) -> Option<f32> {
    let from_edge = |row: &Row| row.y.min(page_height - row.y);
    rows.iter()
        .filter(|row| row.text.chars().nth(MAX_NUMBERED_CHARS).is_none())
        .filter(|row| edge_numbers(row).any(|number| number == position(idx) + offset))
        .min_by(|a, b| {
            let is_more = |row: &Row| row.text.chars().any(char::is_alphabetic);
            is_more(a)
                .cmp(&is_more(b))
                .then(from_edge(a).total_cmp(&from_edge(b)))
        })
        .map(|row| row.y)
}

fn position(idx: usize) -> i64 {
    i64::try_from(idx).unwrap_or(i64::MAX)
}

/// The numbers that a row begins or ends with.
fn edge_numbers(row: &Row) -> impl Iterator<Item = i64> + '_ {
    let mut words = row.text.split_whitespace();
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).filter_map(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit());
        (word.len() <= 4).then(|| word.parse().ok())?
    })
}

/// Whether a row is nothing but the number of a page: `7`, `- 7 -`, `Page 7 of 9`, `7/9`.
fn is_page_label(text: &str, n_pages: usize) -> bool {
    let mut numbers = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        if let Ok(number) = word.parse::<usize>() {
            numbers.push(number);
        } else if !matches!(
            word.as_str(),
            "" | "page" | "p" | "of" | "seite" | "von" | "sur"
        ) {
            return false;
        }
    }
    match numbers.as_slice() {
        [number] => *number <= n_pages.max(999),
        [number, total] => number <= total && *total == n_pages,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fragments::Fragment;
    use super::*;

    /// A page of rows from top to bottom, 20 points apart.
    fn page(rows: &[&str]) -> Fragments {
        let pieces = rows.iter().enumerate().map(|(idx, text)| Fragment {
            text: (*text).to_owned(),
            x0: 50.0,
            x1: 300.0,
            first_word_x1: 80.0,
            y: 40.0 + idx as f32 * 20.0,
            size: 10.0,
        });
        Fragments {
            width: 400.0,
            height: 600.0,
            pieces: pieces.collect(),
        }
    }

    fn check(pages: &[&[&str]], expected: &[&[&str]]) {
        let mut found: Vec<Fragments> = pages.iter().map(|rows| page(rows)).collect();
        remove(&mut found);
        let texts: Vec<Vec<&str>> = found
            .iter()
            .map(|page| {
                page.pieces
                    .iter()
                    .map(|piece| piece.text.as_str())
                    .collect()
            })
            .collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn heads_that_repeat_go() {
        check(
            &[
                &["The Herald, 3", "a", "b", "c", "d"],
                &["The Herald, 4", "e", "f", "g", "h"],
            ],
            &[&["a", "b", "c", "d"], &["e", "f", "g", "h"]],
        );
        // Text in the middle of pages stays, repeated or not.
        check(
            &[&["a", "b", "same", "c", "d"], &["e", "f", "same", "g", "h"]],
            &[&["a", "b", "same", "c", "d"], &["e", "f", "same", "g", "h"]],
        );
    }

    #[test]
    fn numbers_that_count_the_pages_go() {
        check(
            &[
                &["a", "b", "c", "d", "17"],
                &["18 Of ships", "e", "f", "g", "h"],
                &["Of harbours 19", "i", "j", "k", "l"],
            ],
            &[
                &["a", "b", "c", "d"],
                &["e", "f", "g", "h"],
                &["i", "j", "k", "l"],
            ],
        );
        // A numbered heading at the top is none, if the page has its number elsewhere.
        check(
            &[
                &["1 Of ships", "a", "b", "c", "1"],
                &["d", "e", "f", "g", "2"],
            ],
            &[&["1 Of ships", "a", "b", "c"], &["d", "e", "f", "g"]],
        );
        // A year at the end of a last line counts nothing.
        check(
            &[&["a", "b", "c", "in 1914"], &["d", "e", "f", "until 1928"]],
            &[&["a", "b", "c", "in 1914"], &["d", "e", "f", "until 1928"]],
        );
    }

    #[test]
    fn a_single_page_may_be_numbered() {
        for label in ["1", "- 1 -", "Page 1 of 1", "1/1", "Seite 1"] {
            check(&[&["a", "b", "c", label]], &[&["a", "b", "c"]]);
        }
        for text in ["1914", "one", "Page", "3/1"] {
            check(&[&["a", "b", "c", text]], &[&["a", "b", "c", text]]);
        }
        check(&[&["1"]], &[&["1"]]);
    }
}
