//! Lines to paragraphs, headings and list items.
//!
//! Whether a line goes on with the one before it is read from the page: from their distance, from
//! indents, from the size of the type, and above all from the question whether its first word would
//! still have fitted on the line before. Across columns and pages only the words themselves tell.

use std::collections::{HashMap, HashSet};

use super::columns::Line;
use crate::document::BlockKind;
use crate::extract::MAX_BLOCKS;
use crate::extract::body::Body;
use crate::extract::error::Fault;
use crate::extract::metadata;
use crate::text::normalize;

/// Sizes that differ by less are the same size.
const SAME_SIZE: f32 = 0.08;
/// Type this much larger than that of most of the text makes a heading.
const HEADING_SIZE: f32 = 1.12;
/// Lines further apart than this, in units of the usual distance, are of different paragraphs.
const FAR: f32 = 1.25;
/// The usual distance of lines where too few stand below one another, in sizes of the type.
const LEADING: f32 = 1.25;
/// Smallest indent, in sizes of the type.
const INDENT: f32 = 0.7;
/// Longest heading, in characters and lines.
const MAX_HEADING_CHARS: usize = 200;
const MAX_HEADING_LINES: usize = 4;

/// Most of a text, in percent, that is headings.
const MAX_HEADINGS_PERCENT: usize = 50;

/// Marks that begin an item of a list.
const BULLETS: [char; 13] = [
    '•', '◦', '▪', '▫', '‣', '●', '○', '■', '□', '–', '∙', '·', '\u{fffd}',
];

/// What the lines amount to.
pub(super) struct Read {
    pub(super) body: Body,
}

/// Reads the blocks of lines in reading order.
pub(super) fn read(lines: &[Line]) -> Result<Read, Fault> {
    let page = Measures::of(lines);
    let known = words(lines);
    let paragraphs = grouped(lines, &page);
    let levels = heading_levels(&paragraphs, &page);
    let mut body = Body::default();
    for paragraph in &paragraphs {
        let text = normalize(&joined(paragraph, &known));
        let level = is_heading(paragraph, &page)
            .then(|| levels.get(&half_points(size_of(paragraph))))
            .flatten();
        match level {
            Some(&level) => {
                body.push(
                    BlockKind::Heading(level),
                    "\n\n",
                    &metadata::one_line(&text),
                );
            }
            None => match bullet(&text) {
                Some(item) => body.push(BlockKind::ListItem, "\n\n", &metadata::one_line(item)),
                None => body.push(BlockKind::Paragraph, "\n\n", &metadata::one_line(&text)),
            },
        }
        if body.blocks.len() > MAX_BLOCKS {
            return Err(Fault::TooManyBlocks);
        }
    }
    Ok(Read { body })
}

/// What is usual in a document.
struct Measures {
    /// The size of most characters.
    size: f32,
    /// The usual distance of lines by their size.
    leading: HashMap<i32, f32>,
    /// Left and right edge of each column.
    edges: HashMap<usize, (f32, f32)>,
}

impl Measures {
    fn of(lines: &[Line]) -> Measures {
        let mut chars: HashMap<i32, usize> = HashMap::new();
        let mut distances: HashMap<(i32, i32), usize> = HashMap::new();
        let mut edges: HashMap<usize, (f32, f32)> = HashMap::new();
        for line in lines {
            *chars.entry(half_points(line.size)).or_default() += line.text.len();
            let edge = edges.entry(line.column).or_insert((line.x0, line.x1));
            *edge = (edge.0.min(line.x0), edge.1.max(line.x1));
        }
        for pair in lines.windows(2) {
            if let [above, below] = pair
                && above.column == below.column
                && is_same_size(above, below)
                && below.y > above.y
                && below.y - above.y < above.size * 2.5
            {
                let key = (
                    half_points(below.size),
                    half_points((below.y - above.y) * 2.0),
                );
                *distances.entry(key).or_default() += 1;
            }
        }
        let size = chars
            .into_iter()
            .max_by_key(|&(size, n)| (n, size))
            .map_or(10.0, |(size, _)| size as f32 / 2.0);
        let mut leading: HashMap<i32, (usize, f32)> = HashMap::new();
        for ((size, distance), n) in distances {
            let distance = distance as f32 / 4.0;
            let best = leading.entry(size).or_insert((0, 0.0));
            // Of distances that are equally frequent, the smaller one is that within paragraphs.
            if n > best.0 || n == best.0 && distance < best.1 {
                *best = (n, distance);
            }
        }
        let leading = leading
            .into_iter()
            .map(|(size, (_, distance))| (size, distance))
            .collect();
        Measures {
            size,
            leading,
            edges,
        }
    }

