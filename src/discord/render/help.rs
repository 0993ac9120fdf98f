//! Help, about, privacy and settings.

use super::{Button, Look, Message};
use crate::discord::components::Press;
use crate::store::{DEFAULT_RETENTION_DAYS, GuildSettings};

/// Channels listed by name.
const MAX_LISTED: usize = 15;

/// What the bot can do, in a few lines.
pub fn help() -> Message {
    Message::text(
        "**Ask me about the articles I know. I answer in their own words, with the source.**\n\
         - `/ask` with your question; `private` shows the answer to you alone, `article`, `since` and \
         `until` narrow it down\n\
         - or mention me in a message, or write to me directly\n\
         - reply to an answer, or press *Ask more*, to ask on: “and when?” is understood\n\
         - *Share* under a private answer shows it to the channel\n\
         - right-click a message, *Apps*, *Ask about this*: the message is the question\n\
         - `/summary article`, `/summary topic`, `/digest`: the articles' main sentences, word for word\n\
         - `/articles list`, `search`, `show`, `stats`: what I know\n\
         - `/quoth about`, `/quoth privacy`: who I am, and what I keep\n\
         If no article answers, I say so.\n\
         **For those who manage this server or have its editor role**\n\
         - `/article add`: load files, a page or a text; or right-click a message, *Apps*, *Add to articles*\n\
         - `/article replace`, `remove`, `restore`, `history`: change an article and go back\n\
         - `/article export`: save one article or all\n\
         - `/quoth settings` (managers only): where and how I answer, who may change articles",
    )
}

