//! Settings: what the environment, `.env` and the command line say, checked once.
//!
//! The only reader of the environment. Everything past this module sees a complete [`Config`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::engine::LibrarySource;

mod bot;

pub use bot::{BotConfig, LogFormat};

/// Every variable Quoth reads, with what it is for; `.env.example` lists the same.
pub const VARIABLES: [(&str, &str); 14] = [
    (DATA_DIR, "where articles and indexes are kept"),
    (LIBRARY, "folder of articles shared by everyone"),
    (
        MODEL_DIR,
        "folder of models to use instead of the built-in ones",
    ),
    (THREADS, "threads that read and search"),
    (
        RETENTION_DAYS,
        "days after which replaced and removed articles are deleted for good; without it never",
    ),
    (NO_COLOR, "set to anything to print without colours"),
    (bot::TOKEN, "the bot's token"),
    (bot::PROXY_URL, "base address of a REST proxy"),
    (bot::DEV_GUILD, "server that alone gets the commands"),
    (bot::HTTP_ADDRESS, "where health and metrics are served"),
    (bot::LOG, "what is logged"),
    (bot::LOG_FORMAT, "how it is logged"),
    (bot::LOG_QUESTIONS, "whether questions are logged"),
    (bot::MESSAGE_CONTENT, "whether every message may be read"),
];

const DATA_DIR: &str = "QUOTH_DATA_DIR";
const LIBRARY: &str = "QUOTH_LIBRARY";
const MODEL_DIR: &str = "QUOTH_MODEL_DIR";
const THREADS: &str = "QUOTH_THREADS";
const RETENTION_DAYS: &str = "QUOTH_RETENTION_DAYS";
const NO_COLOR: &str = "NO_COLOR";
/// More threads than this only wait for each other on passages of this size.
const MAX_THREADS: usize = 64;

/// A hundred years: longer is for ever, which is the setting left out.
const MAX_RETENTION_DAYS: u32 = 36_525;

/// The settings of one run, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where store and indexes live.
    pub data_dir: PathBuf,
    /// Where the library's articles come from.
    pub library: LibrarySource,
    /// Models to use instead of the bundled ones.
    pub model_dir: Option<PathBuf>,
    /// Threads for reading and scanning, at least 1.
    pub threads: usize,
    /// Days after which versions that were replaced or removed are deleted for good; `None` for
    /// never.
    pub retention_days: Option<u32>,
    /// Whether the user asked for no colours.
    pub no_color: bool,
}

/// Variables by name: the process environment over a `.env` file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
}

