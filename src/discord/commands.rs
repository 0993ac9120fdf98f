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

#[cfg(test)]
mod tests {
    /// Calls `check` with every option of a command and of its subcommands.
    fn options(option: &serde_json::Value, check: &mut impl FnMut(&serde_json::Value)) {
        check(option);
        for option in option["options"].as_array().into_iter().flatten() {
            options(option, check);
        }
    }

    #[test]
    fn whole_numbers_have_bounds_that_we_can_hold() {
        let commands = poise::builtins::create_application_commands(&super::all());
        let mut n_checked = 0;
        for command in serde_json::to_value(commands).unwrap().as_array().unwrap() {
            for option in command["options"].as_array().into_iter().flatten() {
                options(option, &mut |option| {
                    let has_choices = option["choices"]
                        .as_array()
                        .is_some_and(|all| !all.is_empty());
                    if option["type"] == 4 && !has_choices {
                        let bound = |name: &str| option[name].as_f64().unwrap();
                        assert!(bound("min_value") >= 1.0, "{option}");
                        assert!(bound("max_value") <= f64::from(u32::MAX), "{option}");
                        n_checked += 1;
                    }
                });
            }
        }
        assert_eq!(n_checked, 4);
    }
}
