//! Short notices: what went wrong, what to do instead.

use super::Message;
use super::escape::escape;
use crate::discord::error::UserError;

/// What a person is told when a request of theirs cannot be met.
pub(in crate::discord) fn refusal(error: &UserError) -> Message {
    let text = match error {
        UserError::Question(error) => sentence(&error.to_string()),
        UserError::Article(name) => format!(
            "There is no article `{}` here. Choose one of the titles that are offered while you type.",
            plain(name)
        ),
        UserError::Date(typed) => format!(
            "`{}` is not a date I can read. Write it as `2025-03-18`.",
            plain(typed)
        ),
        UserError::DatesCrossed => {
            "The first day is after the last one: no article can match.".to_owned()
        }
        UserError::TooFast { seconds } => format!(
            "That was a lot at once. Please try again in {seconds} {}.",
            if *seconds == 1 { "second" } else { "seconds" }
        ),
        UserError::GuildTooFast { seconds } => format!(
            "This server asks more than I can answer right now. Please try again in {seconds} {}.",
            if *seconds == 1 { "second" } else { "seconds" }
        ),
        UserError::Busy => {
            "I have more questions than I can answer right now. Please ask again in a minute."
                .to_owned()
        }
        UserError::Stopping => "I am being restarted. Please ask again in a minute.".to_owned(),
        UserError::OldButton => "This button no longer works. Please ask again.".to_owned(),
        UserError::NotHere => "This button does not work here.".to_owned(),
        UserError::AnswerGone => "This answer is no longer kept. Please ask again.".to_owned(),
        UserError::NotYours => "Only the person who asked can do this.".to_owned(),
        UserError::NotEditor => {
            "Only people who manage this server, or have its editor role, can do this.".to_owned()
        }
        UserError::NotManager => "Only people who manage this server can do this.".to_owned(),
        UserError::GuildOnly => {
            "This works in a server only; here I can answer questions.".to_owned()
        }
        UserError::ElsewhereOnly { channels } => format!(
            "I answer in public only in {}. Use `/ask` here and you alone see the answer.",
            channels
                .iter()
                .take(5)
                .map(|id| format!("<#{id}>"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        UserError::NoText => {
            "I cannot see what you wrote. Mention me in the message, or press *Ask more*."
                .to_owned()
        }
        UserError::Outdated => {
            "This command has changed. Please type it again in a minute; Discord needs that long."
                .to_owned()
        }
        UserError::Other(text) => sentence(text),
    };
    Message::text(text)
}

/// What a person is told when something broke: one sentence, and the id under which the log has it.
pub fn incident(id: &str) -> Message {
    Message::text(format!(
        "Something went wrong on my side; it has been noted as `{id}`. Please try again."
    ))
}

/// A greeting to somebody who mentions the bot and asks nothing.
pub fn greeting() -> Message {
    Message::text(
        "Ask me something, for example: *what did Putin refuse?* I answer from articles, in their \
         own words. `/quoth help` says more.",
    )
}

/// An error's words as a sentence.
fn sentence(error: &str) -> String {
    let mut chars = error.chars();
    let text: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    };
    if text.ends_with(['.', '!', '?', '`']) && !text.ends_with('`') {
        text
    } else {
        format!("{text}.")
    }
}

/// Something typed, fit to stand between backquotes.
fn plain(typed: &str) -> String {
    let typed: String = super::escape::shortened(typed, 60);
    typed.replace('`', "'")
}

/// Words of a person as part of a sentence.
pub fn said(text: &str) -> String {
    escape(&super::escape::shortened(text, 200), false)
}

/// Thanks for a vote.
pub fn thanks(helpful: bool) -> Message {
    Message::text(match helpful {
        true => "Thank you, that is noted.",
        false => "Thank you, that is noted. *Ask more* lets you put the question differently.",
    })
}
