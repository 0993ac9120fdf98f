//! The feeds that a page names in its head: `<link rel="alternate" type="application/rss+xml" …>`.

use super::{MAX_FIELD_BYTES, bounded, plain_line};

/// Bytes of a page looked through; heads are shorter.
const MAX_HEAD_BYTES: usize = 512 * 1024;
/// Feeds of one page that are listed.
pub const MAX_DISCOVERED: usize = 10;
/// Attributes of one tag that are looked at.
const MAX_ATTRIBUTES: usize = 32;

/// The feeds a page names, as address (as written, often relative) and title, in its order and at most
/// [`MAX_DISCOVERED`].
pub fn discover(html: &[u8]) -> Vec<(String, String)> {
    let head = html.get(..MAX_HEAD_BYTES).unwrap_or(html);
    let text = String::from_utf8_lossy(head);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest: &str = &text;
    while let Some(start) = rest.find('<') {
        rest = rest.get(start + 1..).unwrap_or_default();
        // What is commented out or a script's is not the page's.
        if let Some(after) = rest.strip_prefix("!--") {
            rest = after.split_once("-->").map_or("", |(_, rest)| rest);
        } else if is_tag(rest, "script") || is_tag(rest, "style") {
            rest = after_close(rest);
        } else if is_tag(rest, "body") {
            break;
        } else if is_tag(rest, "link") {
            let (attributes, after) = attributes(rest.get(4..).unwrap_or_default());
            rest = after;
            if let Some(feed) = feed_of(&attributes)
                && found.iter().all(|(address, _)| *address != feed.0)
            {
                found.push(feed);
                if found.len() == MAX_DISCOVERED {
                    break;
                }
            }
        }
    }
    found
}

fn is_tag(text: &str, name: &str) -> bool {
    let (start, rest) = text.split_at_checked(name.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(name)
        && rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
}

/// What follows the closing tag of a script or style sheet; nothing if it is never closed.
fn after_close(text: &str) -> &str {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("</") {
        if is_tag(after, "script") || is_tag(after, "style") {
            return after;
        }
        rest = after;
    }
    ""
}

fn feed_of(attributes: &[(String, &str)]) -> Option<(String, String)> {
    let get = |name: &str| {
        attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| *v)
    };
    let is_alternate = get("rel")?
        .split_ascii_whitespace()
        .any(|rel| rel.eq_ignore_ascii_case("alternate") || rel.eq_ignore_ascii_case("feed"));
    let media = get("type")?.split(';').next().unwrap_or_default().trim();
    let is_feed = [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
    ]
    .iter()
    .any(|feed| feed.eq_ignore_ascii_case(media));
    let address = get("href")?.trim();
    (is_alternate && is_feed && !address.is_empty()).then(|| {
        // Of the references only this one occurs in addresses.
        let address = bounded(address, MAX_FIELD_BYTES).replace("&amp;", "&");
        let title = bounded(get("title").unwrap_or_default(), MAX_FIELD_BYTES);
        (address, plain_line(&title))
    })
}

/// The attributes of a tag from behind its name, names in lower case, and what follows the tag.
fn attributes(text: &str) -> (Vec<(String, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || found.len() == MAX_ATTRIBUTES {
            return (found, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        // A stray `=` is skipped; without it, a name has at least one character.
        let name_len = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len())
            .max(usize::from(rest.starts_with('=')));
        let (name, after) = rest.split_at(name_len);
        let after = after.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            found.push((name.to_ascii_lowercase(), ""));
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => {
                let inner = value.get(1..).unwrap_or_default();
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            None => {
                let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>');
                value.split_at(end.unwrap_or(value.len()))
            }
        };
        found.push((name.to_ascii_lowercase(), value));
        rest = after;
    }
}
