//! A page made well-formed: what readers see, balanced and of bounded depth.
//!
//! Owns the first pass over a page. Out go scripts, styles, forms' fields, hidden elements, navigation
//! and everything that only dresses words; what is left is written again so that every start tag has
//! its end tag and no element lies deeper than [`MAX_HTML_DEPTH`].
//! Whatever parses the result later builds a tree of that depth and of linear size: the rules by which
//! browsers mend broken nesting, which make trees grow faster than their source, find nothing to mend.
//!
//! Beside the page it collects what the head says about it ([`Head`]).

use super::head::Head;
use super::token::{Tag, Token, Tokens};
use crate::extract::MAX_HTML_DEPTH;
use crate::extract::script::Script;

/// Longest value of an attribute that is kept, in bytes; a longer one is cut.
const MAX_VALUE_BYTES: usize = 200;

/// Attributes that say something about the place of an element in the page.
const KEPT_ATTRIBUTES: [&str; 6] = ["class", "id", "role", "itemprop", "rel", "href"];

/// A page that has gone through the first pass.
pub(super) struct Clean {
    /// The content of the body, well-formed.
    pub(super) body: String,
    /// How many elements it has.
    pub(super) n_elements: usize,
    pub(super) head: Head,
    /// Whether some elements lay too deep and were dissolved.
    pub(super) is_flattened: bool,
}

/// What becomes of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It goes with everything in it.
    Dropped,
    /// Its tags go, its content stays in the line.
    Transparent,
    /// It has no content.
    Void,
    /// It stays.
    Kept,
}

/// Makes a page well-formed. Linear time and memory.
pub(super) fn clean(source: &str) -> Clean {
    let mut cleaner = Cleaner::default();
    for token in Tokens::new(source) {
        cleaner.take(token);
    }
    cleaner.close_to(0);
    Clean {
        body: cleaner.out,
        n_elements: cleaner.n_elements,
        head: cleaner.head,
        is_flattened: cleaner.is_flattened,
    }
}

#[derive(Default)]
struct Cleaner {
    out: String,
    head: Head,
    /// Names of the open elements that were written.
    open: Vec<String>,
    /// Names of the open elements from the dropped one inwards; empty outside.
    dropped: Vec<String>,
    /// The element whose raw characters come next.
    raw: Option<Raw>,
    n_elements: usize,
    is_flattened: bool,
}

enum Raw {
    Title,
    LinkedData,
    Other,
}

