//! Names and descriptions of commands in other languages: German, French, Spanish, Brazilian
//! Portuguese and Italian.
//!
//! The words are in `localisation.txt`, one section a command (`ask`), subcommand (`articles list`) or
//! option (`ask question`), one line a language, so that a translator needs no Rust. A menu command
//! goes by the name of its function and has no description. Discord wants names in lower case (but of
//! menus), of 1 to 32 characters, and descriptions of 1 to 100; a test checks that, and that no
//! command is missing.

use std::borrow::Cow;
use std::collections::HashMap;

use super::commands::Command;

/// The languages, as Discord writes them.
#[cfg(test)]
const LOCALES: [&str; 5] = ["de", "fr", "es-ES", "pt-BR", "it"];

const TABLE: &str = include_str!("localisation.txt");

/// Names and descriptions of one command by language, in the order of the table.
#[derive(Default)]
struct Words {
    names: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    descriptions: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

/// Adds the table's words to commands, their subcommands and options. What the table does not list
/// stays English.
pub(super) fn apply(commands: &mut [Command]) {
    let table = table();
    for command in commands {
        localise(command, "", &table);
    }
}

/// The table by path. Lines that are neither a section nor words are comments.
fn table() -> HashMap<&'static str, Words> {
    let mut table: HashMap<&'static str, Words> = HashMap::new();
    let mut path = "";
    for line in TABLE.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            path = section;
        } else if !line.starts_with('#')
            && let Some((locale, words)) = line.split_once(" = ")
        {
            let (name, description) = words.split_once(" | ").unwrap_or((words, ""));
            let entry = table.entry(path).or_default();
            let locale = Cow::Borrowed(locale);
            entry.names.push((locale.clone(), Cow::Borrowed(name)));
            if !description.is_empty() {
                entry
                    .descriptions
                    .push((locale, Cow::Borrowed(description)));
            }
        }
    }
    table
}

fn localise(command: &mut Command, parent: &str, table: &HashMap<&'static str, Words>) {
    let path = match parent {
        "" => command.name.to_string(),
        parent => format!("{parent} {}", command.name),
    };
    if let Some(words) = table.get(path.as_str()) {
        command.name_localizations = words.names.clone().into();
        command.description_localizations = words.descriptions.clone().into();
    }
    for parameter in &mut command.parameters {
        if let Some(words) = table.get(format!("{path} {}", parameter.name).as_str()) {
            parameter.name_localizations = words.names.clone().into();
            parameter.description_localizations = words.descriptions.clone().into();
        }
    }
    for subcommand in &mut command.subcommands {
        localise(subcommand, &path, table);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::discord::commands;

    fn is_name(name: &str) -> bool {
        let may_be = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        name.chars().all(may_be) && name == name.to_lowercase()
    }

    /// A command, its options, subcommands and theirs.
    fn check(command: &Command, is_menu: bool) {
        for (words, max_chars, wanted) in [
            (&command.name_localizations, 32, true),
            (&command.description_localizations, 100, !is_menu),
        ] {
            let locales: Vec<&str> = words.iter().map(|(locale, _)| &**locale).collect();
            let expected: &[&str] = if wanted { &LOCALES } else { &[] };
            assert_eq!(locales, expected, "{}", command.qualified_name);
            for (_, text) in words.iter() {
                assert!((1..=max_chars).contains(&text.chars().count()), "{text}");
            }
        }
        for (_, name) in command.name_localizations.iter().filter(|_| !is_menu) {
            assert!(is_name(name), "{name}");
        }
        let options = command.parameters.iter().filter(|_| !is_menu);
        let mut names = HashSet::new();
        for option in options {
            for (words, max_chars) in [
                (&option.name_localizations, 32),
                (&option.description_localizations, 100),
            ] {
                let locales: Vec<&str> = words.iter().map(|(locale, _)| &**locale).collect();
                let of = (&command.qualified_name, &option.name);
                assert_eq!(locales, LOCALES, "{of:?}");
                for (_, text) in words.iter() {
                    assert!((1..=max_chars).contains(&text.chars().count()), "{text}");
                }
            }
            for name in option.name_localizations.iter() {
                assert!(is_name(&name.1), "{}", name.1);
                assert!(
                    names.insert(name),
                    "{name:?} twice in {}",
                    command.qualified_name
                );
            }
        }
        for subcommand in &command.subcommands {
            check(subcommand, false);
        }
    }

    #[test]
    fn every_command_and_option_has_every_language_and_keeps_discords_rules() {
        for command in commands::all() {
            check(&command, command.context_menu_action.is_some());
        }
    }

    #[test]
    fn every_section_of_the_table_belongs_to_a_command() {
        fn paths(command: &Command, parent: &str, into: &mut Vec<String>) {
            let path = format!("{parent} {}", command.name).trim().to_owned();
            let options = command.parameters.iter();
            into.extend(options.map(|option| format!("{path} {}", option.name)));
            for subcommand in &command.subcommands {
                paths(subcommand, &path, into);
            }
            into.push(path);
        }
        let mut known = Vec::new();
        for command in commands::all() {
            paths(&command, "", &mut known);
        }
        for section in table().keys() {
            assert!(known.iter().any(|path| path == section), "[{section}]");
        }
    }
}
