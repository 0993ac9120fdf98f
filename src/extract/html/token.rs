//! HTML to tags and text, a piece at a time.
//!
//! Owns the lexical half of HTML only: where a tag ends, what an attribute says, which characters an
//! entity stands for. It builds no tree, never looks back and takes time linear in the source, however
//! broken that is; number and length of attributes are bounded. What browsers agree on for pages that
//! break the rules is kept where it decides which words are text, and not beyond.

use std::borrow::Cow;

use crate::extract::encoding;

/// Most attributes of a tag; further ones are skipped.
const MAX_ATTRIBUTES: usize = 40;

/// Elements whose content is characters and no mark-up.
const RAW: [&str; 8] = [
    "script", "style", "noscript", "iframe", "noembed", "noframes", "xmp", "textarea",
];

/// A piece of HTML.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Characters, with entities read.
    Text(Cow<'a, str>),
    /// The characters within an element of [`RAW`] or the title, as written.
    Raw(&'a str),
    Start(Tag<'a>),
    /// The name, in small letters.
    End(Cow<'a, str>),
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// In small letters.
    pub(super) name: Cow<'a, str>,
    /// Names in small letters and values as written.
    attributes: Vec<(Cow<'a, str>, &'a str)>,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, with entities read and blanks around it removed.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(decoded(value.trim()))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(known, _)| known == name)
    }
}

/// The tokens of a source, in order. Comments, declarations and instructions are left out.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// The element of raw characters that was just opened.
    raw: Option<Cow<'a, str>>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Tokens<'a> {
        Tokens {
            rest: source,
            raw: None,
        }
    }

    fn text(&mut self, len: usize) -> Token<'a> {
        let (text, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        Token::Text(decoded(text))
    }

    /// The characters up to the end tag of `name`, or up to the end of the source without one.
    fn raw(&mut self, name: &str) -> Token<'a> {
        let len = raw_len(self.rest, name);
        let (raw, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        Token::Raw(raw)
    }

    /// The tag or declaration that `rest` begins with; `None` inside for what is left out, outside if
    /// the `<` is only a character.
    fn mark_up(&mut self) -> Option<Option<Token<'a>>> {
        let after = self.rest.get(1..)?;
        match after.as_bytes().first()? {
            b'!' if after.starts_with("!--") => {
                self.rest = after_comment(after.get(3..).unwrap_or_default());
                Some(None)
            }
            b'!' | b'?' => {
                self.rest = after_bracket(after);
                Some(None)
            }
            b'/' => {
                let name = name_at(after.get(1..).unwrap_or_default());
                if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                    self.rest = after_bracket(after);
                    return Some(None);
                }
                self.rest = attributes(after.get(1 + name.len()..).unwrap_or_default()).1;
                Some(Some(Token::End(lowered(name))))
            }
            first if first.is_ascii_alphabetic() => {
                let name = name_at(after);
                let (attributes, rest) = attributes(after.get(name.len()..).unwrap_or_default());
                self.rest = rest;
                let name = lowered(name);
                if RAW.contains(&name.as_ref()) || name == "title" {
                    self.raw = Some(name.clone());
                }
                Some(Some(Token::Start(Tag { name, attributes })))
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw(&name));
        }
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let len = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(self.text(len));
            }
            match self.mark_up() {
                Some(Some(token)) => return Some(token),
                Some(None) => {}
                None => return Some(self.text(1)),
            }
        }
        None
    }
}

/// How many bytes stand before the end tag of `name`.
fn raw_len(source: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(found) = source.get(from..).and_then(|rest| rest.find("</")) {
        let start = from + found;
        let tag = source.get(start + 2..).unwrap_or_default();
        let is_end = tag
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
            && !tag
                .as_bytes()
                .get(name.len())
                .is_some_and(u8::is_ascii_alphanumeric);
        if is_end {
            return start;
        }
        from = start + 2;
    }
    source.len()
}

/// What follows a comment whose opening was read.
fn after_comment(body: &str) -> &str {
    if let Some(rest) = body.strip_prefix('>').or_else(|| body.strip_prefix("->")) {
        return rest;
    }
    body.split_once("-->").map_or("", |(_, rest)| rest)
}

fn after_bracket(tag: &str) -> &str {
    tag.split_once('>').map_or("", |(_, rest)| rest)
}

/// The characters up to a blank, `/` or `>`.
fn name_at(tag: &str) -> &str {
    tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
        .next()
        .unwrap_or_default()
}

