//! Quoth answers questions from a corpus of articles in the articles' own words.
//!
//! The program `quoth` is a thin shell around [`cli`]; everything it does goes through
//! [`engine::Engine`]. ARCHITECTURE.md has the map.

pub mod answer;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod discord;
pub mod document;
pub mod engine;
pub mod eval;
pub mod extract;
pub mod feeds;
pub mod fetch;
pub mod index;
pub mod neural;
pub mod retrieve;
pub mod store;
pub mod summary;
pub mod telemetry;
pub mod text;
