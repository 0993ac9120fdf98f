//! RSS and Atom, read as a stream of tags.

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{
    Content, Draft, Feed, FeedError, MAX_CONTENT_BYTES, MAX_FIELD_BYTES, MAX_ITEMS, day,
    plain_line, push_bounded, ttl,
};

/// Bytes at the beginning in which an encoding is declared.
const DECLARATION_BYTES: usize = 200;
/// Attributes of one tag that are looked at.
const MAX_ATTRIBUTES: usize = 32;

pub(super) fn parse(bytes: &[u8]) -> Result<Feed, FeedError> {
    // Decoded at once and by ourselves: the parser's own decoder panics on a declaration that comes
    // late (quick-xml 0.42). What is damaged is replaced.
    let (text, _, _) = encoding(bytes).decode(bytes);
    read(&text)
}

/// The encoding that is declared, which a byte order mark overrules when decoding; UTF-8 without one.
fn encoding(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [b'<', 0, ..] => return encoding_rs::UTF_16LE,
        [0, b'<', ..] => return encoding_rs::UTF_16BE,
        _ => {}
    }
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head);
    let declared = head.split_once("encoding").and_then(|(_, after)| {
        let value = after.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (label, _) = value.strip_prefix(quote)?.split_once(quote)?;
        Encoding::for_label(label.as_bytes())
    });
    // A declaration that could be read is not in UTF-16, whatever it says.
    declared
        .filter(|encoding| encoding.is_ascii_compatible())
        .unwrap_or(encoding_rs::UTF_8)
}

fn read(text: &str) -> Result<Feed, FeedError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
    let mut state = State::default();
    loop {
        match next(&mut reader, &mut state) {
            Ok(Next::More) => {}
            Ok(Next::End) => break,
            Err(fault) if state.format.is_some() => {
                state.feed.fault = Some(fault);
                break;
            }
            Err(fault) => return Err(FeedError::NoFeed(fault)),
        }
    }
    if state.format.is_none() {
        return Err(FeedError::NoFeed("it holds no element".to_owned()));
    }
    // An item that the feed breaks off in is not whole, so it is not taken.
    state.feed.title = plain_line(&state.feed.title);
    Ok(state.feed)
}

enum Next {
    More,
    End,
}

