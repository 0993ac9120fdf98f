//! Messages as Discord's API takes them: every body of every request that says something.
//!
//! Holds for each: it pings nobody and shows no preview cards.

use serde_json::{Value, json};

use super::components::Press;
use super::render::{Button, File, Look, Message};

/// Flag of a message without preview cards.
const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Flag of a message that one person sees.
const EPHEMERAL: u64 = 1 << 6;

/// Kinds of first responses to an interaction.
const MESSAGE: u8 = 4;
const DEFERRED_MESSAGE: u8 = 5;
const DEFERRED_UPDATE: u8 = 6;
const UPDATE: u8 = 7;
const MODAL: u8 = 9;

/// A field of a dialogue.
pub(super) struct Field {
    /// Its name in what comes back.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// Whether it has several lines.
    pub is_long: bool,
    /// Characters it must have.
    pub min: u16,
    /// Characters it may have.
    pub max: u16,
}

/// A message: the body of a follow-up, of an edit, and the data of a response.
pub(super) fn message(message: &Message, private: bool) -> Value {
    json!({
        "content": message.content,
        "flags": SUPPRESS_EMBEDS | if private { EPHEMERAL } else { 0 },
        "allowed_mentions": { "parse": [] },
        "components": message.rows.iter().map(|row| rows(row)).collect::<Vec<_>>(),
        // Said even of none: an edit keeps the files that it does not speak of.
        "attachments": message.file.iter().map(attachment).collect::<Vec<_>>(),
    })
}

fn attachment(file: &File) -> Value {
    let mut attachment = json!({ "id": 0, "filename": file.name });
    if !file.description.is_empty() {
        attachment["description"] = json!(file.description);
    }
    attachment
}

/// A message in a channel. Discord does not take the same nonce twice.
pub(super) fn in_channel(shown: &Message, nonce: &str, replies_to: Option<u64>) -> Value {
    let mut body = message(shown, false);
    if let Some(body) = body.as_object_mut() {
        body.insert("nonce".to_owned(), json!(nonce));
        body.insert("enforce_nonce".to_owned(), json!(true));
        if let Some(earlier) = replies_to {
            let reference =
                json!({ "message_id": earlier.to_string(), "fail_if_not_exists": false });
            body.insert("message_reference".to_owned(), reference);
        }
    }
    body
}

/// A message as the first response.
pub(super) fn first(shown: &Message, private: bool) -> Value {
    json!({ "type": MESSAGE, "data": message(shown, private) })
}

/// A message in place of the one whose button was pressed.
pub(super) fn update(shown: &Message) -> Value {
    json!({ "type": UPDATE, "data": message(shown, false) })
}

/// A promise of a message.
pub(super) fn deferral(private: bool) -> Value {
    match private {
        true => json!({ "type": DEFERRED_MESSAGE, "data": { "flags": EPHEMERAL } }),
        false => json!({ "type": DEFERRED_MESSAGE }),
    }
}

/// A promise to change the message whose button was pressed.
pub(super) fn deferral_in_place() -> Value {
    json!({ "type": DEFERRED_UPDATE })
}

/// A dialogue.
pub(super) fn dialogue(press: &Press, title: &str, fields: &[Field]) -> Value {
    let rows: Vec<Value> = fields
        .iter()
        .map(|field| {
            let input = json!({
                "type": 4,
                "custom_id": field.name,
                "label": field.label,
                "style": if field.is_long { 2 } else { 1 },
                "min_length": field.min,
                "max_length": field.max,
                "required": field.min > 0,
            });
            json!({ "type": 1, "components": [input] })
        })
        .collect();
    json!({
        "type": MODAL,
        "data": { "custom_id": press.to_string(), "title": title, "components": rows },
    })
}

fn rows(row: &[Button]) -> Value {
    json!({ "type": 1, "components": row.iter().map(button).collect::<Vec<_>>() })
}

fn button(button: &Button) -> Value {
    let style = match button.look {
        Look::Primary => 1,
        Look::Plain => 2,
        Look::Danger => 4,
    };
    let mut json = json!({ "type": 2, "style": style, "custom_id": button.press.to_string() });
    if let Some(json) = json.as_object_mut() {
        if !button.label.is_empty() {
            json.insert("label".to_owned(), json!(button.label));
        }
        if let Some(emoji) = button.emoji {
            json.insert("emoji".to_owned(), json!({ "name": emoji.to_string() }));
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_a_file_takes_the_old_one_away() {
        let update = update(&Message::text("Nothing is said of it any more."));
        assert_eq!(update["data"]["attachments"], json!([]));
    }
}
