//! What the bot knows, for browsing.

use super::escape::{label, length};
use super::quote::{self, Citation};
use super::source::{TITLE_CHARS, link};
use super::{MAX_CONTENT, Message, page, turning};
use crate::discord::components::Press;
use crate::document::{Document, Metadata, Span};
use crate::store::{DocumentSummary, TitleHit};
use crate::text;

/// Articles on one page of a list.
pub const PAGE_ARTICLES: u32 = 8;
/// Characters of a title in a list.
const LIST_TITLE_CHARS: usize = 90;
/// Length of one paragraph of an article's text, at most.
const PARAGRAPH_ROOM: usize = 1_200;
/// Room kept for the line that numbers the pages.
const PAGE_ROOM: usize = 32;
/// Tags shown of an article.
const MAX_TAGS: usize = 8;

/// One page of a collection's articles; `asks_library`: questions here are asked of the library too.
pub fn list(
    library: bool,
    asks_library: bool,
    found: &[DocumentSummary],
    page_idx: u32,
    n_articles: u64,
) -> Message {
    let shelf = match library {
        true => "the library",
        false => "this server",
    };
    if n_articles == 0 {
        return Message::text(match (library, asks_library) {
            (true, _) => "The library has no articles.",
            (false, true) => {
                "This server has no articles of its own yet. `/article add` loads some; questions are \
                 asked of the library too."
            }
            (false, false) => {
                "This server has no articles of its own yet. `/article add` loads some; the library is \
                 switched off here."
            }
        });
    }
    let n_pages = pages(n_articles);
    let mut content = format!(
        "**Articles of {shelf}**: {n_articles}, page {} of {n_pages}\n",
        page_idx + 1
    );
    for summary in found {
        let line = listed(&summary.reference.to_string(), &summary.metadata);
        if length(&content) + length(&line) <= MAX_CONTENT {
            content.push_str(&line);
        }
    }
    Message::text(content).with_row(turning(page_idx, n_pages, |page| Press::List {
        library,
        page,
    }))
}

/// Pages that so many articles take, at least 1.
pub fn pages(n_articles: u64) -> u32 {
    let n_pages = n_articles.div_ceil(u64::from(PAGE_ARTICLES)).max(1);
    u32::try_from(n_pages).unwrap_or(u32::MAX)
}

fn listed(name: &str, metadata: &Metadata) -> String {
    let mut line = format!("- `{name}` {}", label(&metadata.title, LIST_TITLE_CHARS));
    if let Some(outlet) = &metadata.outlet {
        line.push_str(&format!(", {}", label(outlet, 40)));
    }
    if let Some(date) = metadata.published {
        line.push_str(&format!(", {}", date.long()));
    }
    line.push('\n');
    line
}

/// Articles whose titles hold some words.
pub fn search(words: &str, found: &[TitleHit], page_idx: u32, has_more: bool) -> Message {
    let shown = label(words, 60);
    if found.is_empty() {
        return Message::text(format!("No article's title holds *{shown}*."));
    }
    let mut content = format!("**Articles whose titles hold** *{shown}*\n");
    for hit in found {
        let title = label(&hit.title, LIST_TITLE_CHARS);
        content.push_str(&format!("- `{}` {title}\n", hit.reference));
    }
    let n_pages = page_idx + 1 + u32::from(has_more);
    Message::text(content).with_row(turning(page_idx, n_pages, |page| Press::Search {
        page,
        words: words.to_owned(),
    }))
}

/// A page of one article: its description and its text, paragraph by paragraph.
pub fn show(document: &Document, page_idx: u32) -> Message {
    let mut heading = format!("**{}**\n", label(&document.metadata.title, TITLE_CHARS));
    heading.push_str(&facts(document));
    let room = MAX_CONTENT - PAGE_ROOM - length(&heading);
    let spans: Vec<Span> = match document.blocks.is_empty() {
        true => vec![Span::new(0, document.text.len())],
        false => document.blocks.iter().map(|block| block.span).collect(),
    };
    let blocks = spans
        .into_iter()
        .map(|span| {
            let mut block = Message::default();
            let citation = Citation {
                document,
                span,
                bold: Span::new(span.start, span.start),
            };
            match quote::push(&mut block.content, &citation, room.min(PARAGRAPH_ROOM)) {
                Some(quoted) => block.quoted.push(quoted),
                None => block
                    .content
                    .push_str("(A paragraph has a word too long for a message.)\n"),
            }
            block
        })
        .collect();
    let (shown, n_pages) = page(blocks, room, page_idx);
    let page_idx = page_idx.min(n_pages - 1);
    if n_pages > 1 {
        heading.push_str(&format!("Page {} of {n_pages}\n", page_idx + 1));
    }
    let mut message = Message::text(heading);
    message.append(shown);
    message.with_row(turning(page_idx, n_pages, |page| {
        Press::show(document.reference, page)
    }))
}