/// Takes in one piece of the stream.
fn next(reader: &mut Reader<&[u8]>, state: &mut State) -> Result<Next, String> {
    let event = reader
        .read_event()
        .map_err(|error| format!("its XML breaks off: {error}"))?;
    match event {
        Event::Start(tag) => state.open(&tag)?,
        Event::End(tag) => state.close(tag.name().as_ref()),
        Event::Text(text) => state.text(&text),
        Event::CData(text) => state.text(&text),
        Event::GeneralRef(reference) => match super::reference(&reference) {
            Some(c) => state.text(c.encode_utf8(&mut [0; 4])),
            None => {
                for part in ["&", &reference, ";"] {
                    state.text(part);
                }
            }
        },
        Event::Eof => return Ok(Next::End),
        Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Empty(_) => {
        }
    }
    Ok(if state.is_full() {
        Next::End
    } else {
        Next::More
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// RSS of all versions but 1.0: items inside of the channel.
    Rss,
    /// RSS 1.0: items beside the channel.
    Rdf,
    Atom,
}

/// What a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    FeedTitle,
    Ttl,
    Id,
    Link,
    Title,
    /// A date, and whether it is that of publication.
    Date(bool),
    Content(TextKind),
    Summary(TextKind),
}

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextKind {
    Plain,
    Html,
    /// HTML as elements of the feed itself.
    Xhtml,
}

impl TextKind {
    fn content(self, text: String) -> Content {
        match self {
            TextKind::Plain => Content::Plain(text),
            TextKind::Html | TextKind::Xhtml => Content::Html(text),
        }
    }
}

#[derive(Default)]
struct State {
    format: Option<Format>,
    /// The prefix of the root with its colon, if it has one: then all of Atom's elements have it.
    prefix: String,
    /// Open elements.
    depth: usize,
    /// The depth of the channel, item and field that are open.
    channel: Option<usize>,
    item: Option<(usize, Draft)>,
    /// Whether the item's date is that of publication, which wins over that of a change.
    has_published: bool,
    field: Option<(usize, Field)>,
    text: String,
    feed: Feed,
}

impl State {
    fn is_full(&self) -> bool {
        self.feed.items.len() >= MAX_ITEMS
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        self.depth += 1;
        let name = tag.name();
        let name = name.as_ref();
        let Some(format) = self.format else {
            return self.open_root(name);
        };
        let name = name.strip_prefix(self.prefix.as_str()).unwrap_or(name);
        if let Some((_, field)) = self.field {
            self.open_inside(field, name);
            return Ok(());
        }
        if self.item.is_some() {
            self.open_in_item(format, name, tag);
        } else if self.is_item(format, name) {
            self.item = Some((self.depth, Draft::default()));
            self.has_published = false;
        } else if format != Format::Atom && self.depth == 2 && name == "channel" {
            self.channel = Some(self.depth);
        } else if self.depth == self.channel.map_or(2, |depth| depth + 1) {
            let is_head = format == Format::Atom || self.channel.is_some();
            match name {
                "title" if is_head && self.feed.title.is_empty() => self.begin(Field::FeedTitle),
                "ttl" if is_head => self.begin(Field::Ttl),
                _ => {}
            }
        }
        Ok(())
    }

    fn open_root(&mut self, name: &str) -> Result<(), String> {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (format!("{prefix}:"), local),
            None => (String::new(), name),
        };
        self.format = Some(match local {
            "rss" => Format::Rss,
            "RDF" => Format::Rdf,
            "feed" => Format::Atom,
            _ => {
                let shown: String = name.chars().take(40).collect();
                return Err(format!("its root element is `{shown}`"));
            }
        });
        if local == "feed" {
            self.prefix = prefix;
        }
        Ok(())
    }

    fn is_item(&self, format: Format, name: &str) -> bool {
        match format {
            Format::Atom => self.depth == 2 && name == "entry",
            // Some write items of 2.0 beside the channel too.
            Format::Rss | Format::Rdf => self.depth <= 3 && name == "item",
        }
    }

    fn open_in_item(&mut self, format: Format, name: &str, tag: &BytesStart<'_>) {
        let Some((depth, draft)) = &mut self.item else {
            return;
        };
        if self.depth != *depth + 1 {
            return;
        }
        let is_atom = format == Format::Atom;
        let field = match name {
            "title" => Field::Title,
            "id" if is_atom => Field::Id,
            "guid" if !is_atom => Field::Id,
            "link" if is_atom => {
                let rel = attribute(tag, "rel").unwrap_or_else(|| "alternate".to_owned());
                if rel == "alternate" && draft.link.is_none() {
                    draft.link = attribute(tag, "href");
                }
                return;
            }
            "link" if draft.link.is_none() => Field::Link,
            "pubDate" | "published" | "issued" | "dc:date" => Field::Date(true),
            "updated" | "modified" | "dcterms:modified" => Field::Date(false),
            "content:encoded" => Field::Content(TextKind::Html),
            "description" if !is_atom => Field::Summary(TextKind::Html),
            "content" if is_atom => Field::Content(text_kind(tag)),
            "summary" if is_atom => Field::Summary(text_kind(tag)),
            _ => return,
        };
        self.begin(field);
    }

    fn begin(&mut self, field: Field) {
        self.field = Some((self.depth, field));
        self.text.clear();
    }

    /// An element inside of a text: mark-up that stays where the text is XHTML.
    fn open_inside(&mut self, field: Field, name: &str) {
        if let Field::Content(TextKind::Xhtml) | Field::Summary(TextKind::Xhtml) = field {
            self.tag("<", name);
        } else {
            // Separates the words of careless feeds.
            self.text(" ");
        }
    }

    fn tag(&mut self, open: &str, name: &str) {
        let local = name.rsplit(':').next().unwrap_or(name);
        let is_plain = local.len() <= 20 && local.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_plain {
            for part in [open, local, ">"] {
                self.push(part);
            }
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((depth, field)) = self.field {
            if self.depth == depth {
                self.finish_field(field);
                self.field = None;
            } else if let Field::Content(TextKind::Xhtml) | Field::Summary(TextKind::Xhtml) = field
            {
                self.tag("</", name);
            }
        } else if self
            .item
            .as_ref()
            .is_some_and(|(depth, _)| self.depth == *depth)
        {
            let item = self.item.take().and_then(|(_, draft)| draft.finish());
            self.feed.items.extend(item);
        } else if self.channel == Some(self.depth) {
            self.channel = None;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Text as it is meant, references resolved.
    fn text(&mut self, text: &str) {
        match self.field {
            None => {}
            // Becomes part of mark-up, so it must not look like any.
            Some((_, Field::Content(TextKind::Xhtml) | Field::Summary(TextKind::Xhtml))) => {
                for part in text.split_inclusive(['<', '>', '&']) {
                    let (plain, special) = match part.chars().next_back() {
                        Some('<') => (part.strip_suffix('<'), "&lt;"),
                        Some('>') => (part.strip_suffix('>'), "&gt;"),
                        Some('&') => (part.strip_suffix('&'), "&amp;"),
                        _ => (Some(part), ""),
                    };
                    self.push(plain.unwrap_or(part));
                    self.push(special);
                }
            }
            Some(_) => self.push(text),
        }
    }

    fn push(&mut self, text: &str) {
        let limit = match self.field {
            Some((_, Field::Content(_) | Field::Summary(_))) => MAX_CONTENT_BYTES,
            _ => MAX_FIELD_BYTES,
        };
        push_bounded(&mut self.text, text, limit);
    }

    fn finish_field(&mut self, field: Field) {
        let text = std::mem::take(&mut self.text);
        match field {
            Field::FeedTitle => {
                self.feed.title = text;
                return;
            }
            Field::Ttl => {
                self.feed.ttl = ttl(&text);
                return;
            }
            _ => {}
        }
        let Some((_, draft)) = &mut self.item else {
            return;
        };
        match field {
            Field::Id => draft.id = text,
            Field::Link => draft.link = Some(text),
            Field::Title => draft.title = text,
            Field::Date(is_published) => {
                if let Some(date) = day(text.trim())
                    && (is_published || !self.has_published)
                {
                    draft.published = Some(date);
                    self.has_published |= is_published;
                }
            }
            Field::Content(kind) => draft.content = Some(kind.content(text)),
            Field::Summary(kind) => draft.summary = Some(kind.content(text)),
            Field::FeedTitle | Field::Ttl => {}
        }
    }
}

/// The `type` of an Atom text (RFC 4287 §3.1.1 and §4.1.3.3).
fn text_kind(tag: &BytesStart<'_>) -> TextKind {
    match attribute(tag, "type").as_deref() {
        Some("html" | "text/html") => TextKind::Html,
        Some("xhtml" | "application/xhtml+xml") => TextKind::Xhtml,
        _ => TextKind::Plain,
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    attributes.with_checks(false);
    let found = attributes
        .take(MAX_ATTRIBUTES)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.as_ref() == name)?;
    let mut value = String::new();
    push_bounded(&mut value, &found.value, MAX_FIELD_BYTES);
    Some(super::resolve_references(&value))
}
