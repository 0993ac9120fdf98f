//! What a person sees, as plain text for snapshots.
//!
//! ```text
//! (only you can see this)
//! > the quoted **words**
//! ┌ Title <https://example.org>
//! │ description
//! │ field: value
//! └ footer
//! 📎 chart.png
//! [More passages] [Share|primary] [Old|disabled] [Open|https://example.org]
//! <Choose an article: First* | Second>
//! ```

use serde_json::Value;

use super::rules::components::{LINK, kind};
use super::world::{COMPONENTS_V2, LOADING, Message, SUPPRESS_EMBEDS, World};

impl World {
    /// A message as its reader sees it.
    pub fn show(&self, message: &Message) -> String {
        let mut lines = Vec::new();
        if message.only_for.is_some() {
            lines.push("(only you can see this)".to_owned());
        }
        if message.flags & LOADING != 0 {
            lines.push("(thinking…)".to_owned());
            return lines.join("\n");
        }
        if message.flags & COMPONENTS_V2 != 0 {
            lines.push("(laid out by components)".to_owned());
        }
        if !message.content.is_empty() {
            lines.push(message.content.clone());
        }
        if message.flags & SUPPRESS_EMBEDS == 0 {
            message
                .embeds
                .iter()
                .for_each(|embed| show_embed(embed, &mut lines));
        } else {
            lines.push("(no previews)".to_owned());
        }
        let files = message
            .attachments
            .iter()
            .map(|file| format!("📎 {}", self.files[file].name));
        lines.extend(files);
        show_components(&message.components, &mut lines);
        lines.join("\n")
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value[key].as_str().filter(|text| !text.is_empty())
}

fn show_embed(embed: &Value, lines: &mut Vec<String>) {
    let mut inside = Vec::new();
    inside.extend(text(&embed["author"], "name").map(str::to_owned));
    if let Some(title) = text(embed, "title") {
        let address = text(embed, "url").map(|url| format!(" <{url}>"));
        inside.push(format!("{title}{}", address.unwrap_or_default()));
    }
    inside.extend(text(embed, "description").map(str::to_owned));
    for field in embed["fields"].as_array().into_iter().flatten() {
        let [name, value] = ["name", "value"].map(|key| text(field, key).unwrap_or_default());
        inside.push(format!("{name}: {value}"));
    }
    for media in ["image", "thumbnail"] {
        inside.extend(text(&embed[media], "url").map(|url| format!("({media} {url})")));
    }
    let footer = text(&embed["footer"], "text").unwrap_or_default();
    let shown: Vec<&str> = inside.iter().flat_map(|part| part.lines()).collect();
    let mut marks = std::iter::once('┌').chain(std::iter::repeat('│'));
    lines.extend(
        shown
            .into_iter()
            .zip(&mut marks)
            .map(|(line, mark)| format!("{mark} {line}")),
    );
    lines.push(format!("└ {footer}").trim_end().to_owned());
}

fn show_components(components: &[Value], lines: &mut Vec<String>) {
    for component in components {
        let inner = component["components"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        match component["type"].as_u64() {
            Some(kind::ROW) => {
                let row: Vec<String> = inner.iter().map(show_part).collect();
                lines.push(row.join(" "));
            }
            Some(kind::LABEL) => {
                lines.push(text(component, "label").unwrap_or_default().to_owned());
                lines.extend(text(component, "description").map(|text| format!("  {text}")));
                lines.push(show_part(&component["component"]));
            }
            Some(9) => {
                show_components(inner, lines);
                lines.push(show_part(&component["accessory"]));
            }
            Some(14) => lines.push("―――".to_owned()),
            Some(17) => {
                let mut within = Vec::new();
                show_components(inner, &mut within);
                lines.extend(
                    within
                        .iter()
                        .flat_map(|part| part.lines())
                        .map(|line| format!("│ {line}")),
                );
            }
            _ => lines.push(show_part(component)),
        }
    }
}

/// A modal, from the data of its callback.
pub fn show_modal(data: &Value) -> String {
    let mut lines = vec![format!("# {}", text(data, "title").unwrap_or_default())];
    show_components(
        data["components"].as_array().map_or(&[], Vec::as_slice),
        &mut lines,
    );
    lines.join("\n")
}

/// What a component that is no container looks like.
pub fn show_part(part: &Value) -> String {
    match part["type"].as_u64() {
        Some(kind::BUTTON) => show_button(part),
        Some(3 | 5..=8) => {
            let options = part["options"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|option| {
                    let label = text(option, "label").unwrap_or_default();
                    format!(
                        "{label}{}",
                        if option["default"] == true { "*" } else { "" }
                    )
                });
            let options: Vec<String> = options.collect();
            let placeholder = text(part, "placeholder").unwrap_or("Make a selection");
            let disabled = if part["disabled"] == true {
                "|disabled"
            } else {
                ""
            };
            format!("<{placeholder}: {}{disabled}>", options.join(" | "))
        }
        Some(kind::TEXT_INPUT) => {
            let mut shown = text(part, "label").unwrap_or_default().to_owned();
            shown += if part["required"] == false {
                " (optional): "
            } else {
                ": "
            };
            shown += text(part, "value")
                .or(text(part, "placeholder"))
                .unwrap_or_default();
            shown.trim_end().to_owned()
        }
        Some(kind::TEXT) => text(part, "content").unwrap_or_default().to_owned(),
        other => format!("(component {})", other.unwrap_or_default()),
    }
}

/// What stands on a button.
pub fn face(button: &Value) -> String {
    let parts = [text(&button["emoji"], "name"), text(button, "label")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn show_button(button: &Value) -> String {
    let style = match button["style"].as_u64() {
        Some(1) => "|primary".to_owned(),
        Some(3) => "|success".to_owned(),
        Some(4) => "|danger".to_owned(),
        Some(LINK) => format!("|{}", text(button, "url").unwrap_or_default()),
        _ => String::new(),
    };
    let disabled = if button["disabled"] == true {
        "|disabled"
    } else {
        ""
    };
    format!("[{}{style}{disabled}]", face(button))
}
