//! The bot, end to end: the real client library against the fake Discord.

mod asking;
mod browsing;
mod busy;
mod editing;
mod faults;
mod follow_ups;
mod harness;
mod isolation;
mod loads;
mod manners;
mod overhearing;
mod process;
mod settings;
mod summaries;
