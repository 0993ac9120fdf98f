//! Feeds: RSS 0.9x to 2.0, RSS 1.0, Atom and JSON Feed → [`Feed`], and the feeds that a page names.
//!
//! Reads the few elements that matter to articles and skips all others, so that what a feed repeats or
//! nests without end costs no more than reading over it. Entities are not expanded beyond those of XML
//! itself. Lenient where feeds are careless: a feed that breaks in the middle gives the items before.
//!
//! Written here because the parser of the shelf (feed-rs 3.0) multiplies: authors by items (JSON Feed)
//! and texts by media (Media RSS), which 10 MB of input turn into gigabytes, and it panics on long
//! numbers and on a second XML declaration.
//!
//! Read [`parse()`] first.

use std::time::Duration;

use crate::document::Date;

mod discover;
mod json;
mod xml;

pub use discover::{MAX_DISCOVERED, discover};

/// Items read of one feed; further ones are left out. Feeds list the newest first.
pub const MAX_ITEMS: usize = 500;
/// Longest field that is kept (title, identity, address), in bytes; what follows is cut.
pub const MAX_FIELD_BYTES: usize = 4_000;
/// Longest content of an item that is kept, in bytes; what follows is cut.
pub const MAX_CONTENT_BYTES: usize = 1024 * 1024;
/// The longest pause between two looks that a feed may ask for.
const MAX_TTL: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A feed as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its name: one line, empty if it has none.
    pub title: String,
    /// How often it wants to be looked at, if it says.
    pub ttl: Option<Duration>,
    /// Its items in the order of the feed.
    pub items: Vec<Item>,
    /// Why reading ended before the end, if it did: a clause, lowercase, no final period.
    pub fault: Option<String>,
}

/// An item: usually an article. All fields are as long as the bounds here allow, and not trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// What stays the same when the item is published again: its id, else its address, else its title.
    /// Never empty.
    pub identity: String,
    /// Where the article is, as the feed says it; may be relative.
    pub link: Option<String>,
    /// Its title: one line without mark-up, empty if it has none.
    pub title: String,
    /// The day it was published.
    pub published: Option<Date>,
    /// What the feed itself holds of the article.
    pub content: Option<Content>,
}

/// Text that a feed brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// HTML, usually a fragment.
    Html(String),
    /// Plain text.
    Plain(String),
}

impl Content {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        match self {
            Content::Html(text) | Content::Plain(text) => text,
        }
    }
}

/// Why bytes are no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Neither RSS nor Atom nor JSON Feed.
    #[error("it is no feed: {0}")]
    NoFeed(String),
}

/// Reads a feed. Time and memory are linear in the length of the bytes, which the caller bounds.
///
/// # Errors
/// [`FeedError`] if it is no feed; a feed without items is one.
pub fn parse(bytes: &[u8]) -> Result<Feed, FeedError> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match start.trim_ascii_start().first() {
        Some(b'{') => json::parse(start),
        // Anything else may be XML in UTF-16.
        Some(_) => xml::parse(bytes),
        None => Err(FeedError::NoFeed("it is empty".to_owned())),
    }
}

/// What an item is built from while it is read.
#[derive(Debug, Default)]
struct Draft {
    id: String,
    link: Option<String>,
    title: String,
    published: Option<Date>,
    /// The whole text and the teaser; the first wins.
    content: Option<Content>,
    summary: Option<Content>,
}

impl Draft {
    /// The item, unless nothing tells it from others.
    fn finish(self) -> Option<Item> {
        let link = self
            .link
            .map(|link| link.trim().replace(char::is_control, ""))
            .filter(|link| !link.is_empty());
        let title = plain_line(&self.title);
        let id: String = self.id.chars().filter(|c| !c.is_control()).collect();
        let id = id.trim();
        let identity = match (id.is_empty(), &link) {
            (false, _) => id.to_owned(),
            (true, Some(link)) => link.clone(),
            (true, None) => title.clone(),
        };
        let with_text = |content: &Content| !content.as_str().trim().is_empty();
        (!identity.is_empty()).then(|| Item {
            identity,
            link,
            title,
            published: self.published,
            content: self
                .content
                .filter(with_text)
                .or(self.summary.filter(with_text)),
        })
    }
}

