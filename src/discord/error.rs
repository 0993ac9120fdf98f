//! Two kinds of failure: what the asker can do something about, and what only the operator can.

use std::fmt;

use crate::engine::EngineError;
use crate::retrieve::QueryError;

/// Something the asker is told, worded for them by `render::notice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UserError {
    /// The question cannot be asked.
    Question(QueryError),
    /// No such article here.
    Article(String),
    /// No article answers what nobody asked the bot; told to nobody.
    NoAnswer,
    /// Nothing of a title was typed.
    NoTitle,
    /// Not a date.
    Date(String),
    /// `since` after `until`.
    DatesCrossed,
    /// Too many requests of one person.
    TooFast {
        /// When to try again.
        seconds: u64,
    },
    /// Too many requests of one guild.
    GuildTooFast {
        /// When to try again.
        seconds: u64,
    },
    /// Too many requests of everybody.
    Busy,
    /// Other loads of articles come first.
    Loading,
    /// The bot is about to stop.
    Stopping,
    /// A name of a button that is none of ours, or no longer.
    OldButton,
    /// A button of another channel or guild.
    NotHere,
    /// The answer was deleted.
    AnswerGone,
    /// The answer is public already.
    Shared,
    /// The preview was decided or waited too long.
    PreviewGone,
    /// Somebody else's.
    NotYours,
    /// Needs the editor role or Manage Server.
    NotEditor,
    /// Needs Manage Server.
    NotManager,
    /// Works in a guild only.
    GuildOnly,
    /// Public answers are given in other channels only.
    ElsewhereOnly {
        /// Which.
        channels: Vec<u64>,
    },
    /// A channel that settings do not name.
    NotNamed {
        /// Which.
        channel: u64,
        /// Whether they name others.
        is_any: bool,
    },
    /// The only channel that settings name: without it every channel would be one.
    LastChannel {
        /// Which.
        channel: u64,
    },
    /// The bot may not send messages in a channel.
    CannotWrite {
        /// Which.
        channel: u64,
    },
    /// Discord did not hand out the text of a message.
    NoText,
    /// Discord's copy of a command is older than ours.
    Outdated,
    /// Anything else: a lower-case message as of any error.
    Other(String),
}

/// Why a request did not end as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The asker is told why.
    User(UserError),
    /// The asker is told an incident id; the chain is logged under it.
    Fault(anyhow::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::User(error) => write!(f, "{error:?}"),
            Failure::Fault(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Failure {
        Failure::User(error)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Failure {
        Failure::User(UserError::Question(error))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Failure {
        Failure::Fault(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Fault(error)
    }
}

/// Names a fault to the asker and in the log: eight characters, different for every fault of a run and
/// most likely for those of other runs.
pub(super) fn incident_id(now_unix_ms: i64, n_before: u64) -> String {
    // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): mixes, hides nothing.
    let mut z = (now_unix_ms as u64)
        .wrapping_add(n_before.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("{:08x}", (z ^ (z >> 31)) as u32)
}
