//! The rules of request bodies: Discord's schema, what it does not say, and this project's own.
//!
//! Pure functions from a body to what is wrong with it. Figures are those of Discord's documentation.

pub mod commands;
pub mod components;

use serde_json::Value;

pub use self::commands::{command, commands};
pub use self::components::modal;
use super::rest::Purpose;
use super::schema;
use super::violations::Problem;
use super::world::{COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS};

/// Characters of a message.
pub const MAX_CONTENT: usize = 2_000;
/// Characters of all embeds of a message together.
pub const MAX_EMBEDS: usize = 6_000;
/// Choices of an autocompletion.
pub const MAX_CHOICES: usize = 25;
/// Characters of a choice's name, and of its value.
pub const MAX_CHOICE: usize = 100;
/// The flag that rings no bell.
const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;

/// A problem that a function here did not find itself.
pub fn problem(rule: &'static str, at: &str, sentence: impl Into<String>) -> Problem {
    Problem::new(rule, at, sentence)
}

/// Characters, as Discord counts them.
fn length(text: &str) -> usize {
    text.chars().count()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Checks a whole request body against the schema of its purpose.
pub fn schema(purpose: Purpose<'_>, body: &Value) -> Vec<Problem> {
    let name = match purpose {
        Purpose::Send => "MessageCreateRequest",
        Purpose::Edit(_) => "MessageEditRequestPartial",
        Purpose::FollowUp => "IncomingWebhookRequestPartial",
        Purpose::EditResponse(_) => "IncomingWebhookUpdateRequestPartial",
        Purpose::Respond => "CreateMessageInteractionCallbackRequest",
        Purpose::Update(_) => "UpdateMessageInteractionCallbackRequest",
    };
    schema::problems(name, body)
}

/// `{"parse": []}`, on every message and every edit: this bot pings nobody.
pub fn mentions(body: &Value) -> Vec<Problem> {
    let allowed = &body["allowed_mentions"];
    let lists = ["parse", "users", "roles"];
    let is_empty =
        allowed["parse"].is_array() && lists.iter().all(|key| list(allowed, key).is_empty());
    if allowed.is_null() {
        vec![Problem::new(
            "mentions",
            "allowed_mentions",
            "`allowed_mentions` is missing",
        )]
    } else if !is_empty || allowed["replied_user"] == true {
        vec![Problem::new(
            "mentions",
            "allowed_mentions",
            format!("`allowed_mentions` is {allowed}"),
        )]
    } else {
        Vec::new()
    }
}

/// What the schema does not say about a message.
pub fn message(body: &Value, purpose: Purpose<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let n_chars = body["content"].as_str().map_or(0, length);
    if n_chars > MAX_CONTENT {
        let sentence = format!("{n_chars} characters, must be {MAX_CONTENT} or fewer in length.");
        problems.push(Problem::new("content-length", "content", sentence));
    }
    embeds(list(body, "embeds"), &mut problems);
    flags(body, purpose, &mut problems);
    components::message(body, is_v2(body, purpose), &mut problems);
    problems
}

/// Whether the message is, or will be, laid out by components.
fn is_v2(body: &Value, purpose: Purpose<'_>) -> bool {
    let before = match purpose {
        Purpose::Edit(message) | Purpose::EditResponse(message) | Purpose::Update(message) => {
            message.flags
        }
        _ => 0,
    };
    (before | body["flags"].as_u64().unwrap_or_default()) & COMPONENTS_V2 != 0
}

fn flags(body: &Value, purpose: Purpose<'_>, problems: &mut Vec<Problem>) {
    let flags = body["flags"].as_u64().unwrap_or_default();
    let allowed = COMPONENTS_V2
        | SUPPRESS_EMBEDS
        | match purpose {
            Purpose::Send => SUPPRESS_NOTIFICATIONS,
            Purpose::FollowUp | Purpose::Respond => SUPPRESS_NOTIFICATIONS | EPHEMERAL,
            Purpose::Edit(_) | Purpose::EditResponse(_) | Purpose::Update(_) => 0,
        };
    if flags & !allowed != 0 {
        problems.push(Problem::new(
            "flags",
            "flags",
            format!("flags {:#b} cannot be set here", flags & !allowed),
        ));
    }
    let before = match purpose {
        Purpose::Edit(message) | Purpose::EditResponse(message) | Purpose::Update(message) => {
            message.flags
        }
        _ => flags,
    };
    if before & COMPONENTS_V2 != 0 && !body["flags"].is_null() && flags & COMPONENTS_V2 == 0 {
        problems.push(Problem::new(
            "flags",
            "flags",
            "IS_COMPONENTS_V2 cannot be taken back",
        ));
    }
    let has_other = body["content"]
        .as_str()
        .is_some_and(|content| !content.is_empty())
        || !list(body, "embeds").is_empty()
        || body["poll"].is_object();
    if is_v2(body, purpose) && has_other {
        let sentence = "content, embeds and polls cannot be used with IS_COMPONENTS_V2";
        problems.push(Problem::new("components-v2", "flags", sentence));
    }
}

fn embeds(embeds: &[Value], problems: &mut Vec<Problem>) {
    let mut n_chars = 0;
    for (number, embed) in embeds.iter().enumerate() {
        let fields = list(embed, "fields");
        let texts = [
            &embed["title"],
            &embed["description"],
            &embed["footer"]["text"],
            &embed["author"]["name"],
        ];
        let of_fields = fields
            .iter()
            .flat_map(|field| [&field["name"], &field["value"]]);
        let texts: Vec<&str> = texts
            .into_iter()
            .chain(of_fields)
            .filter_map(Value::as_str)
            .collect();
        n_chars += texts.iter().map(|text| length(text)).sum::<usize>();
        let has_media = ["image", "thumbnail", "video"]
            .iter()
            .any(|key| embed[*key].is_object());
        if texts.iter().all(|text| text.trim().is_empty()) && !has_media {
            problems.push(Problem::new(
                "embed-empty",
                format!("embeds.{number}"),
                "the embed shows nothing",
            ));
        }
        for (position, field) in fields.iter().enumerate() {
            for key in ["name", "value"] {
                if field[key]
                    .as_str()
                    .is_none_or(|text| text.trim().is_empty())
                {
                    let at = format!("embeds.{number}.fields.{position}.{key}");
                    problems.push(Problem::new("embed-field", at, "This field is required"));
                }
            }
        }
    }
    if n_chars > MAX_EMBEDS {
        let sentence = format!("Embed size {n_chars} exceeds maximum size of {MAX_EMBEDS}");
        problems.push(Problem::new("embeds-length", "embeds", sentence));
    }
}

/// Whether a message would show nothing. Components alone show nothing without their flag.
pub fn is_empty(body: &Value, has_files: bool, purpose: Purpose<'_>) -> bool {
    let before = match purpose {
        Purpose::Send | Purpose::FollowUp | Purpose::Respond => None,
        Purpose::Edit(message) | Purpose::EditResponse(message) | Purpose::Update(message) => {
            Some(message)
        }
    };
    let shows = |key: &str, kept: bool| match body.get(key) {
        None => kept,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(values)) => !values.is_empty(),
        Some(value) => value.is_object(),
    };
    let kept = |keeps: fn(&super::world::Message) -> bool| before.is_some_and(keeps);
    !(has_files
        || shows("content", kept(|message| !message.content.is_empty()))
        || shows("embeds", kept(|message| !message.embeds.is_empty()))
        || shows(
            "attachments",
            kept(|message| !message.attachments.is_empty()),
        )
        || shows("sticker_ids", false)
        || shows("poll", false)
        || is_v2(body, purpose)
            && shows("components", kept(|message| !message.components.is_empty())))
}

