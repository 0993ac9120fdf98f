//! The styles of a DOCX: what a paragraph is, by the style it has.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use super::{attribute, is_on, reader};

/// Most styles that are read.
const MAX_STYLES: usize = 5_000;
/// How often a style may be based on another.
const MAX_BASES: usize = 10;

/// What a style makes of a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Date,
    /// Level 1 to 6.
    Heading(u8),
    ListItem,
    Plain,
}

/// The roles of styles by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles {
    roles: HashMap<String, Role>,
}

impl Styles {
    /// The role of a style. One that is not defined is known by its id, as some programs rely on.
    pub(super) fn role(&self, id: &str) -> Role {
        match self.roles.get(id) {
            Some(role) => *role,
            None => role_of_name(id).unwrap_or(Role::Plain),
        }
    }
}

#[derive(Debug, Default)]
struct Style {
    id: String,
    based_on: Option<String>,
    role: Option<Role>,
}

/// Reads the styles; what is damaged is left out.
pub(super) fn parse(xml: &str) -> Styles {
    let mut styles: HashMap<String, Style> = HashMap::new();
    let mut open: Option<Style> = None;
    let mut reader = reader(xml);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) => take(&tag, &mut open, &mut styles),
            Event::Eof => break,
            _ => {}
        }
    }
    keep(open, &mut styles);
    let roles = styles
        .keys()
        .map(|id| (id.clone(), resolved(id, &styles)))
        .collect();
    Styles { roles }
}

fn take(tag: &BytesStart<'_>, open: &mut Option<Style>, styles: &mut HashMap<String, Style>) {
    let name = tag.local_name();
    if name.as_ref() == "style" {
        keep(open.take(), styles);
        *open = attribute(tag, "styleId").map(|id| Style {
            id,
            ..Style::default()
        });
        return;
    }
    let Some(style) = open else { return };
    match name.as_ref() {
        "name" => {
            let name = attribute(tag, "val").unwrap_or_default();
            style.role = role_of_name(&name).or(style.role);
        }
        "basedOn" => style.based_on = attribute(tag, "val"),
        "outlineLvl" => style.role = style.role.or(role_of_outline(tag)),
        "numPr" if is_on(tag) => style.role = style.role.or(Some(Role::ListItem)),
        _ => {}
    }
}

fn keep(style: Option<Style>, styles: &mut HashMap<String, Style>) {
    if let Some(style) = style
        && styles.len() < MAX_STYLES
    {
        styles.insert(style.id.clone(), style);
    }
}

/// The role of a style or of the first with a role that it is based on. A title is no such base:
/// a subtitle is based on it.
fn resolved(id: &str, styles: &HashMap<String, Style>) -> Role {
    let mut next = styles.get(id);
    for depth in 0..MAX_BASES {
        let Some(style) = next else { break };
        match style.role {
            Some(Role::Title | Role::Date) if depth > 0 => break,
            Some(role) => return role,
            None => next = style.based_on.as_ref().and_then(|base| styles.get(base)),
        }
    }
    Role::Plain
}

/// The level that `outlineLvl` gives; 9 stands for body text.
pub(super) fn role_of_outline(tag: &BytesStart<'_>) -> Option<Role> {
    let level: u8 = attribute(tag, "val")?.parse().ok()?;
    (level < 9).then(|| Role::Heading((level + 1).min(6)))
}

/// The role of a style of this name. Word keeps the English names of its own styles in the file,
/// whatever language it shows them in.
fn role_of_name(name: &str) -> Option<Role> {
    let name = name.to_lowercase().replace([' ', '_', '-'], "");
    if let Some(level) = name.strip_prefix("heading") {
        let level: u8 = level.parse().ok()?;
        return (1..=9)
            .contains(&level)
            .then(|| Role::Heading(level.min(6)));
    }
    match name.as_str() {
        "title" => Some(Role::Title),
        "date" => Some(Role::Date),
        "subtitle" => Some(Role::Plain),
        _ => name
            .starts_with("list")
            .then_some(Role::ListItem)
            .filter(|_| !name.contains("continue")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_have_roles_by_name_outline_or_base() {
        let styles = parse(
            r#"<w:styles>
            <w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
            <w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift2"/></w:style>
            <w:style w:styleId="Outline"><w:name w:val="X"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
            <w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
            <w:style w:styleId="Sub"><w:name w:val="Deck"/><w:basedOn w:val="Titel"/></w:style>
            <w:style w:styleId="Item"><w:name w:val="Bullets"/><w:pPr><w:numPr/></w:pPr></w:style>
            <w:style w:styleId="Loop"><w:name w:val="L"/><w:basedOn w:val="Loop"/></w:style>
            </w:styles>"#,
        );
        for (id, role) in [
            ("berschrift2", Role::Heading(2)),
            ("Mine", Role::Heading(2)),
            ("Outline", Role::Heading(1)),
            ("Titel", Role::Title),
            ("Sub", Role::Plain),
            ("Item", Role::ListItem),
            ("Loop", Role::Plain),
            ("Heading1", Role::Heading(1)),
            ("ListParagraph", Role::ListItem),
            ("heading9", Role::Heading(6)),
            ("heading10", Role::Plain),
            ("unknown", Role::Plain),
        ] {
            assert_eq!(styles.role(id), role, "{id}");
        }
    }
}