fn lowered(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The attributes up to the `>` that ends a tag, and what follows it; nothing follows a tag that does
/// not end.
fn attributes(tag: &str) -> (Vec<(Cow<'_, str>, &str)>, &str) {
    let mut attributes = Vec::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        if rest.is_empty() {
            return (attributes, "");
        }
        let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        // An attribute may begin with `=`, which then belongs to its name.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let len = rest
            .get(first..)
            .and_then(|tail| tail.find(is_end))
            .map_or(rest.len(), |found| found + first);
        let (name, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        let (value, after) = value(after);
        if attributes.len() < MAX_ATTRIBUTES {
            attributes.push((lowered(name), value));
        }
        rest = after;
    }
}

/// The value after the name of an attribute and what follows it; empty without `=`.
fn value(after_name: &str) -> (&str, &str) {
    let trimmed = after_name.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let Some(raw) = trimmed.strip_prefix('=') else {
        return ("", after_name);
    };
    let raw = raw.trim_start_matches(|c: char| c.is_ascii_whitespace());
    for quote in ['"', '\''] {
        if let Some(inside) = raw.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    let len = raw
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(raw.len());
    raw.split_at_checked(len).unwrap_or((raw, ""))
}

/// `raw` with its entities read. Numbers of C1 control characters stand for what Windows-1252 has
/// there, as in browsers.
pub(super) fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let text = html_escape::decode_html_entities(raw);
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if !text.contains(is_c1) {
        return text;
    }
    let mended = |c: char| match u8::try_from(c) {
        Ok(byte) if is_c1(c) => encoding::character(byte).unwrap_or(c),
        _ => c,
    };
    Cow::Owned(text.chars().map(mended).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tokens as they would be written, raw characters in braces.
    fn shown(source: &str) -> String {
        let mut shown = String::new();
        for token in Tokens::new(source) {
            match token {
                Token::Text(text) => shown.push_str(&text),
                Token::Raw(raw) => shown.push_str(&format!("{{{raw}}}")),
                Token::End(name) => shown.push_str(&format!("[/{name}]")),
                Token::Start(tag) => {
                    shown.push_str(&format!("[{}", tag.name));
                    for (name, value) in &tag.attributes {
                        shown.push_str(&format!(" {name}={value}"));
                    }
                    shown.push(']');
                }
            }
        }
        shown
    }

    #[test]
    fn tags_and_text_are_told_apart() {
        for (source, expected) in [
            ("a<b>c</B>d", "a[b]c[/b]d"),
            (
                "<A HREF=x Class='y z' id=\"q>\" hidden>",
                "[a href=x class=y z id=q> hidden=]",
            ),
            ("<a href=x/>t", "[a href=x/]t"),
            ("<br/>t<br />", "[br]t[br]"),
            ("<a b = 'c' d>", "[a b=c d=]"),
            ("<a =b>t", "[a =b=]t"),
            ("1 < 2 <3 <> </> </3> x", "1 < 2 <3 <>   x"),
            ("<!-- <b> -->x<!--> y <!---> z <!-- open", "x y  z "),
            ("<!DOCTYPE html><?xml?>t", "t"),
            (
                "<script>if (a<b) '</b>'</SCRIPT >t",
                "[script]{if (a<b) '</b>'}[/script]t",
            ),
            ("<style>open <p>", "[style]{open <p>}"),
            ("<title>a <b> &amp;</title>", "[title]{a <b> &amp;}[/title]"),
            ("<p class=\"open>text", "[p class=open>text]"),
            ("<p", "[p]"),
            ("", ""),
        ] {
            assert_eq!(shown(source), expected, "{source:?}");
        }
    }

    #[test]
    fn entities_are_read() {
        for (raw, expected) in [
            (
                "&amp;&lt;b&gt; &eacute;&hellip; &#8364; &#x1F600;",
                "&<b> é… € 😀",
            ),
            ("&#150;&#146;", "–’"),
            (
                "&amp;lt; &unknown; & &#xD800; &#99999999999;",
                "&lt; &unknown; & &#xD800; &#99999999999;",
            ),
            ("&nbsp;x", "\u{a0}x"),
        ] {
            assert_eq!(decoded(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn forty_attributes_are_kept() {
        let source = |n: usize| {
            format!(
                "<p {}>",
                (0..n).map(|i| format!("a{i} ")).collect::<String>()
            )
        };
        for (n, expected) in [
            (MAX_ATTRIBUTES, MAX_ATTRIBUTES),
            (MAX_ATTRIBUTES + 1, MAX_ATTRIBUTES),
        ] {
            let source = source(n);
            let Some(Token::Start(tag)) = Tokens::new(&source).next() else {
                panic!("no tag");
            };
            assert_eq!(tag.attributes.len(), expected);
        }
    }

    proptest! {
        #[test]
        fn any_characters_are_read_to_the_end(source in "(<|>|/|!|-|=|'|\"|&|;|#|a|p|script|title| |é|\n){0,60}") {
            for token in Tokens::new(&source) {
                if let Token::Text(text) = token {
                    prop_assert!(!text.is_empty());
                }
            }
        }
    }
}
