//! Short notices: what went wrong, what to do instead.

use super::Message;
use crate::discord::error::UserError;

/// Channels that are named; of more, only their number.
const MAX_LISTED: usize = 5;

/// What a person is told when a request of theirs cannot be met.
pub(in crate::discord) fn refusal(error: &UserError) -> Message {
    let text = match error {
        UserError::Question(error) => sentence(&error.to_string()),
        UserError::Article(name) => format!(
            "There is no article `{}` here. Choose one of the titles that are offered while you type.",
            plain(name)
        ),
        UserError::NoAnswer => "No article answers that.".to_owned(),
        UserError::NoTitle => "Type a word of the title.".to_owned(),
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
        UserError::Shared => "This answer is public already.".to_owned(),
        UserError::PreviewGone => {
            "This preview was already decided or has expired. Use `/article add` again.".to_owned()
        }
        UserError::NotYours => "Only the person who asked can do this.".to_owned(),
        UserError::NotEditor => {
            "Only people who manage this server, or have its editor role, can do this.".to_owned()
        }
        UserError::NotManager => "Only people who manage this server can do this.".to_owned(),
        UserError::GuildOnly => {
            "This works in a server only; here I can answer questions.".to_owned()
        }
        UserError::ElsewhereOnly { channels } => {
            let mut listed: Vec<String> = channels
                .iter()
                .take(MAX_LISTED)
                .map(|id| format!("<#{id}>"))
                .collect();
            if channels.len() > MAX_LISTED {
                listed.push(format!("and {} more", channels.len() - MAX_LISTED));
            }
            format!(
                "I answer in public only in {}. Use `/ask` here and you alone see the answer.",
                listed.join(", ")
            )
        }
        UserError::NotNamed {
            channel,
            is_any: true,
        } => format!(
            "<#{channel}> is not named itself; where a category is, take that away instead."
        ),
        UserError::NotNamed {
            channel,
            is_any: false,
        } => format!(
            "No channel is named, so answers are public everywhere, in <#{channel}> too. Name with \
             `add-channel` those where they may be."
        ),
        UserError::LastChannel { channel } => format!(
            "<#{channel}> is the only channel with public answers; without it they would be public \
             everywhere. Add another one first, or, if everywhere is meant, choose `reset`."
        ),
        UserError::CannotWrite { channel } => format!(
            "I cannot write in <#{channel}>; let me see it and send messages there, or choose another \
             text channel."
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
        "Ask me something that an article may answer; I reply in the articles' own words. `/articles \
         list` shows what I know, `/quoth help` says more.",
    )
}

/// What a person is told who named the bot's role, so that Discord hides what they wrote.
pub fn not_my_role(me: u64) -> Message {
    Message::text(format!(
        "Please mention <@{me}> itself, not the role of the same name: I cannot read messages that name \
         only the role."
    ))
}

/// An error of elsewhere as a sentence. What it names stands between backquotes, where nothing means
/// anything; the rest is escaped, since a name that holds backquotes itself reaches out of them. If
/// they do not pair, all of it is escaped.
fn other(text: &str) -> String {
    let text = super::escape::shortened(text, 900);
    if text.matches('`').count() % 2 == 1 || text.contains("``") {
        return sentence(&super::escape::escape(&text, true));
    }
    let parts = text
        .split('`')
        .enumerate()
        .map(|(part_idx, part)| match part_idx % 2 {
            0 => super::escape::escape(part, part_idx == 0),
            _ => part.to_owned(),
        });
    sentence(&parts.collect::<Vec<_>>().join("`"))
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
            UserError::NoAnswer,
            UserError::NoTitle,
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
            UserError::Shared,
            UserError::PreviewGone,
            UserError::NotYours,
            UserError::NotEditor,
            UserError::NotManager,
            UserError::GuildOnly,
            UserError::ElsewhereOnly {
                channels: vec![1, 2],
            },
            UserError::ElsewhereOnly {
                channels: (1..=8).collect(),
            },
            UserError::NotNamed {
                channel: 9,
                is_any: true,
            },
            UserError::NotNamed {
                channel: 9,
                is_any: false,
            },
            UserError::LastChannel { channel: 9 },
            UserError::CannotWrite { channel: 9 },
            UserError::NoText,
            UserError::Outdated,
            UserError::Other("there is no text".to_owned()),
        ];
        let lines: Vec<String> = all.iter().map(|error| refusal(error).content).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        The question is too long; it may have at most 500 characters.
        There is no article `L'9` here. Choose one of the titles that are offered while you type.
        No article answers that.
        Type a word of the title.
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
        This answer is public already.
        This preview was already decided or has expired. Use `/article add` again.
        Only the person who asked can do this.
        Only people who manage this server, or have its editor role, can do this.
        Only people who manage this server can do this.
        This works in a server only; here I can answer questions.
        I answer in public only in <#1>, <#2>. Use `/ask` here and you alone see the answer.
        I answer in public only in <#1>, <#2>, <#3>, <#4>, <#5>, and 3 more. Use `/ask` here and you alone see the answer.
        <#9> is not named itself; where a category is, take that away instead.
        No channel is named, so answers are public everywhere, in <#9> too. Name with `add-channel` those where they may be.
        <#9> is the only channel with public answers; without it they would be public everywhere. Add another one first, or, if everywhere is meant, choose `reset`.
        I cannot write in <#9>; let me see it and send messages there, or choose another text channel.
        I cannot see what you wrote. Mention me in the message, or press *Ask more*.
        This command has changed. Please type it again in a minute; Discord needs that long.
        There is no text.
        ");
        insta::assert_snapshot!(incident("1a2b3c4d").content, @"Something went wrong on my side; it has been noted as `1a2b3c4d`. Please try again.");
        insta::assert_snapshot!(greeting().content, @"Ask me something that an article may answer; I reply in the articles' own words. `/articles list` shows what I know, `/quoth help` says more.");
        insta::assert_snapshot!(not_my_role(7).content, @"Please mention <@7> itself, not the role of the same name: I cannot read messages that name only the role.");
    }

    #[test]
    fn an_address_with_backquotes_links_nothing() {
        for (text, shown) in [
            ("`a.b` is gone", "`a.b` is gone."),
            (
                "`?q=`[x](https://e.org)` is gone",
                r"\`?q=\`\[x\](https\:\/\/e.org)\` is gone.",
            ),
            (
                "`?q=`[x](https://e.org)`y` is gone",
                r"`?q=`\[x\](https\:\/\/e.org)`y` is gone.",
            ),
        ] {
            assert_eq!(other(text), shown);
        }
    }

    proptest! {
        #[test]
        fn what_was_typed_breaks_no_refusal(typed in super::super::hostile::title()) {
            for error in [
                UserError::Article(typed.clone()),
                UserError::Date(typed.clone()),
                UserError::Other(typed.clone()),
            ] {
                prop_assert_eq!(refusal(&error).check(), Ok(()));
            }
        }
    }
}
