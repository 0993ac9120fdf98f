//! Summaries and digests: bullets of quoted sentences with footnotes, their sources under them.
//!
//! What does not fit into a message is left out as a whole: a bullet, a line of the timeline, a
//! disagreement. No sentence is ever cut, and each one is followed by its source or not shown.

use std::collections::BTreeMap;

use super::escape::{escape, label, length};
use super::source::{description, link};
use super::{Button, Citation, File, MAX_CONTENT, Message, Quoted, chart};
use crate::discord::components::{MAX_WORDS_CHARS, Press};
use crate::document::{Date, Document, DocumentId, DocumentRef, Span};
use crate::summary::{DigestEntry, Disagreement, SummarySentence, TimelineEntry, TopicSummary};

/// Sentences of the shortest summary, of the longest, and how many one press adds or takes away.
pub const MIN_SENTENCES: u16 = 1;
/// See [`MIN_SENTENCES`].
pub const MAX_SENTENCES: u16 = 12;
const STEP: u16 = 2;
/// Characters of a title in a heading.
const TITLE_CHARS: usize = 120;
/// From so many dates on, a timeline comes with a picture.
const PICTURE_DATES: usize = 5;
/// Characters that "- and 20 more" and its line's end need.
const MORE_CHARS: usize = 16;
/// Room that the bullets of a topic leave for its timeline and disagreements.
const TOPIC_ROOM: usize = 1_500;

/// What a summary is of, so that its buttons can ask for another length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One article.
    Article(DocumentRef),
    /// What articles say about a topic.
    Topic {
        /// At most [`MAX_WORDS_CHARS`] characters.
        words: String,
        /// First day, in days since 1970-01-01.
        since: Option<i32>,
        /// Last day.
        until: Option<i32>,
    },
}

impl Subject {
    /// The name of the button that asks for a summary of so many sentences.
    fn press(&self, n_sentences: u16) -> Press {
        match self {
            Subject::Article(reference) => Press::Summary {
                library: reference.collection == crate::document::Collection::Library,
                number: reference.number,
                n_sentences,
            },
            Subject::Topic {
                words,
                since,
                until,
            } => Press::Topic {
                n_sentences,
                since: *since,
                until: *until,
                words: words.clone(),
            },
        }
    }

    /// *Shorter* and *Longer* as far as there is something to take away or add, and *Ask about this*.
    fn buttons(&self, n_wanted: u16, n_shown: usize, has_more: bool) -> Vec<Button> {
        let n_shown = u16::try_from(n_shown)
            .unwrap_or(MAX_SENTENCES)
            .min(n_wanted);
        let mut row = Vec::new();
        if n_shown > MIN_SENTENCES {
            let fewer = n_shown.saturating_sub(STEP).max(MIN_SENTENCES);
            row.push(Button::new("Shorter", self.press(fewer)));
        }
        if has_more && n_wanted < MAX_SENTENCES {
            let more = (n_wanted + STEP).min(MAX_SENTENCES);
            row.push(Button::new("Longer", self.press(more)));
        }
        let asked_of = match self {
            Subject::Article(reference) => Press::asking_of(*reference),
            Subject::Topic { .. } => Press::asking_of_all(),
        };
        row.push(Button::new("Ask about this", asked_of));
        row
    }
}

/// The summary of one article.
pub fn article(document: &Document, sentences: &[SummarySentence], n_wanted: u16) -> Message {
    let heading = format!(
        "**Summary of** *{}*\n",
        label(&document.metadata.title, TITLE_CHARS)
    );
    let mut page = Page::new(heading, MAX_CONTENT);
    let n_shown = sentences
        .iter()
        .take_while(|sentence| page.bullet(sentence, ""))
        .count();
    let subject = Subject::Article(document.reference);
    let has_more = n_shown == sentences.len() && sentences.len() >= usize::from(n_wanted);
    page.says_if_none(n_shown);
    page.finish()
        .with_row(subject.buttons(n_wanted, n_shown, has_more))
}

