//! Rules of buttons, selects and modals.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Problem, length, list, schema};

/// Rows of a message.
pub const MAX_ROWS: usize = 5;
/// Components of a message laid out by them, nested ones included.
pub const MAX_COMPONENTS: usize = 40;
/// Characters of all text displays of a message. Recalled, not documented.
pub const MAX_TEXT: usize = 4_000;
/// Buttons of a row.
pub const MAX_BUTTONS: usize = 5;
/// Characters of a `custom_id`.
pub const MAX_CUSTOM_ID: usize = 100;
/// Characters of a button's label.
pub const MAX_LABEL: usize = 80;
/// Components of a modal.
pub const MAX_MODAL_ROWS: usize = 5;

/// Component types, by Discord's numbers.
pub mod kind {
    pub const ROW: u64 = 1;
    pub const BUTTON: u64 = 2;
    pub const SELECT: u64 = 3;
    pub const TEXT_INPUT: u64 = 4;
    pub const TEXT: u64 = 10;
    pub const LABEL: u64 = 18;
}
/// The style of a button that opens an address.
pub const LINK: u64 = 5;
/// The style of a button that sells something.
const PREMIUM: u64 = 6;

fn kind_of(component: &Value) -> u64 {
    component["type"].as_u64().unwrap_or_default()
}

/// Each component with its place, nested ones after their parents.
pub fn walk<'v>(components: &'v [Value], at: &str) -> Vec<(String, &'v Value)> {
    let mut found = Vec::new();
    for (number, component) in components.iter().enumerate() {
        let at = format!("{at}.{number}");
        found.push((at.clone(), component));
        found.extend(walk(
            list(component, "components"),
            &format!("{at}.components"),
        ));
        for key in ["accessory", "component"] {
            if component[key].is_object() {
                let inner = std::slice::from_ref(&component[key]);
                found.extend(walk(inner, &format!("{at}.{key}")));
            }
        }
    }
    found
}

/// What is wrong with the components of a message.
pub fn message(body: &Value, is_v2: bool, problems: &mut Vec<Problem>) {
    let rows = list(body, "components");
    let all = walk(rows, "components");
    if !is_v2 {
        if rows.len() > MAX_ROWS {
            let sentence = format!("{} rows, must be {MAX_ROWS} or fewer", rows.len());
            problems.push(Problem::new("rows", "components", sentence));
        }
        for (at, component) in &all {
            if kind_of(component) > 8 {
                let sentence = "this component needs the flag IS_COMPONENTS_V2";
                problems.push(Problem::new("components-v2", at, sentence));
            }
        }
    }
    if all.len() > MAX_COMPONENTS {
        let sentence = format!(
            "{} components, must be {MAX_COMPONENTS} or fewer",
            all.len()
        );
        problems.push(Problem::new("components", "components", sentence));
    }
    let texts = all
        .iter()
        .filter(|(_, component)| kind_of(component) == kind::TEXT);
    let n_chars: usize = texts
        .filter_map(|(_, text)| text["content"].as_str())
        .map(length)
        .sum();
    if n_chars > MAX_TEXT {
        let sentence = format!("{n_chars} characters of text, must be {MAX_TEXT} or fewer");
        problems.push(Problem::new("components-text", "components", sentence));
    }
    for (at, component) in &all {
        match kind_of(component) {
            kind::ROW => row(at, component, problems),
            kind::BUTTON => button(at, component, problems),
            3 | 5..=8 => select(at, component, problems),
            _ => {}
        }
    }
    custom_ids(&all, problems);
}

fn custom_ids(all: &[(String, &Value)], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for (at, component) in all {
        let Some(custom_id) = component["custom_id"].as_str() else {
            continue;
        };
        if !(1..=MAX_CUSTOM_ID).contains(&length(custom_id)) {
            let sentence = format!(
                "{} characters, must be between 1 and {MAX_CUSTOM_ID}",
                length(custom_id)
            );
            problems.push(Problem::new(
                "custom-id-length",
                format!("{at}.custom_id"),
                sentence,
            ));
        }
        if !seen.insert(custom_id) {
            let sentence = "Component custom id cannot be duplicated";
            problems.push(Problem::new(
                "custom-id-duplicate",
                format!("{at}.custom_id"),
                sentence,
            ));
        }
    }
}

