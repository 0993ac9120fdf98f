//! Stops: the marks that can end a sentence, with the marks that close after them, and the classes of
//! characters that the sentence rules speak of.
//!
//! Reads what stands in the text and decides nothing: whether a stop ends a sentence is for `sentence`.

/// A run of stop characters and what closes with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// The strongest of the run.
    pub(super) kind: StopKind,
    /// First byte of the run.
    pub(super) start: usize,
    /// One past the closing quotation marks, brackets and footnote marks.
    pub(super) close: usize,
    /// Whether a quotation mark closes with it.
    pub(super) is_quoted: bool,
    /// Whether a parenthesis closes with it.
    pub(super) closes_parenthesis: bool,
}

/// In rising strength: a run of several kinds has the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StopKind {
    /// One `.`: may belong to an abbreviation, an initial or a number.
    Dot,
    /// `…`, `...`, `. . .`: a pause or an end.
    Ellipsis,
    /// With `!` or `?`.
    Mark,
    /// The stops of scripts that use them for nothing else: `。`, `।`, `؟`.
    Hard,
}

impl Stop {
    /// The stop that begins at byte `pos` of `text`, if one does.
    pub(super) fn read(text: &str, pos: usize) -> Option<Stop> {
        let mut kind = None;
        let mut n_dots = 0;
        let mut end = pos;
        loop {
            let rest = text.get(end..).unwrap_or_default();
            let mut chars = rest.chars();
            let found = match chars.next() {
                Some('.') => {
                    n_dots += 1;
                    if n_dots > 1 {
                        StopKind::Ellipsis
                    } else {
                        StopKind::Dot
                    }
                }
                Some('…') => StopKind::Ellipsis,
                Some('!' | '?' | '‼' | '⁇' | '⁈' | '⁉') => StopKind::Mark,
                Some('。' | '！' | '？' | '｡' | '।' | '॥' | '؟' | '۔' | '։' | '።' | '။') => {
                    StopKind::Hard
                }
                // A spaced ellipsis: ` .` that is followed by another space or the end.
                Some(' ') if n_dots > 0 && kind <= Some(StopKind::Ellipsis) => {
                    let is_dot = chars.next() == Some('.');
                    if is_dot && matches!(chars.next(), None | Some(' ' | '\n')) {
                        end += 1;
                        continue;
                    }
                    break;
                }
                _ => break,
            };
            kind = kind.max(Some(found));
            end += char_len(rest.as_bytes().first().copied().unwrap_or_default());
        }
        let mut stop = Stop {
            kind: kind?,
            start: pos,
            close: end,
            is_quoted: false,
            closes_parenthesis: false,
        };
        stop.take_closers(text);
        Some(stop)
    }

    /// Moves `close` past the closing marks that follow it.
    fn take_closers(&mut self, text: &str) {
        loop {
            let rest = text.get(self.close..).unwrap_or_default();
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return };
            let after = chars.next();
            let ends_here = after.is_none_or(|next| !next.is_alphanumeric());
            let len = match c {
                ')' | '）' => {
                    self.closes_parenthesis = true;
                    c.len_utf8()
                }
                ']' | '}' | '】' | '¹' | '²' | '³' => c.len_utf8(),
                '”' | '’' | '»' | '›' | '"' | '\'' | '」' | '』' | '》' | '〉' | '＂' | '＇' =>
                {
                    self.is_quoted = true;
                    c.len_utf8()
                }
                // These close in German and open in English and French.
                '“' | '‘' | '«' | '‹' if ends_here => {
                    self.is_quoted = true;
                    c.len_utf8()
                }
                '[' => match footnote_len(rest) {
                    Some(len) => len,
                    None => return,
                },
                // French sets a space before its closing mark, careless typing does it too.
                ' ' => match spaced_closer_len(rest) {
                    Some(len) => {
                        self.is_quoted |= after != Some('[');
                        len
                    }
                    None => return,
                },
                _ => return,
            };
            self.close += len;
        }
    }
}

/// Bytes of a footnote mark such as `[1]`, `[a]` or `[note 2]` that `rest` begins with.
fn footnote_len(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('[')?;
    let end = inner.bytes().take(24).position(|b| b == b']')?;
    let mark = inner.get(..end)?;
    let is_number = (1..=3).contains(&mark.len()) && mark.bytes().all(|b| b.is_ascii_digit());
    let is_letter = mark.len() == 1 && mark.bytes().all(|b| b.is_ascii_lowercase());
    let is_note = mark.starts_with("note ") || mark == "citation needed";
    (is_number || is_letter || is_note).then_some(end + 2)
}

/// Bytes of a closing mark that stands between spaces, with the first of them, where `rest` begins
/// with one: ` »`, ` "`, ` [1]`.
fn spaced_closer_len(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix(' ')?;
    let len = match inner.chars().next()? {
        mark @ ('»' | '"' | '”') => mark.len_utf8(),
        _ => footnote_len(inner)?,
    };
    let after = inner.get(len..)?.chars().next();
    let is_free = |c: char| c.is_whitespace() || matches!(c, ',' | '.' | ';' | '[');
    after.is_none_or(is_free).then_some(len + 1)
}

/// Quotation marks, brackets and inverted marks that stand before a word.
pub(super) fn is_opener(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '"'
            | '\''
            | '“'
            | '‘'
            | '«'
            | '„'
            | '‚'
            | '‹'
            | '»'
            | '”'
            | '’'
            | '¿'
            | '¡'
            | '「'
            | '『'
    )
}

/// Marks that stand inside words as well as before them.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Hyphen and dashes.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―')
}

/// Characters that join two words into one token: the later part is looked up by itself.
pub(super) fn is_joint(c: char) -> bool {
    is_dash(c) || matches!(c, '/' | ',' | ':' | ';')
}

/// Characters of scripts written without spaces.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Bytes of the character that begins with this byte.
pub(super) fn char_len(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}
