//! The integration tests, one binary: the library at its boundary, and the program as a process.
//!
//! Each test makes its own folder and its own articles. None asks the network or the clock, none
//! sleeps, and none depends on another. `support` has the articles and the ways to use them.
#![allow(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` covers test functions, not the helpers they share"
)]

mod adding;
mod cli;
mod discord;
mod doctor;
mod engine;
mod fake;
#[path = "../fake_discord/mod.rs"]
mod fake_discord;
mod faults;
mod feeds;
mod fetch;
mod formats;
mod isolation;
mod kill;
mod library;
mod loading;
mod pages;
mod rebuilding;
mod relevance;
mod repository;
mod site;
mod spelling;
mod summaries;
mod support;
#[path = "../../examples/playground/terminal.rs"]
mod terminal;
