//! Short notices: what went wrong, what to do instead.

use super::Message;
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
        UserError::Loading => {
            "Other articles are being loaded; please try again in a minute.".to_owned()
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
        UserError::Other(text) => other(text),
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

/// An error of elsewhere as a sentence. What it names stands between backquotes, where nothing means
/// anything; if one of the names holds a backquote itself, all of it is escaped.
fn other(text: &str) -> String {
    let text = super::escape::shortened(text, 900);
    match text.matches('`').count() % 2 {
        0 => sentence(&text),
        _ => sentence(&super::escape::escape(&text, true)),
    }
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

/// Thanks for a vote.
pub fn thanks(helpful: bool) -> Message {
    Message::text(match helpful {
        true => "Thank you, that is noted.",
        false => "Thank you, that is noted. *Ask more* lets you put the question differently.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::QueryError;
    use proptest::prelude::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        let all = [
            UserError::Question(QueryError::TooLong),
            UserError::Article("L`9".to_owned()),
            UserError::Date("tomorrow".to_owned()),
            UserError::DatesCrossed,
            UserError::TooFast { seconds: 1 },
            UserError::GuildTooFast { seconds: 3 },
            UserError::Busy,
            UserError::Loading,
            UserError::Stopping,
            UserError::OldButton,
            UserError::NotHere,
            UserError::AnswerGone,
            UserError::NotYours,
            UserError::NotEditor,
            UserError::NotManager,
            UserError::GuildOnly,
            UserError::ElsewhereOnly {
                channels: vec![1, 2],
            },
            UserError::NoText,
            UserError::Outdated,
            UserError::Other("there is no text".to_owned()),
        ];
        let lines: Vec<String> = all.iter().map(|error| refusal(error).content).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        The question is too long; it may have at most 500 characters.
        There is no article `L'9` here. Choose one of the titles that are offered while you type.
        `tomorrow` is not a date I can read. Write it as `2025-03-18`.
        The first day is after the last one: no article can match.
        That was a lot at once. Please try again in 1 second.
        This server asks more than I can answer right now. Please try again in 3 seconds.
        I have more questions than I can answer right now. Please ask again in a minute.
        Other articles are being loaded; please try again in a minute.
        I am being restarted. Please ask again in a minute.
        This button no longer works. Please ask again.
        This button does not work here.
        This answer is no longer kept. Please ask again.
        Only the person who asked can do this.
        Only people who manage this server, or have its editor role, can do this.
        Only people who manage this server can do this.
        This works in a server only; here I can answer questions.
        I answer in public only in <#1>, <#2>. Use `/ask` here and you alone see the answer.
        I cannot see what you wrote. Mention me in the message, or press *Ask more*.
        This command has changed. Please type it again in a minute; Discord needs that long.
        There is no text.
        ");
        insta::assert_snapshot!(incident("1a2b3c4d").content, @"Something went wrong on my side; it has been noted as `1a2b3c4d`. Please try again.");
        insta::assert_snapshot!(greeting().content, @"Ask me something, for example: *what did Putin refuse?* I answer from articles, in their own words. `/quoth help` says more.");
    }

    proptest! {
        #[test]
        fn what_was_typed_breaks_no_refusal(typed in super::super::hostile::title()) {
            for error in [UserError::Article(typed.clone()), UserError::Date(typed.clone())] {
                prop_assert_eq!(refusal(&error).check(), Ok(()));
            }
        }
    }
}