fn facts(document: &Document) -> String {
    let metadata = &document.metadata;
    let mut parts = vec![format!("`{}`", document.reference)];
    parts.extend(metadata.outlet.iter().map(|outlet| label(outlet, 60)));
    parts.extend(metadata.published.map(|date| date.long()));
    let n_words = text::words(&document.text).count();
    parts.push(format!(
        "{n_words} word{}",
        if n_words == 1 { "" } else { "s" }
    ));
    let whole = Citation {
        document,
        span: Span::default(),
        bold: Span::default(),
    };
    if let Some(link) = link(&whole) {
        let link = link.split("#:~:").next().unwrap_or_default();
        if length(link) <= 200 {
            parts.push(format!("[original](<{link}>)"));
        }
    }
    let mut facts = parts.join(" · ");
    facts.push('\n');
    if !metadata.tags.is_empty() {
        let tags: Vec<String> = metadata
            .tags
            .iter()
            .take(MAX_TAGS)
            .map(|tag| label(tag, 20))
            .collect();
        facts.push_str(&format!("-# {}\n", tags.join(", ")));
    }
    facts
}

/// What is counted of a collection and its questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Articles of the guild.
    pub n_own: u64,
    /// Articles of the library; `None` where it is switched off.
    pub n_library: Option<u64>,
    /// Passages that can be found.
    pub n_passages: u64,
    /// Questions asked here in the days shown.
    pub n_questions: u64,
    /// Days shown.
    pub n_days: u32,
}

/// Numbers about the articles and questions of a guild; the chart goes with them as a file.
pub fn stats(stats: &Stats, chart: Option<super::File>) -> Message {
    let mut content = format!("**Articles of this server**: {}\n", stats.n_own);
    if let Some(n_library) = stats.n_library {
        content.push_str(&format!("**Articles of the library**: {n_library}\n"));
    }
    content.push_str(&format!(
        "**Passages that can be quoted**: {}\n**Questions in the last {} days**: {}\n",
        stats.n_passages, stats.n_days, stats.n_questions
    ));
    if chart.is_some() {
        content.push_str(
            "The chart shows this server's articles (area, above) and questions a day (bars, below).\n",
        );
    }
    Message {
        file: chart,
        ..Message::text(content)
    }
}

#[cfg(test)]
mod tests {
    use super::super::hostile::{self, document};
    use super::*;
    use crate::store::DocumentSummary;
    use proptest::prelude::*;

    fn summary(document: &Document) -> DocumentSummary {
        DocumentSummary {
            id: document.id,
            reference: document.reference,
            metadata: document.metadata.clone(),
            language: document.language,
            size_bytes: 1,
            added_unix_ms: 1,
            source_location: None,
            version: 1,
            copy_of: None,
        }
    }

    #[test]
    fn an_article_is_shown_page_by_page() {
        let text = "A paragraph with *stars*.\n\n".repeat(80);
        let document = document("The *title*", &text);
        let first = show(&document, 0);
        first.check().unwrap();
        assert!(first.content.contains("Page 1 of 2"), "{}", first.content);
        assert_eq!(show(&document, 99), show(&document, 1));
        insta::assert_snapshot!(first.content.lines().take(6).collect::<Vec<_>>().join("\n"), @r"
        **The \*title\***
        `L46` · The \*Outlet\* · 18 March 2025 · 320 words · [original](<https://example.org/a>)
        -# \#tag, \@here
        Page 1 of 2
        > “A paragraph with \*stars\*.”
        > “A paragraph with \*stars\*.”
        ");
    }

    #[test]
    fn the_longest_description_leaves_room_for_text() {
        let marks = "*".repeat(300);
        let mut document = document(&marks, &"*many* stars ".repeat(2_000));
        document.metadata.outlet = Some(marks.clone());
        document.metadata.url = Some(format!("https://e.org/{}", "x".repeat(180)));
        document.metadata.tags = vec![marks; MAX_TAGS];
        for page in [0, 1, u32::MAX] {
            let message = show(&document, page);
            assert_eq!(message.check(), Ok(()));
            assert!(message.content.contains("> “"), "{}", message.content);
        }
    }

    proptest! {
        #[test]
        fn pages_keep_their_limits(
            document in hostile::any_document(), page in 0_u32..50, n in 0_u64..1_000_000,
        ) {
            let title = document.metadata.title.clone();
            prop_assert_eq!(show(&document, page).check(), Ok(()));
            let found = vec![summary(&document); PAGE_ARTICLES as usize];
            prop_assert_eq!(list(true, true, &found, page, n).check(), Ok(()));
            let hit = TitleHit { reference: document.reference, title: title.clone() };
            let words: String = title.chars().take(60).collect();
            prop_assert_eq!(search(&words, &vec![hit; PAGE_ARTICLES as usize], page, true).check(), Ok(()));
            prop_assert_eq!(search(&words, &[], page, true).check(), Ok(()));
        }
    }
}