/// The summary of a topic: sentences by date, a timeline, and where the sources differ. `words`: the topic as it was
/// understood; its buttons name `subject`.
pub fn topic(summary: &TopicSummary, words: &str, subject: &Subject, n_wanted: u16) -> Message {
    let copies = match summary.n_copies {
        0 => String::new(),
        n => format!(", {n} of them copies"),
    };
    let articles = match summary.n_articles {
        1 => "1 article".to_owned(),
        n => format!("{n} articles"),
    };
    let heading = format!(
        "**Summary:** *{}* ({articles}{copies})\n",
        label(words, MAX_WORDS_CHARS)
    );
    let mut page = Page::new(heading, TOPIC_ROOM);
    let n_shown = summary
        .sentences
        .iter()
        .take_while(|sentence| {
            let date = sentence.article().document.metadata.published;
            page.bullet(sentence, &date.map_or_else(String::new, day))
        })
        .count();
    page.says_if_none(n_shown);
    page.room = MAX_CONTENT;
    page.disagreements(&summary.disagreements);
    // Articles a day, by day.
    let mut days: BTreeMap<Date, usize> = BTreeMap::new();
    for entry in &summary.timeline {
        *days.entry(entry.date).or_default() += entry.n_articles;
    }
    let has_picture = days.len() >= PICTURE_DATES;
    page.timeline(&summary.timeline, has_picture);
    let has_more =
        n_shown == summary.sentences.len() && summary.sentences.len() >= usize::from(n_wanted);
    let mut message = page.finish();
    if has_picture {
        let bars: Vec<(i32, usize)> = days
            .iter()
            .map(|(date, n)| (date.days_since_epoch(), *n))
            .collect();
        let shown: Vec<String> = days
            .iter()
            .map(|(date, n)| format!("{} {n}", date.long()))
            .collect();
        message.file = Some(File {
            name: "timeline.png".to_owned(),
            bytes: chart::timeline(&bars),
            description: format!(
                "A bar for each day, as high as its articles: {}.",
                shown.join(", ")
            ),
        });
    }
    message.with_row(subject.buttons(n_wanted, n_shown, has_more))
}

/// The most important recent stories, one sentence each.
pub fn digest(entries: &[DigestEntry], since: Option<Date>) -> Message {
    let heading = match since {
        Some(since) => format!("**Digest** since {}\n", since.long()),
        None => "**Digest** of the latest week\n".to_owned(),
    };
    let mut page = Page::new(heading, MAX_CONTENT);
    let mut n_shown = 0;
    for entry in entries {
        let mut lead = day(entry.date);
        if entry.n_outlets > 1 {
            lead = format!("{lead}in {} outlets: ", entry.n_outlets);
        }
        // A story that is too long for what is left must not hide the shorter ones after it.
        n_shown += usize::from(page.bullet(&entry.sentence, &lead));
    }
    page.says_if_none(n_shown);
    page.finish()
}

fn day(date: Date) -> String {
    format!("{}: ", date.long())
}

/// A message that grows by bullets and footnotes as long as both fit.
struct Page {
    message: Message,
    /// What stands under the bullets: one line a source.
    sources: Vec<String>,
    /// The documents of `sources`.
    cited: Vec<DocumentId>,
    room: usize,
}

impl Page {
    fn new(heading: String, room: usize) -> Page {
        Page {
            message: Message::text(heading),
            sources: Vec::new(),
            cited: Vec::new(),
            room,
        }
    }

    fn length(&self) -> usize {
        let sources = self.sources.iter().map(|line| length(line));
        length(&self.message.content) + sources.sum::<usize>()
    }

    /// Adds what `write` writes, with the sources it cites, if all of it fits; else adds nothing.
    fn adds(&mut self, write: impl FnOnce(&mut Page)) -> bool {
        let (content, quoted) = (self.message.content.len(), self.message.quoted.len());
        let n_sources = self.sources.len();
        write(self);
        let fits = self.length() <= self.room;
        if !fits {
            self.message.content.truncate(content);
            self.message.quoted.truncate(quoted);
            self.sources.truncate(n_sources);
            self.cited.truncate(n_sources);
        }
        fits
    }

    /// A sentence as a bullet after `lead`; `false` if it does not fit.
    fn bullet(&mut self, sentence: &SummarySentence, lead: &str) -> bool {
        self.adds(|page| {
            page.message.content.push_str("- ");
            page.message.content.push_str(lead);
            page.quote(sentence, Span::default());
            page.message.content.push('\n');
        })
    }