impl Cleaner {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Raw(raw) => self.take_raw(raw),
            Token::Text(text) => {
                if self.dropped.is_empty() {
                    self.head.take_text(&text);
                    push_escaped(&mut self.out, &text);
                }
            }
            Token::Start(tag) => self.start(&tag),
            Token::End(name) => self.end(&name),
        }
    }

    fn take_raw(&mut self, raw: &str) {
        match self.raw.take() {
            Some(Raw::Title) if self.dropped.is_empty() => self.head.take_title(raw),
            Some(Raw::LinkedData) => self.head.take_linked_data(raw),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_ref();
        self.raw = Some(match name {
            "title" => Raw::Title,
            "script" if is_linked_data(tag) => Raw::LinkedData,
            _ => Raw::Other,
        });
        let kind = kind_of(name);
        if !self.dropped.is_empty() && self.is_within_dropped(name, kind) {
            return;
        }
        self.head.take_tag(tag);
        let is_hidden = kind != Kind::Void && is_hidden(tag);
        if kind == Kind::Dropped || is_hidden {
            if Script::of_element(name).is_none() {
                self.break_line(kind);
            }
            self.dropped.push(name.to_owned());
            return;
        }
        match kind {
            Kind::Kept => self.open(tag),
            Kind::Void => {
                self.n_elements += 1;
                self.out
                    .push_str(if name == "hr" { "<hr>" } else { "<br>" });
            }
            Kind::Transparent if name == "q" => self.out.push('“'),
            Kind::Transparent | Kind::Dropped => {}
        }
    }

    /// Whether a start tag lies within the dropped element, and does not end it.
    fn is_within_dropped(&mut self, name: &str, kind: Kind) -> bool {
        if kind == Kind::Kept {
            let (closes, barriers) = implied_ends(name);
            if let Some(position) = innermost(&self.dropped, closes, barriers) {
                self.dropped.truncate(position);
            }
        }
        let is_within = !self.dropped.is_empty();
        let has_end = matches!(kind, Kind::Kept | Kind::Dropped);
        if is_within && has_end && self.dropped.len() < MAX_HTML_DEPTH {
            self.dropped.push(name.to_owned());
        }
        is_within
    }

    /// Keeps the words on both sides of a dropped block apart.
    fn break_line(&mut self, kind: Kind) {
        let is_apart = self.out.is_empty() || self.out.ends_with([' ', '>']);
        if kind != Kind::Transparent && !is_apart {
            self.out.push(' ');
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_ref();
        let (closes, barriers) = implied_ends(name);
        if let Some(position) = innermost(&self.open, closes, barriers) {
            self.close_to(position);
        }
        if self.open.len() >= MAX_HTML_DEPTH {
            if Script::of_element(name).is_some() {
                return;
            }
            // Dissolved: its text joins the element around, in a line of its own.
            self.is_flattened = true;
            self.out.push_str("<br><br>");
            return;
        }
        self.n_elements += 1;
        self.open.push(name.to_owned());
        self.head.enter(name);
        self.out.push('<');
        self.out.push_str(name);
        for attribute in KEPT_ATTRIBUTES {
            if let Some(value) = tag.get(attribute).filter(|value| !value.is_empty()) {
                self.out.push(' ');
                self.out.push_str(attribute);
                self.out.push_str("=\"");
                push_escaped(&mut self.out, cut(&value));
                self.out.push('"');
            }
        }
        self.out.push('>');
    }

    fn end(&mut self, name: &str) {
        let barriers: &[&str] = match name {
            "table" | "tbody" | "thead" | "tfoot" | "tr" => &["table"],
            _ => &["table", "td", "th"],
        };
        if !self.dropped.is_empty() {
            if let Some(position) = innermost(&self.dropped, &[name], barriers) {
                self.dropped.truncate(position);
                return;
            }
            // The end of an element around it ends it too; that tag was forgotten.
            if innermost(&self.open, &[name], barriers).is_none() {
                return;
            }
            self.dropped.clear();
        }
        match kind_of(name) {
            Kind::Transparent if name == "q" => self.out.push('”'),
            Kind::Void if name == "br" => self.out.push_str("<br>"),
            Kind::Kept => match innermost(&self.open, &[name], barriers) {
                Some(position) => self.close_to(position),
                None if Script::of_element(name).is_some() => {}
                None if self.open.len() >= MAX_HTML_DEPTH => self.out.push_str("<br><br>"),
                None => {}
            },
            Kind::Transparent | Kind::Void | Kind::Dropped => {}
        }
    }

    fn close_to(&mut self, position: usize) {
        while self.open.len() > position {
            if let Some(name) = self.open.pop() {
                self.out.push_str("</");
                self.out.push_str(&name);
                self.out.push('>');
                self.head.leave(&name);
            }
        }
    }
}

/// Where the innermost open element of one of `names` stands, if no barrier is further in. The greatest
/// depth bounds the cost.
fn innermost(open: &[String], names: &[&str], barriers: &[&str]) -> Option<usize> {
    for (position, open) in open.iter().enumerate().rev() {
        if names.contains(&open.as_str()) {
            return Some(position);
        }
        if barriers.contains(&open.as_str()) {
            return None;
        }
    }
    None
}

fn is_linked_data(tag: &Tag<'_>) -> bool {
    tag.get("type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/ld+json"))
}

fn kind_of(name: &str) -> Kind {
    match name {
        "br" | "hr" => Kind::Void,
        "title" | "html" | "head" | "body" | "meta" | "link" | "base" | "img" | "wbr" | "col"
        | "source" | "track" | "param" | "area" => Kind::Transparent,
        "script" | "style" | "noscript" | "template" | "iframe" | "noembed" | "noframes"
        | "xmp" | "textarea" | "svg" | "canvas" | "audio" | "video" | "object" | "select"
        | "button" | "datalist" | "dialog" | "nav" | "menu" | "map" | "rp" | "rt"
        | "annotation" | "annotation-xml" => Kind::Dropped,
        "a" | "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "aside"
        | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hgroup" | "ul" | "ol" | "li" | "dl" | "dt"
        | "dd" | "table" | "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th"
        | "blockquote" | "pre" | "figure" | "figcaption" | "details" | "summary" | "address"
        | "center" | "form" | "fieldset" | "legend" | "sup" | "sub" => Kind::Kept,
        _ => Kind::Transparent,
    }
}

