//! Rules of registered commands.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{Problem, length, list, schema};

/// Commands of one scope, by kind: slash, user menu, message menu.
pub const MAX_COMMANDS: [(u64, usize); 3] = [(1, 100), (2, 15), (3, 15)];
/// Options of a command, and choices of an option.
pub const MAX_OPTIONS: usize = 25;
/// Characters of names, descriptions and values of one command together.
pub const MAX_COMMAND: usize = 8_000;
/// Characters of a name.
pub const MAX_NAME: usize = 32;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 100;
const SUBCOMMAND: u64 = 1;
const SUBCOMMAND_GROUP: u64 = 2;
/// Languages that Discord knows.
const LOCALES: [&str; 32] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl",
    "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th",
    "zh-CN", "ja", "zh-TW", "ko",
];

/// Checks a list of commands that replaces all of a scope.
pub fn commands(body: &Value) -> Vec<Problem> {
    let Some(commands) = body.as_array() else {
        return vec![Problem::new("schema", "", "the body is no list")];
    };
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, body) in commands.iter().enumerate() {
        let found = schema::problems("ApplicationCommandUpdateRequest", body);
        problems.extend(
            found
                .into_iter()
                .chain(by_hand(body))
                .map(|problem| Problem {
                    at: format!("{number}.{}", problem.at),
                    ..problem
                }),
        );
        if !seen.insert((kind(body), body["name"].as_str())) {
            let sentence = "Application command names must be unique";
            problems.push(Problem::new(
                "command-duplicate",
                format!("{number}.name"),
                sentence,
            ));
        }
    }
    for (of_kind, most) in MAX_COMMANDS {
        let n_commands = commands.iter().filter(|body| kind(body) == of_kind).count();
        if n_commands > most {
            let sentence =
                format!("{n_commands} commands of kind {of_kind}, must be {most} or fewer");
            problems.push(Problem::new("command-count", "", sentence));
        }
    }
    problems
}

/// Checks one command.
pub fn command(body: &Value) -> Vec<Problem> {
    let mut problems = schema::problems("ApplicationCommandCreateRequest", body);
    problems.extend(by_hand(body));
    problems
}

fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

/// `^[-_\p{L}\p{N}]{1,32}$`, in lower case where there is one.
fn is_slash_name(name: &str) -> bool {
    let is_allowed = |c: char| {
        let group = c.general_category_group();
        matches!(c, '-' | '_') || matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number)
            // The exceptions of Discord's page: scripts whose letters need marks.
            || matches!(u32::from(c), 0x0900..=0x097F | 0x0E00..=0x0E7F)
    };
    (1..=MAX_NAME).contains(&length(name))
        && name.chars().all(is_allowed)
        && name.to_lowercase() == name
}

