//! The commands, one file each. Every handler has five steps: check, acknowledge, work, render, reply.

use std::sync::Arc;

use super::Data;
use super::error::Failure;

mod article;
mod articles;
mod ask;
mod menu;
mod quoth;
mod summary;

/// What a handler is given.
pub(super) type Context<'a> = poise::ApplicationContext<'a, Arc<Data>, Failure>;
/// A command as poise knows it.
pub(super) type Command = poise::Command<Arc<Data>, Failure>;

/// All commands, with their names and descriptions in every language we have.
pub(super) fn all() -> Vec<Command> {
    let mut commands = vec![
        ask::ask(),
        articles::articles(),
        article::article(),
        article::add_message(),
        quoth::quoth(),
        menu::ask_about(),
        summary::summary(),
        summary::digest(),
    ];
    super::localisation::apply(&mut commands);
    poise::framework::set_qualified_names(&mut commands);
    commands
}