    /// A sentence between quotation marks, its bytes `bold` in bold, with its footnote.
    fn quote(&mut self, sentence: &SummarySentence, bold: Span) {
        let text = sentence.text();
        self.message.content.push('“');
        let (before, inner, after) = split(text, bold);
        let start = self.message.content.len();
        self.message.content.push_str(&escape(before, false));
        if !inner.is_empty() {
            self.message.content.push_str("**");
            self.message.content.push_str(&escape(inner, false));
            self.message.content.push_str("**");
            self.message.content.push_str(&escape(after, false));
        }
        self.message.quoted.push(Quoted {
            at: Span::new(start, self.message.content.len()),
            stored: text.to_owned(),
        });
        self.message.content.push('”');
        let mark = self.footnote(sentence);
        self.message
            .content
            .push_str(&format!(" {}", superscript(mark)));
    }

    /// The number of a sentence's source, 1-based.
    fn footnote(&mut self, sentence: &SummarySentence) -> usize {
        let document = &sentence.article().document;
        let known = self.cited.iter().position(|cited| *cited == document.id);
        let position = known.unwrap_or_else(|| {
            let citation = Citation {
                document,
                span: sentence.span(),
                bold: Span::default(),
            };
            let number = superscript(self.cited.len() + 1);
            let mut line = format!("-# {number} {}", description(document));
            if let Some(link) = link(&citation) {
                line.push_str(&format!(" · [read there](<{link}>)"));
            }
            match sentence.also_in().len() {
                0 => {}
                1 => line.push_str(" · also in 1 other"),
                n => line.push_str(&format!(" · also in {n} others")),
            }
            line.push('\n');
            self.cited.push(document.id);
            self.sources.push(line);
            self.cited.len() - 1
        });
        position + 1
    }

    fn disagreements(&mut self, found: &[Disagreement]) {
        for disagreement in found {
            self.adds(|page| {
                page.message.content.push_str("- **The articles differ:** ");
                page.quote(&disagreement.first, disagreement.first_number);
                page.message.content.push_str(" but ");
                page.quote(&disagreement.second, disagreement.second_number);
                page.message.content.push('\n');
            });
        }
    }

    /// One line an event: its day, the article that tells it best, and how many tell it.
    fn timeline(&mut self, entries: &[TimelineEntry], has_picture: bool) {
        if entries.len() < 2 {
            return;
        }
        let start = self.message.content.len();
        let mut n_shown = 0;
        self.message.content.push_str(match has_picture {
            true => "**Timeline**; the picture has a bar for each day, as high as its articles\n",
            false => "**Timeline**\n",
        });
        // Room for the line that says how many are left out.
        self.room -= MORE_CHARS;
        for entry in entries {
            n_shown += usize::from(self.adds(|page| {
                let mark = page.footnote(&entry.sentence);
                let told = match entry.n_articles {
                    1 => String::new(),
                    n => format!(", {n} articles"),
                };
                let title = &entry.sentence.article().document.metadata.title;
                page.message.content.push_str(&format!(
                    "- {} *{}*{told} {}\n",
                    day(entry.date).trim_end_matches(": "),
                    label(title, 80),
                    superscript(mark)
                ));
            }));
        }
        self.room += MORE_CHARS;
        match entries.len() - n_shown {
            _ if n_shown == 0 => self.message.content.truncate(start),
            0 => {}
            n => self.message.content.push_str(&format!("- and {n} more\n")),
        }
    }

    /// Says why there is no sentence, where there is none; right under the heading, where it fits.
    fn says_if_none(&mut self, n_shown: usize) {
        if n_shown == 0 {
            self.message
                .content
                .push_str("(The sentences are too long for a message.)\n");
        }
    }

    fn finish(mut self) -> Message {
        for line in self.sources {
            self.message.content.push_str(&line);
        }
        self.message
    }
}

/// The text before `bold`, under it and after it; all of it before, where `bold` is empty.
fn split(text: &str, bold: Span) -> (&str, &str, &str) {
    let parts = || {
        let inner = bold.slice(text).filter(|inner| !inner.trim().is_empty())?;
        Some((text.get(..bold.start)?, inner, text.get(bold.end..)?))
    };
    parts().unwrap_or((text, "", ""))
}

/// A number as raised digits, which need no markdown.
fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number
        .to_string()
        .bytes()
        .filter_map(|digit| DIGITS.get(usize::from(digit - b'0')))
        .collect()
}