fn row(at: &str, row: &Value, problems: &mut Vec<Problem>) {
    let inside = list(row, "components");
    let n_buttons = inside
        .iter()
        .filter(|component| kind_of(component) == kind::BUTTON)
        .count();
    let n_others = inside.len() - n_buttons;
    if n_buttons > MAX_BUTTONS {
        let sentence = format!("{n_buttons} buttons in a row, must be {MAX_BUTTONS} or fewer");
        problems.push(Problem::new(
            "buttons",
            format!("{at}.components"),
            sentence,
        ));
    }
    if n_others > 1 || n_others == 1 && n_buttons > 0 {
        problems.push(Problem::new(
            "row",
            format!("{at}.components"),
            "a select fills its row alone",
        ));
    }
    if inside.is_empty() {
        problems.push(Problem::new(
            "row",
            format!("{at}.components"),
            "the row is empty",
        ));
    }
}

fn button(at: &str, button: &Value, problems: &mut Vec<Problem>) {
    let style = button["style"].as_u64().unwrap_or_default();
    let label = button["label"].as_str().unwrap_or_default();
    if length(label) > MAX_LABEL {
        let sentence = format!("{} characters, must be {MAX_LABEL} or fewer", length(label));
        problems.push(Problem::new(
            "label-length",
            format!("{at}.label"),
            sentence,
        ));
    }
    if label.is_empty() && !button["emoji"].is_object() && style != PREMIUM {
        problems.push(Problem::new(
            "button",
            at,
            "a button shows a label or an emoji",
        ));
    }
    let (has_id, has_url) = (button["custom_id"].is_string(), button["url"].is_string());
    let fits = match style {
        LINK => has_url && !has_id,
        PREMIUM => !has_url && !has_id,
        _ => has_id && !has_url,
    };
    if !fits {
        let sentence = "a link has a `url`, every other button a `custom_id`, and none has both";
        problems.push(Problem::new("button", at, sentence));
    }
    let url = button["url"].as_str().unwrap_or("https://");
    if !["http://", "https://", "discord://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        problems.push(Problem::new(
            "button-url",
            format!("{at}.url"),
            "Scheme must be one of http, https, discord",
        ));
    }
}

fn select(at: &str, select: &Value, problems: &mut Vec<Problem>) {
    let least = select["min_values"].as_u64().unwrap_or(1);
    let most = select["max_values"].as_u64().unwrap_or(1);
    let options = list(select, "options");
    if least > most || kind_of(select) == kind::SELECT && most as usize > options.len() {
        let sentence = format!("{least} to {most} of {} options", options.len());
        problems.push(Problem::new("select-values", at, sentence));
    }
    let mut seen = BTreeSet::new();
    for (number, option) in options.iter().enumerate() {
        if !seen.insert(option["value"].as_str()) {
            let at = format!("{at}.options.{number}.value");
            problems.push(Problem::new(
                "select-duplicate",
                at,
                "the value is there twice",
            ));
        }
    }
    let n_chosen = options
        .iter()
        .filter(|option| option["default"] == true)
        .count();
    if n_chosen > most as usize {
        problems.push(Problem::new(
            "select-values",
            at,
            format!("{n_chosen} chosen, at most {most} may be"),
        ));
    }
}

/// What is wrong with the callback that opens a modal (kind 9).
pub fn modal(body: &Value) -> Vec<Problem> {
    let mut problems = schema::problems("ModalInteractionCallbackRequest", body);
    let data = &body["data"];
    let rows = list(data, "components");
    if !(1..=MAX_MODAL_ROWS).contains(&rows.len()) {
        let sentence = format!(
            "{} components, must be between 1 and {MAX_MODAL_ROWS}",
            rows.len()
        );
        problems.push(Problem::new("modal-rows", "data.components", sentence));
    }
    let all = walk(rows, "data.components");
    custom_ids(&all, &mut problems);
    for (at, component) in &all {
        if kind_of(component) == kind::ROW && list(component, "components").len() != 1 {
            problems.push(Problem::new(
                "modal-row",
                at,
                "a row of a modal holds one text input",
            ));
        }
        if kind_of(component) == kind::TEXT_INPUT {
            text_input(at, component, &mut problems);
        }
    }
    problems
}

fn text_input(at: &str, input: &Value, problems: &mut Vec<Problem>) {
    let least = input["min_length"].as_u64().unwrap_or(0);
    let most = input["max_length"].as_u64().unwrap_or(4_000);
    let n_chars = input["value"].as_str().map_or(0, length) as u64;
    if least > most || n_chars > most || n_chars > 0 && n_chars < least {
        let sentence = format!("{n_chars} characters, from {least} to {most} may be");
        problems.push(Problem::new("modal-length", at, sentence));
    }
    // Inside a label component the label stands there.
    if !at.ends_with("component.0") && input["label"].as_str().is_none_or(str::is_empty) {
        problems.push(Problem::new(
            "modal-label",
            format!("{at}.label"),
            "This field is required",
        ));
    }
}
