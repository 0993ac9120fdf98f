//! HTML to text and blocks: the article of a page without the page.
//!
//! Four steps, each with its own bound:
//! 1. [`clean`] makes the page well-formed, drops what readers do not see and collects what the head
//!    says. It is ours, linear, and needs no call stack.
//! 2. `dom_smoothie` finds the element that holds the article, by the rules of Mozilla's Readability. It
//!    only ever sees well-formed mark-up of bounded depth and size, and it may fail: then the whole body
//!    is the article.
//! 3. [`blocks`] reads headings, lists, paragraphs and table rows out of that element.
//! 4. [`head`] decides about title, outlet, day and address.
//!
//! Short pages have nothing to find: below [`MIN_ARTICLE_CHARS`] the whole body is taken, without
//! footers and asides. So is a page of which the found element holds only a small part of the
//! paragraphs: a wrong cut costs more than a line too many.

mod blocks;
mod clean;
mod head;
mod linked_data;
mod token;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::body::Body;
use super::{MAX_HTML_DEPTH, Parsed, metadata};
use crate::document::BlockKind;

/// Largest page, after the first pass, whose article is looked for; of a larger one the whole body is
/// taken. The time to look grows faster than the page.
const MAX_SCORED_BYTES: usize = 2 * 1024 * 1024;
/// Most elements of such a page.
const MAX_SCORED_ELEMENTS: usize = 20_000;
/// Fewest characters of a body in which an article is looked for.
const MIN_ARTICLE_CHARS: usize = 700;
/// Fewest characters of a paragraph that is likely prose and not a label.
const MIN_PROSE_CHARS: usize = 80;
/// The found element must hold at least this share of the prose of the page, in percent.
const MIN_PROSE_PERCENT: usize = 40;

/// Elements around an article that are not of it.
const AROUND: [&str; 2] = ["footer", "aside"];

/// Reads a page. `None` for more than [`MAX_BLOCKS`](super::MAX_BLOCKS) blocks.
pub(super) fn parse(source: &str, warnings: &mut Vec<String>) -> Option<Parsed> {
    let page = clean::clean(source);
    if page.is_flattened {
        warnings.push(format!(
            "elements nested deeper than {MAX_HTML_DEPTH} levels were flattened"
        ));
    }
    let mut metadata = page.head.metadata(warnings);
    let whole = blocks::blocks(&page.body, &metadata.title, &AROUND)?;
    let mut body = match article_of(&page.body, page.n_elements, &whole, &metadata.title) {
        Some(article) => article,
        None => whole,
    };
    if metadata.title.is_empty() {
        metadata.title = metadata::title(&body.take_first_heading(), warnings);
    }
    Some(Parsed { metadata, body })
}

/// Whether a text shows signs of being HTML: a tag or an entity.
pub(super) fn has_mark_up(text: &str) -> bool {
    token::Tokens::new(text).any(|token| match token {
        token::Token::Start(_) => true,
        token::Token::Text(Cow::Owned(_)) => true,
        token::Token::Text(_) | token::Token::Raw(_) | token::Token::End(_) => false,
    })
}

/// The blocks of the element that holds the article, if one is found that holds enough of the page.
fn article_of(page: &str, n_elements: usize, whole: &Body, title: &str) -> Option<Body> {
    let n_chars = whole.text.chars().count();
    if n_chars < MIN_ARTICLE_CHARS
        || page.len() > MAX_SCORED_BYTES
        || n_elements > MAX_SCORED_ELEMENTS
    {
        return None;
    }
    let found = catch_unwind(AssertUnwindSafe(|| found_element(page))).ok()??;
    let article = blocks::blocks(&found, title, &AROUND)?;
    let is_enough = prose_chars(&article) * 100 >= prose_chars(whole) * MIN_PROSE_PERCENT;
    (is_enough && !article.blocks.is_empty()).then_some(article)
}

/// The mark-up of the element that holds the article.
fn found_element(page: &str) -> Option<String> {
    let config = dom_smoothie::Config {
        max_elements_to_parse: MAX_SCORED_ELEMENTS + 10,
        disable_json_ld: true,
        ..dom_smoothie::Config::default()
    };
    let document = format!("<html><head></head><body>{page}</body></html>");
    let mut readability = dom_smoothie::Readability::new(document, None, Some(config)).ok()?;
    Some(readability.parse().ok()?.content.to_string())
}

fn prose_chars(body: &Body) -> usize {
    let is_paragraph = |kind| matches!(kind, BlockKind::Paragraph);
    body.blocks
        .iter()
        .filter(|block| is_paragraph(block.kind))
        .filter_map(|block| block.span.slice(&body.text))
        .map(|text| text.chars().count())
        .filter(|&n| n >= MIN_PROSE_CHARS)
        .sum()
}

#[cfg(test)]
mod tests;