    fn leading(&self, line: &Line) -> f32 {
        self.leading
            .get(&half_points(line.size))
            .copied()
            .unwrap_or(line.size * LEADING)
            .min(line.size * 2.0)
    }

    fn left(&self, line: &Line) -> f32 {
        self.edges.get(&line.column).map_or(line.x0, |edge| edge.0)
    }

    fn right(&self, line: &Line) -> f32 {
        self.edges.get(&line.column).map_or(line.x1, |edge| edge.1)
    }

    /// Whether type of this size stands out from the text.
    fn is_large(&self, line: &Line) -> bool {
        line.size >= self.size * HEADING_SIZE
    }
}

/// Half points, so that sizes can be compared and counted.
fn half_points(size: f32) -> i32 {
    (size * 2.0).round() as i32
}

fn is_same_size(a: &Line, b: &Line) -> bool {
    (a.size - b.size).abs() <= a.size.max(b.size) * SAME_SIZE
}

/// The lines of each paragraph.
fn grouped<'a>(lines: &'a [Line], page: &Measures) -> Vec<Vec<&'a Line>> {
    let mut paragraphs: Vec<Vec<&Line>> = Vec::new();
    for line in lines {
        match paragraphs.last_mut() {
            Some(open) if goes_on(open, line, page) => open.push(line),
            _ => paragraphs.push(vec![line]),
        }
    }
    paragraphs
}

/// Whether a line belongs to the paragraph of these lines.
fn goes_on(open: &[&Line], line: &Line, page: &Measures) -> bool {
    let (Some(first), Some(last)) = (open.first(), open.last()) else {
        return false;
    };
    if !is_same_size(last, line) || begins_item(&line.text) && !page.is_large(line) {
        return false;
    }
    if last.column != line.column {
        return !page.is_large(line) && goes_on_elsewhere(open, last, line, page);
    }
    let distance = line.y - last.y;
    if page.is_large(line) {
        // A heading is set tight, and its lines may be of any length.
        return distance > 0.0
            && distance <= page.leading(line).max(line.size * LEADING) * FAR
            && open.len() < MAX_HEADING_LINES;
    }
    if distance <= 0.0 || distance > page.leading(line) * FAR {
        return false;
    }
    let indent = line.size * INDENT;
    if begins_item(&first.text) {
        // Lines of an item hang below its words; back at the mark's edge the item has ended, unless
        // the whole list is set without hanging lines.
        let is_hanging = open
            .get(1)
            .is_none_or(|second| second.x0 > first.x0 + indent * 0.5);
        if is_hanging && line.x0 < first.x0 + indent * 0.5 && open.len() > 1 {
            return false;
        }
        return line.x0 + indent > first.x0;
    }
    let is_indented = line.x0 > last.x0 + indent;
    let is_outdented = line.x0 < last.x0 - indent && (open.len() > 1 || !is_full(last, line, page));
    !is_indented && !is_outdented && is_full(last, line, page)
}

/// Whether the first word of `next` would not have fitted on the line `last`.
fn is_full(last: &Line, next: &Line, page: &Measures) -> bool {
    let word = (next.first_word_x1 - next.x0).max(0.0);
    let room = page.right(last) - last.x1;
    room < word + last.size * 0.8
}