/// Whether an element is not shown, or is the mark of a reference to a note.
fn is_hidden(tag: &Tag<'_>) -> bool {
    let is = |name: &str, wanted: &str| {
        tag.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    let is_styled_away = tag.get("style").is_some_and(|style| {
        let style: String = style
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    });
    let is_reference = tag.name == "sup"
        && tag
            .get("class")
            .is_some_and(|class| class.contains("reference"));
    let is_page = matches!(tag.name.as_ref(), "html" | "body" | "main" | "article");
    !is_page
        && (tag.has("hidden")
            || is("aria-hidden", "true")
            || is("role", "navigation")
            || is_styled_away
            || is_reference)
}

/// The open elements that a start tag ends, and those beyond which it does not look.
fn implied_ends(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "a" => (&["a"], &["table", "td", "th"]),
        "sup" | "sub" => (&[], &[]),
        "li" => (&["li"], &["ul", "ol", "table", "td"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl", "table", "td"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "tr" => (&["tr"], &["table"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "caption"], &["table"]),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => (
            &["p", "h1", "h2", "h3", "h4", "h5", "h6"],
            &["table", "td", "th", "div", "section", "article", "li"],
        ),
        _ => (
            &["p"],
            &["table", "td", "th", "div", "section", "article", "li"],
        ),
    }
}

/// The beginning of a value, at most [`MAX_VALUE_BYTES`] long.
fn cut(value: &str) -> &str {
    let mut len = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(len) {
        len -= 1;
    }
    value.get(..len).unwrap_or_default()
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\0' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(source: &str) -> String {
        clean(source).body
    }

    #[test]
    fn mark_up_is_balanced_and_what_is_not_shown_goes() {
        for (source, expected) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
            (
                "<ul><li>a<ul><li>b</ul><li>c</ul>",
                "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
            ),
            (
                "<table><tr><td>1<td>2<tr><td>3</table>",
                "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
            ),
            (
                "<table><td>a<table><td>b</table>c</table>",
                "<table><td>a<table><td>b</td></table>c</td></table>",
            ),
            ("<td>a</div>b</td>", "<td>ab</td>"),
            ("<div>a</div></div>b</p>", "<div>a</div>b"),
            ("<b>x<i>y</b>z</i>", "xyz"),
            (
                "<a href='/x?a=1&amp;b'>t</a>",
                "<a href=\"/x?a=1&amp;b\">t</a>",
            ),
            ("a<script>b</script>c<style>d</style>", "a c "),
            ("<div hidden>a<div>b</div></div>c", "c"),
            (
                "<p style='Display : NONE'>a</p>b<i aria-hidden=true>c</i>",
                "b",
            ),
            ("<nav><ul><li>a</ul></nav>b", "b"),
            (
                "a<sup class=reference>[1]</sup><sup>2</sup>",
                "a<sup>2</sup>",
            ),
            ("<p>a<sup>2<p>b", "<p>a<sup>2</sup></p><p>b</p>"),
            ("<ul><li hidden>a<li>b</ul>c", "<ul><li>b</li></ul>c"),
            ("<p hidden>a<p>b</p>c", "<p>b</p>c"),
            ("<div><i hidden>a</div>b", "<div></div>b"),
            ("<div><nav><div>a</div></div>b", "<div></div>b"),
            ("<q>a</q><br>b<hr>", "“a”<br>b<hr>"),
            ("<p onclick=x class=y>a", "<p class=\"y\">a</p>"),
            ("1 &lt; 2 &amp; \"x\"\0", "1 &lt; 2 &amp; &quot;x&quot;"),
            ("<svg><title>no</title><p>x</svg>y", "y"),
            ("<textarea><p>a</textarea>b", "b"),
        ] {
            assert_eq!(body(source), expected, "{source:?}");
        }
    }

    #[test]
    fn elements_up_to_the_greatest_depth_are_kept() {
        let at = |n: usize| clean(&format!("{}x{}", "<div>".repeat(n), "</div>".repeat(n)));
        let kept = at(MAX_HTML_DEPTH);
        assert!(!kept.is_flattened);
        assert_eq!(kept.n_elements, MAX_HTML_DEPTH);
        let deeper = at(MAX_HTML_DEPTH + 1);
        assert!(deeper.is_flattened);
        assert_eq!(deeper.n_elements, MAX_HTML_DEPTH);
        assert!(deeper.body.contains("<br><br>x"));
    }

    proptest! {
        #[test]
        fn every_start_tag_has_its_end_tag(
            source in "(<p>|</p>|<div>|</div>|<ul>|<li>|</ul>|<table>|<tr>|<td>|</td>|</tr>|</table>|<a>|</a>|<h2>|</h2>|<nav>|</nav>|<b>|</b>|<sup>|</sup>|<br>|<dl>|<dt>|<dd>|x| ){0,50}",
        ) {
            let mut open: Vec<String> = Vec::new();
            let cleaned = body(&source);
            for token in Tokens::new(&cleaned) {
                match token {
                    Token::Start(tag) if tag.name != "br" => open.push(tag.name.into_owned()),
                    Token::End(name) => prop_assert_eq!(open.pop(), Some(name.into_owned())),
                    _ => {}
                }
            }
            prop_assert!(open.is_empty());
        }
    }
}
