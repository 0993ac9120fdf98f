//! The bot, end to end: the real client library against the fake Discord.

mod asking;
mod harness;