/// The same at the top of another column or page, where distances tell nothing.
fn goes_on_elsewhere(open: &[&Line], last: &Line, line: &Line, page: &Measures) -> bool {
    let has_ended = last
        .text
        .trim_end_matches(['"', '”', '’', '»', ')', '\''])
        .ends_with(['.', '!', '?', ':', '…']);
    let begins_small = line.text.starts_with(char::is_lowercase);
    let is_at_edge = line.x0 <= page.left(line) + line.size * 0.3;
    let is_item = open.first().is_some_and(|first| begins_item(&first.text));
    !has_ended && (begins_small || is_item || is_at_edge && is_full(last, line, page))
}

/// Whether a line begins with the mark of a list item.
fn begins_item(text: &str) -> bool {
    bullet(text).is_some()
}

/// The text after the mark that it begins with.
fn bullet(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(BULLETS)?;
    let item = rest.trim_start();
    (rest.len() > item.len() && !item.is_empty()).then_some(item)
}

fn size_of(paragraph: &[&Line]) -> f32 {
    paragraph.first().map_or(0.0, |line| line.size)
}

fn is_heading(paragraph: &[&Line], page: &Measures) -> bool {
    let n_chars: usize = paragraph.iter().map(|line| line.text.chars().count()).sum();
    paragraph.iter().all(|line| page.is_large(line))
        && n_chars <= MAX_HEADING_CHARS
        && paragraph
            .iter()
            .any(|line| line.text.chars().any(char::is_alphabetic))
}

/// The level of each size of headings: the largest type is the first level. None where so much is set
/// large that it is no heading, as on slides.
fn heading_levels(paragraphs: &[Vec<&Line>], page: &Measures) -> HashMap<i32, u8> {
    let n_bytes = |paragraph: &[&Line]| paragraph.iter().map(|line| line.text.len()).sum::<usize>();
    let (mut sizes, mut n_large, mut n_all) = (Vec::new(), 0, 0);
    for paragraph in paragraphs {
        n_all += n_bytes(paragraph);
        if is_heading(paragraph, page) {
            n_large += n_bytes(paragraph);
            sizes.push(half_points(size_of(paragraph)));
        }
    }
    if n_large * 100 > n_all * MAX_HEADINGS_PERCENT {
        return HashMap::new();
    }
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    (1..=u8::MAX)
        .zip(sizes)
        .map(|(level, size)| (size, level.min(6)))
        .collect()
}

/// The words of a document, in small letters, those divided at line ends left out.
fn words(lines: &[Line]) -> HashSet<String> {
    let mut words = HashSet::new();
    for line in lines {
        let text = line.text.trim_end_matches(is_hyphen);
        let is_divided = text.len() < line.text.len();
        let mut of_line: Vec<&str> = text.split_whitespace().collect();
        if is_divided {
            of_line.pop();
        }
        words.extend(of_line.into_iter().map(bare));
    }
    words
}

/// A word in small letters without the marks around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{ad}')
}

/// The text of a paragraph: its lines with spaces between them, divided words mended.
fn joined(paragraph: &[&Line], known: &HashSet<String>) -> String {
    let mut text = String::new();
    for line in paragraph {
        let next = line.text.trim();
        let is_divided = text.ends_with(is_hyphen)
            && text
                .trim_end_matches(is_hyphen)
                .ends_with(char::is_alphabetic)
            && next.starts_with(char::is_alphabetic);
        if is_divided {
            if !keeps_hyphen(&text, next, known) {
                text.truncate(text.trim_end_matches(is_hyphen).len());
            }
        } else if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(next);
    }
    text
}

/// Whether the hyphen between the end of `text` and `next` is the author's: if the document has the
/// word elsewhere with it and not without it, if the second half begins with a capital, or if the first
/// half has a hyphen already.
fn keeps_hyphen(text: &str, next: &str, known: &HashSet<String>) -> bool {
    let first = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let first = first.trim_end_matches(is_hyphen);
    let second = next.split(char::is_whitespace).next().unwrap_or_default();
    if !second.starts_with(char::is_lowercase) {
        return true;
    }
    let (whole, hyphenated) = (
        bare(&format!("{first}{second}")),
        bare(&format!("{first}-{second}")),
    );
    !known.contains(&whole) && known.contains(&hyphenated)
}

#[cfg(test)]
mod tests;