fn by_hand(command: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut n_chars = 0;
    if kind(command) == 1 {
        described(command, "", &mut n_chars, &mut problems);
        options(
            list(command, "options"),
            "options",
            0,
            &mut n_chars,
            &mut problems,
        );
    } else {
        let name = command["name"].as_str().unwrap_or_default();
        if !(1..=MAX_NAME).contains(&length(name)) {
            problems.push(Problem::new("command-name", "name", format!("`{name}`")));
        }
        if command["description"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
        {
            problems.push(Problem::new(
                "command-description",
                "description",
                "a menu command has none",
            ));
        }
        if !list(command, "options").is_empty() {
            problems.push(Problem::new(
                "command-options",
                "options",
                "a menu command has none",
            ));
        }
    }
    if n_chars > MAX_COMMAND {
        let sentence = format!("{n_chars} characters in all, must be {MAX_COMMAND} or fewer");
        problems.push(Problem::new("command-length", "", sentence));
    }
    problems
}

/// Name and description, with their translations.
fn described(object: &Value, at: &str, n_chars: &mut usize, problems: &mut Vec<Problem>) {
    let place = |key: &str| {
        if at.is_empty() {
            key.to_owned()
        } else {
            format!("{at}.{key}")
        }
    };
    let name = object["name"].as_str().unwrap_or_default();
    let description = object["description"].as_str().unwrap_or_default();
    let translated = |key: &str| object[key].as_object().into_iter().flatten();
    let names = translated("name_localizations").map(|(locale, name)| (locale.as_str(), name));
    let descriptions =
        translated("description_localizations").map(|(locale, text)| (locale.as_str(), text));
    let mut longest = [length(name), length(description)];
    if !is_slash_name(name) {
        problems.push(Problem::new(
            "command-name",
            place("name"),
            format!("`{name}` is no name of a command"),
        ));
    }
    for (locale, name) in names {
        let name = name.as_str().unwrap_or_default();
        longest[0] = longest[0].max(length(name));
        if !is_slash_name(name) || !LOCALES.contains(&locale) {
            let sentence = format!("`{name}` for `{locale}`");
            problems.push(Problem::new(
                "command-name",
                place("name_localizations"),
                sentence,
            ));
        }
    }
    if !(1..=MAX_DESCRIPTION).contains(&length(description)) {
        let sentence = format!(
            "{} characters, must be between 1 and {MAX_DESCRIPTION}",
            length(description)
        );
        problems.push(Problem::new(
            "command-description",
            place("description"),
            sentence,
        ));
    }
    for (locale, text) in descriptions {
        let n_chars = text.as_str().map_or(0, length);
        longest[1] = longest[1].max(n_chars);
        if !(1..=MAX_DESCRIPTION).contains(&n_chars) || !LOCALES.contains(&locale) {
            let sentence = format!("{n_chars} characters for `{locale}`");
            problems.push(Problem::new(
                "command-description",
                place("description_localizations"),
                sentence,
            ));
        }
    }
    *n_chars += longest.iter().sum::<usize>();
}

fn options(
    options: &[Value],
    at: &str,
    depth: usize,
    n_chars: &mut usize,
    problems: &mut Vec<Problem>,
) {
    let kind = |option: &Value| option["type"].as_u64().unwrap_or_default();
    let is_nesting = |option: &&Value| matches!(kind(option), SUBCOMMAND | SUBCOMMAND_GROUP);
    if options.len() > MAX_OPTIONS {
        let sentence = format!("{} options, must be {MAX_OPTIONS} or fewer", options.len());
        problems.push(Problem::new("option-count", at, sentence));
    }
    if options.iter().any(|option| is_nesting(&option))
        && !options.iter().all(|option| is_nesting(&option))
    {
        problems.push(Problem::new(
            "option-mix",
            at,
            "sub-commands and values do not mix",
        ));
    }
    let mut seen = BTreeSet::new();
    let mut is_optional_before = false;
    for (number, option) in options.iter().enumerate() {
        let at = format!("{at}.{number}");
        described(option, &at, n_chars, problems);
        if !seen.insert(option["name"].as_str()) {
            problems.push(Problem::new(
                "option-duplicate",
                format!("{at}.name"),
                "the name is there twice",
            ));
        }
        let allowed = match depth {
            0 => true,
            1 => kind(option) != SUBCOMMAND_GROUP,
            _ => !is_nesting(&option),
        };
        if !allowed {
            problems.push(Problem::new("option-nesting", &at, "nested too deeply"));
        }
        if is_nesting(&option) {
            let inner = list(option, "options");
            self::options(
                inner,
                &format!("{at}.options"),
                depth + 1,
                n_chars,
                problems,
            );
            continue;
        }
        if option["required"] == true && is_optional_before {
            let sentence = "Required options must be placed before non-required options";
            problems.push(Problem::new("option-order", &at, sentence));
        }
        is_optional_before |= option["required"] != true;
        choices(option, &at, n_chars, problems);
    }
}

fn choices(option: &Value, at: &str, n_chars: &mut usize, problems: &mut Vec<Problem>) {
    let choices = list(option, "choices");
    if choices.len() > MAX_OPTIONS {
        let sentence = format!("{} choices, must be {MAX_OPTIONS} or fewer", choices.len());
        problems.push(Problem::new("choices", format!("{at}.choices"), sentence));
    }
    if option["autocomplete"] == true && !choices.is_empty() {
        problems.push(Problem::new(
            "autocomplete",
            at,
            "autocomplete and choices exclude each other",
        ));
    }
    let mut seen = BTreeSet::new();
    for (number, choice) in choices.iter().enumerate() {
        let name = choice["name"].as_str().unwrap_or_default();
        let n_value = choice["value"].as_str().map_or(1, length);
        *n_chars += length(name) + n_value;
        if !(1..=super::MAX_CHOICE).contains(&length(name)) || n_value > super::MAX_CHOICE {
            let sentence = format!(
                "`{name}`: must be between 1 and {} characters",
                super::MAX_CHOICE
            );
            problems.push(Problem::new(
                "choice-length",
                format!("{at}.choices.{number}"),
                sentence,
            ));
        }
        if !seen.insert(name) {
            let at = format!("{at}.choices.{number}.name");
            problems.push(Problem::new(
                "choice-duplicate",
                at,
                "the name is there twice",
            ));
        }
    }
}