/// What the bot is, and how many articles a question here is asked of: those of the library, unless
/// it is switched off, and of this server, if it is one.
pub fn about(n_library: Option<u64>, n_own: Option<u64>) -> Message {
    let counted = |n: u64, of: &str| match n {
        0 => format!("none of {of}"),
        n => format!("{n} {} of {of}", plural(n, "article")),
    };
    let counts: Vec<String> = [
        n_own.map(|n| counted(n, "this server")),
        n_library.map(|n| counted(n, "the library")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let asked = counts.join(" and ");
    Message::text(format!(
        "**Quoth {}** answers questions from articles, word for word. Nothing is made up: there is no \
         language model that writes, only a search and a small reader that points at the words that \
         answer.\nA question asked here is asked of {asked}.\n\
         A quote can be out of context, and an article can be wrong: read the source.",
        env!("CARGO_PKG_VERSION")
    ))
}

/// What is kept of a person and how to have it deleted. `reads_all`: the operator lets the bot read
/// messages that are not sent to it.
pub fn privacy(
    user: u64,
    n_questions: u64,
    n_votes: u64,
    settings: &GuildSettings,
    reads_all: bool,
) -> Message {
    let read = match reads_all {
        true => {
            "Discord sends me every message here; I look only at those that mention me, reply to me or \
             are sent to me, and at questions to nobody in particular in the channels that \
             `/quoth settings` names, and of these I keep only those I answer."
        }
        false => "I read no messages but those that mention me, reply to me or are sent to me.",
    };
    Message::text(format!(
        "**What I keep.** Of each question: its words, who asked, when, in which channel, and which \
         places of which articles I quoted; of each 👍 or 👎: who gave it. That is what the buttons and \
         follow-up questions need. Questions asked here are deleted after {} {}, those of direct \
         messages after {DEFAULT_RETENTION_DAYS} days. {read} What is brought to `/article add` waits for \
         *Publish* for a day, then I delete it. Who changed an article or a setting is kept with it, \
         until they have their data deleted.\n\
         **Who sees it.** What I keep leaves the computer I run on only as my answers here. Its operator \
         can see it. I fetch the pages and feeds that editors and the operator name; those sites do not \
         learn who named them.\n\
         **Of you** I keep {n_questions} {} and {n_votes} {}, over all servers.",
        settings.retention_days,
        plural(settings.retention_days.into(), "day"),
        plural(n_questions, "question"),
        plural(n_votes, "vote"),
    ))
    .with_row(vec![
        Button::new("Delete my data", Press::Forget { user }).looking(Look::Danger),
    ])
}

/// What was deleted: questions, votes, what waits in previews, and the name at changes.
pub fn forgotten(n_deleted: u64) -> Message {
    Message::text(match n_deleted {
        0 => "I keep nothing of you.",
        _ => "Done: all of it is deleted. I keep nothing more of you.",
    })
}

/// The settings of a guild; `changed` says what was just changed.
pub fn settings(settings: &GuildSettings, changed: &[String]) -> Message {
    let mut content = String::new();
    if !changed.is_empty() {
        content.push_str(&format!("**Changed:** {}.\n", changed.join("; ")));
    }
    content.push_str("**Settings of this server**\n");
    let places = match settings.channels.as_slice() {
        [] => "everywhere".to_owned(),
        channels => {
            let mut listed: Vec<String> = channels
                .iter()
                .take(MAX_LISTED)
                .map(|id| format!("<#{id}>"))
                .collect();
            if channels.len() > MAX_LISTED {
                listed.push(format!("and {} more", channels.len() - MAX_LISTED));
            }
            format!(
                "only in {}; elsewhere the asker alone sees them",
                listed.join(", ")
            )
        }
    };
    content.push_str(&format!("- Public answers: {places}\n"));
    content.push_str(&format!(
        "- Answers unless the question says otherwise: {}\n",
        match settings.private {
            true => "private",
            false => "public",
        }
    ));
    content.push_str(&format!(
        "- Library: {}\n",
        match settings.library {
            true => "asked too",
            false => "switched off",
        }
    ));
    content.push_str(&format!(
        "- Articles are changed by: those who manage the server{}\n",
        match settings.editor_role {
            Some(role) => format!(" and <@&{role}>"),
            None => String::new(),
        }
    ));
    if settings.editor_role.is_some() {
        content.push_str(
            "-# That role sees `/article` only after an admin has allowed it the command under *Server \
             Settings* → *Integrations*.\n",
        );
    }
    content.push_str(&format!(
        "- Changes are told in: {}\n",
        match settings.log_channel {
            Some(channel) => format!("<#{channel}>"),
            None => "no channel".to_owned(),
        }
    ));
    content.push_str(&format!(
        "- Questions are kept for: {} {}\n",
        settings.retention_days,
        plural(settings.retention_days.into(), "day")
    ));
    Message::text(content)
}

/// A change as it is told in the log channel.
pub fn log(user: u64, what: &str) -> Message {
    Message::text(format!("<@{user}> {what}"))
}

fn plural(n: u64, word: &str) -> String {
    match n {
        1 => word.to_owned(),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_about_and_privacy() {
        insta::assert_snapshot!(help().content, @"
        **Ask me about the articles I know. I answer in their own words, with the source.**
        - `/ask` with your question; `private` shows the answer to you alone, `article`, `since` and `until` narrow it down
        - or mention me in a message, or write to me directly
        - reply to an answer, or press *Ask more*, to ask on: “and when?” is understood
        - *Share* under a private answer shows it to the channel
        - right-click a message, *Apps*, *Ask about this*: the message is the question
        - `/summary article`, `/summary topic`, `/digest`: the articles' main sentences, word for word
        - `/articles list`, `search`, `show`, `stats`: what I know
        - `/quoth about`, `/quoth privacy`: who I am, and what I keep
        If no article answers, I say so.
        **For those who manage this server or have its editor role**
        - `/article add`: load files, a page or a text; or right-click a message, *Apps*, *Add to articles*
        - `/article replace`, `remove`, `restore`, `history`: change an article and go back
        - `/article export`: save one article or all
        - `/quoth settings` (managers only): where and how I answer, who may change articles
        ");
        for (n_library, n_own, expected) in [
            (None, Some(1), "of 1 article of this server."),
            (Some(48), None, "of 48 articles of the library."),
            (
                Some(48),
                Some(0),
                "of none of this server and 48 articles of the library.",
            ),
            (None, Some(0), "of none of this server."),
        ] {
            let about = about(n_library, n_own).content;
            assert!(about.contains(expected), "{about}");
        }
        insta::assert_snapshot!(about(Some(48), Some(3)).content, @"
        **Quoth 0.1.0** answers questions from articles, word for word. Nothing is made up: there is no language model that writes, only a search and a small reader that points at the words that answer.
        A question asked here is asked of 3 articles of this server and 48 articles of the library.
        A quote can be out of context, and an article can be wrong: read the source.
        ");
        let message = privacy(7, 1, 2, &GuildSettings::default(), true);
        message.check().unwrap();
        assert!(
            message
                .content
                .contains("Discord sends me every message here")
        );
        let message = privacy(7, 1, 2, &GuildSettings::default(), false);
        message.check().unwrap();
        insta::assert_snapshot!(message.content, @"
        **What I keep.** Of each question: its words, who asked, when, in which channel, and which places of which articles I quoted; of each 👍 or 👎: who gave it. That is what the buttons and follow-up questions need. Questions asked here are deleted after 90 days, those of direct messages after 90 days. I read no messages but those that mention me, reply to me or are sent to me. What is brought to `/article add` waits for *Publish* for a day, then I delete it. Who changed an article or a setting is kept with it, until they have their data deleted.
        **Who sees it.** What I keep leaves the computer I run on only as my answers here. Its operator can see it. I fetch the pages and feeds that editors and the operator name; those sites do not learn who named them.
        **Of you** I keep 1 question and 2 votes, over all servers.
        ");
        insta::assert_snapshot!(forgotten(0).content, @"I keep nothing of you.");
        insta::assert_snapshot!(forgotten(3).content, @"Done: all of it is deleted. I keep nothing more of you.");
    }

    #[test]
    fn settings_are_listed_within_a_message_however_many_channels() {
        insta::assert_snapshot!(settings(&GuildSettings::default(), &[]).content, @"
        **Settings of this server**
        - Public answers: everywhere
        - Answers unless the question says otherwise: public
        - Library: asked too
        - Articles are changed by: those who manage the server
        - Changes are told in: no channel
        - Questions are kept for: 90 days
        ");
        let many = GuildSettings {
            library: false,
            private: true,
            editor_role: Some(u64::MAX),
            log_channel: Some(u64::MAX),
            channels: (0..50).map(|n| u64::MAX - n).collect(),
            retention_days: 3_650,
        };
        let message = settings(&many, &["the library is switched off".to_owned()]);
        message.check().unwrap();
        insta::assert_snapshot!(message.content, @"
        **Changed:** the library is switched off.
        **Settings of this server**
        - Public answers: only in <#18446744073709551615>, <#18446744073709551614>, <#18446744073709551613>, <#18446744073709551612>, <#18446744073709551611>, <#18446744073709551610>, <#18446744073709551609>, <#18446744073709551608>, <#18446744073709551607>, <#18446744073709551606>, <#18446744073709551605>, <#18446744073709551604>, <#18446744073709551603>, <#18446744073709551602>, <#18446744073709551601>, and 35 more; elsewhere the asker alone sees them
        - Answers unless the question says otherwise: private
        - Library: switched off
        - Articles are changed by: those who manage the server and <@&18446744073709551615>
        -# That role sees `/article` only after an admin has allowed it the command under *Server Settings* → *Integrations*.
        - Changes are told in: <#18446744073709551615>
        - Questions are kept for: 3650 days
        ");
    }
}