/// A deferral (kinds 5 and 6) says nothing but whether the answer will be private.
pub fn deferral(body: &Value) -> Vec<Problem> {
    let name = if body["type"] == 5 {
        "CreateMessageInteractionCallbackRequest"
    } else {
        "UpdateMessageInteractionCallbackRequest"
    };
    let mut problems = schema::problems(name, body);
    let flags = body["data"]["flags"].as_u64().unwrap_or_default();
    if flags & !EPHEMERAL != 0 {
        let sentence = format!("a deferral takes no flag but EPHEMERAL, not {flags}");
        problems.push(Problem::new("defer-flags", "data.flags", sentence));
    }
    let is_said = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    };
    for key in ["content", "embeds", "components", "attachments"] {
        if is_said(&body["data"][key]) {
            let sentence = format!("a deferral shows no `{key}`");
            problems.push(Problem::new(
                "defer-content",
                format!("data.{key}"),
                sentence,
            ));
        }
    }
    problems
}

/// The choices of an autocompletion (kind 8).
pub fn choices(body: &Value) -> Vec<Problem> {
    let choices = list(&body["data"], "choices");
    let name = match choices.first().map(|choice| &choice["value"]) {
        Some(Value::Number(number)) if number.is_f64() => {
            "InteractionApplicationCommandAutocompleteCallbackNumberData"
        }
        Some(Value::Number(_)) => "InteractionApplicationCommandAutocompleteCallbackIntegerData",
        _ => "InteractionApplicationCommandAutocompleteCallbackStringData",
    };
    let mut problems = schema::problems(name, &body["data"]);
    if choices.len() > MAX_CHOICES {
        let sentence = format!("{} choices, must be {MAX_CHOICES} or fewer", choices.len());
        problems.push(Problem::new("choices", "data.choices", sentence));
    }
    for (number, choice) in choices.iter().enumerate() {
        for key in ["name", "value"] {
            let n_chars = choice[key].as_str().map_or(1, length);
            if n_chars > MAX_CHOICE || n_chars == 0 && key == "name" {
                let sentence = format!("{n_chars} characters, must be between 1 and {MAX_CHOICE}");
                problems.push(Problem::new(
                    "choice-length",
                    format!("data.choices.{number}.{key}"),
                    sentence,
                ));
            }
        }
    }
    problems
}