/// Adds to a text up to a limit of bytes; what goes beyond is dropped.
fn push_bounded(text: &mut String, more: &str, limit: usize) {
    let room = limit.saturating_sub(text.len());
    let end = more.floor_char_boundary(room);
    text.push_str(more.get(..end).unwrap_or_default());
}

fn bounded(text: &str, limit: usize) -> String {
    let mut kept = String::new();
    push_bounded(&mut kept, text, limit);
    kept
}

fn ttl(minutes: &str) -> Option<Duration> {
    let minutes: u64 = minutes.trim().parse().ok().filter(|minutes| *minutes > 0)?;
    Some(Duration::from_secs(minutes.saturating_mul(60)).min(MAX_TTL))
}

/// The day of a date in a feed: RFC 3339 or RFC 2822 (`Tue, 18 Mar 2025 10:00:00 GMT`), the weekday
/// optional, two digits of the year allowed. Where the time zone would make it another day, the day as
/// written counts: it is the one the outlet prints.
fn day(text: &str) -> Option<Date> {
    if let Ok(date) = Date::parse(text) {
        return Some(date);
    }
    let after_weekday = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = after_weekday.split([' ', '-']).filter(|w| !w.is_empty());
    let day = words.next()?.parse().ok()?;
    let month = month(words.next()?)?;
    let year = match words.next()?.parse::<i32>().ok()? {
        year @ 0..=49 => 2_000 + year,
        year @ 50..=99 => 1_900 + year,
        year => year,
    };
    Date::from_ymd(year, month, day)
}

fn month(name: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = name.get(..3)?;
    let at = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name))?;
    u32::try_from(at + 1).ok()
}

/// A title as one line of plain text: tags out, the character references that titles are full of
/// resolved (feeds escape them once or twice), white space and control characters made one space.
fn plain_line(title: &str) -> String {
    let mut line = title.to_owned();
    if line.contains('<') {
        line = without_tags(&line);
    }
    for _ in 0..2 {
        if !line.contains('&') {
            break;
        }
        line = resolve_references(&line);
    }
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Leaves out `<…>` where it looks like a tag; "3 < 4" stays.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, from) = rest.split_at(start);
        kept.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        let is_tag = inner.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        match inner.find('>').filter(|_| is_tag) {
            Some(end) => rest = inner.get(end + 1..).unwrap_or_default(),
            None => {
                kept.push('<');
                rest = inner;
                if is_tag {
                    // No tag is closed any more.
                    break;
                }
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// The named references met in titles; HTML knows two thousand more, which stay as they are.
const REFERENCES: [(&str, char); 24] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("euro", '€'),
    ("pound", '£'),
    ("eacute", 'é'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
];

/// Longest reference looked for, in bytes between `&` and `;`.
const MAX_REFERENCE_BYTES: usize = 10;

fn resolve_references(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, from) = rest.split_at(start);
        resolved.push_str(before);
        let inner = from.get(1..).unwrap_or_default();
        let name = inner
            .split_once(';')
            .map(|(name, _)| name)
            .filter(|name| name.len() <= MAX_REFERENCE_BYTES);
        match name.and_then(|name| Some((name, reference(name)?))) {
            Some((name, c)) => {
                resolved.push(c);
                rest = inner.get(name.len() + 1..).unwrap_or_default();
            }
            None => {
                resolved.push('&');
                rest = inner;
            }
        }
    }
    resolved.push_str(rest);
    resolved
}

fn reference(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        let known = REFERENCES.iter().find(|(known, _)| *known == name);
        return known.map(|(_, c)| *c);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests;