impl Environment {
    /// Reads `.env` in the working directory, if there is one, and the process environment, which
    /// wins. Values are never printed.
    ///
    /// # Errors
    /// [`ConfigError::DotEnv`] if `.env` exists but is not of the form `NAME=value`.
    pub fn load() -> Result<Environment, ConfigError> {
        let mut variables = HashMap::new();
        match dotenvy::from_path_iter(Path::new(".env")) {
            Ok(lines) => {
                for line in lines {
                    // The error of the parser quotes the line, which may hold a secret.
                    let (name, value) = line.map_err(|_| ConfigError::DotEnv)?;
                    variables.insert(name, value);
                }
            }
            Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return Err(ConfigError::DotEnv),
        }
        variables.extend(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        Ok(Environment { variables })
    }

    /// An environment of exactly these variables.
    pub fn of(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    /// The value of a variable; set but empty counts as not set.
    fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl Config {
    /// Resolves the settings; `data_dir` from the command line wins over the environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming the variable and the value that cannot be used.
    pub fn resolve(
        environment: &Environment,
        data_dir: Option<PathBuf>,
    ) -> Result<Config, ConfigError> {
        let path = |name| environment.get(name).map(PathBuf::from);
        let threads = match environment.get(THREADS) {
            None => std::thread::available_parallelism().map_or(1, usize::from),
            Some(value) => value
                .parse()
                .ok()
                .filter(|n| (1..=MAX_THREADS).contains(n))
                .ok_or_else(|| ConfigError::Threads(value.to_owned()))?,
        };
        Ok(Config {
            data_dir: data_dir
                .or_else(|| path(DATA_DIR))
                .unwrap_or_else(|| default_data_dir(environment)),
            library: path(LIBRARY).map_or(LibrarySource::Bundled, LibrarySource::Folder),
            model_dir: path(MODEL_DIR),
            threads: threads.min(MAX_THREADS),
            retention_days: environment
                .get(RETENTION_DAYS)
                .map(|value| {
                    value
                        .parse()
                        .ok()
                        .filter(|days| *days <= MAX_RETENTION_DAYS)
                        .ok_or_else(|| ConfigError::RetentionDays(value.to_owned()))
                })
                .transpose()?,
            no_color: environment.get(NO_COLOR).is_some(),
        })
    }
}

/// `$XDG_DATA_HOME/quoth`, else `~/.local/share/quoth`, else `quoth-data` in the working directory.
fn default_data_dir(environment: &Environment) -> PathBuf {
    let absolute = |name: &str| {
        environment
            .get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .map(|dir| dir.join("quoth"))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share/quoth")))
        .unwrap_or_else(|| PathBuf::from("quoth-data"))
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `.env` is not readable as such.
    #[error("the file `.env` has a line that is not of the form `NAME=value`")]
    DotEnv,
    /// Not a thread count.
    #[error("`QUOTH_THREADS` is `{0}`, but must be a number from 1 to {MAX_THREADS}")]
    Threads(String),
    /// No token, which is never shown.
    #[error(
        "`DISCORD_TOKEN` is not set; put the bot's token into `.env` (README.md says how to get one)"
    )]
    NoToken,
    /// A token that cannot be one; its value is never shown.
    #[error(
        "`DISCORD_TOKEN` is not a bot token: those are three parts of letters and digits, joined by full stops"
    )]
    Token,
    /// Any other value that cannot be used.
    #[error("`{name}` is `{value}`, but must be {expected}")]
    Value {
        /// The variable.
        name: &'static str,
        /// What it is set to.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Not a number of days.
    #[error(
        "`QUOTH_RETENTION_DAYS` is `{0}`, but must be a number of days from 0 to {MAX_RETENTION_DAYS}"
    )]
    RetentionDays(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let environment = Environment::of(&[(DATA_DIR, "/a"), ("HOME", "/h")]);
        let resolve = |dir: Option<&str>| {
            Config::resolve(&environment, dir.map(PathBuf::from))
                .unwrap()
                .data_dir
        };
        assert_eq!(resolve(None), PathBuf::from("/a"));
        assert_eq!(resolve(Some("/b")), PathBuf::from("/b"));
    }

    #[test]
    fn data_live_in_the_users_data_folder_by_default() {
        for (variables, expected) in [
            (&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")][..], "/x/quoth"),
            (&[("HOME", "/h")], "/h/.local/share/quoth"),
            (&[("HOME", "")], "quoth-data"),
        ] {
            let config = Config::resolve(&Environment::of(variables), None).unwrap();
            assert_eq!(config.data_dir, PathBuf::from(expected));
        }
    }

    #[test]
    fn versions_are_kept_for_ever_unless_days_are_given() {
        let days = |value: &str| {
            let environment = Environment::of(&[(RETENTION_DAYS, value)]);
            Config::resolve(&environment, None).map(|config| config.retention_days)
        };
        assert_eq!(days(""), Ok(None));
        assert_eq!(days("0"), Ok(Some(0)));
        assert_eq!(days("36525"), Ok(Some(36_525)));
        for value in ["36526", "-1", "a week", "1.5"] {
            assert!(days(value).unwrap_err().to_string().contains(value));
        }
    }

    #[test]
    fn a_bad_thread_count_is_named() {
        for value in ["0", "65", "two", "-1"] {
            let error = Config::resolve(&Environment::of(&[(THREADS, value)]), None).unwrap_err();
            assert!(error.to_string().contains(value));
        }
    }
}
