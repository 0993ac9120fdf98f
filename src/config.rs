//! Settings: what the environment, `.env` and the command line say, checked once.
//!
//! The only reader of the environment. Everything past this module sees a complete [`Config`].

use std::path::PathBuf;

use crate::engine::LibrarySource;
use crate::fetch::Policy;

mod bot;
mod environment;

pub use bot::{BotConfig, LogFormat};
pub use environment::Environment;

/// Every variable Quoth reads, with what it is for; `.env.example` lists the same.
pub const VARIABLES: &[(&str, &str)] = &[
    (DATA_DIR, "where articles and indexes are kept"),
    (LIBRARY, "folder of articles shared by everyone"),
    (
        MODEL_DIR,
        "folder of models to use instead of the built-in ones",
    ),
    (THREADS, "threads that read and search"),
    (FETCH_HTTP, "whether http:// addresses are fetched"),
    (FETCH_PORTS, "ports besides 443 that addresses may name"),
    (FETCH_CONTACT, "where a site's owner finds who runs this"),
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
const FETCH_HTTP: &str = "QUOTH_FETCH_HTTP";
const FETCH_PORTS: &str = "QUOTH_FETCH_PORTS";
const FETCH_CONTACT: &str = "QUOTH_FETCH_CONTACT";
const RETENTION_DAYS: &str = "QUOTH_RETENTION_DAYS";
const NO_COLOR: &str = "NO_COLOR";
/// The file of settings in the working directory.
pub const DOT_ENV: &str = ".env";
/// More than the machines that this is made for have cores.
const MAX_THREADS: usize = 64;
/// Ports that may be allowed.
const MAX_PORTS: usize = 16;
/// Longest contact, in bytes: it is sent with every request.
const MAX_CONTACT_BYTES: usize = 200;

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
    /// Which addresses are fetched, and how.
    pub fetch: Policy,
    /// Days after which versions that were replaced or removed are deleted for good; `None` for
    /// never.
    pub retention_days: Option<u32>,
    /// Whether the user asked for no colours.
    pub no_color: bool,
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
        if let Some(fault) = environment.fault() {
            return Err(fault.clone());
        }
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
            fetch: fetch_policy(environment)?,
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

fn fetch_policy(environment: &Environment) -> Result<Policy, ConfigError> {
    let mut policy = Policy::default();
    if let Some(value) = environment.get(FETCH_HTTP) {
        policy.allow_http = switch(FETCH_HTTP, value)?;
    }
    if let Some(value) = environment.get(FETCH_PORTS) {
        let ports: Option<Vec<u16>> = value
            .split(',')
            .map(|port| port.trim().parse().ok().filter(|port| *port != 0))
            .collect();
        policy.ports = ports
            .filter(|ports| ports.len() <= MAX_PORTS)
            .ok_or_else(|| ConfigError::Ports(value.to_owned()))?;
    }
    if let Some(value) = environment.get(FETCH_CONTACT) {
        let is_sound = value.len() <= MAX_CONTACT_BYTES
            && value
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"()\\".contains(&b));
        if !is_sound {
            return Err(ConfigError::Contact(value.to_owned()));
        }
        policy.contact = Some(value.to_owned());
    }
    Ok(policy)
}

/// A setting that is either on or off.
fn switch(name: &'static str, value: &str) -> Result<bool, ConfigError> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(ConfigError::Switch {
            name,
            value: value.to_owned(),
        }),
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
    /// A line of `.env` is none; what it says is never shown.
    #[error("the file `.env` has a line that is not of the form `NAME=value`: line {line}")]
    DotEnv {
        /// Which line, from 1; of a value over several lines the first.
        line: usize,
    },
    /// `.env` is there and cannot be read.
    #[error("the file `.env` cannot be read: {0}")]
    DotEnvUnread(String),
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
    /// Neither on nor off.
    #[error("`{name}` is `{value}`, but must be 1 or 0")]
    Switch {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// Not a list of ports.
    #[error(
        "`QUOTH_FETCH_PORTS` is `{0}`, but must be at most {MAX_PORTS} ports, with commas between"
    )]
    Ports(String),
    /// Not fit for a header.
    #[error(
        "`QUOTH_FETCH_CONTACT` is `{0}`, but must be an address of at most {MAX_CONTACT_BYTES} bytes \
         without spaces or brackets"
    )]
    Contact(String),
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

    #[test]
    fn fetching_is_set_up_or_the_setting_named() {
        let fetch = |variables: &[(&str, &str)]| {
            Config::resolve(&Environment::of(variables), None).map(|config| config.fetch)
        };
        assert_eq!(fetch(&[]), Ok(Policy::default()));
        let set = fetch(&[
            (FETCH_HTTP, "1"),
            (FETCH_PORTS, "8080, 8443"),
            (FETCH_CONTACT, "https://example.org/bot"),
        ]);
        let expected = Policy {
            allow_http: true,
            ports: vec![8080, 8443],
            contact: Some("https://example.org/bot".to_owned()),
            ..Policy::default()
        };
        assert_eq!(set, Ok(expected));
        let list = |n: usize| vec!["8080"; n].join(",");
        assert!(fetch(&[(FETCH_PORTS, &list(MAX_PORTS))]).is_ok());
        let long = "a".repeat(MAX_CONTACT_BYTES);
        assert!(fetch(&[(FETCH_CONTACT, &long)]).is_ok());
        for (name, value) in [
            (FETCH_HTTP, "maybe"),
            (FETCH_PORTS, "0"),
            (FETCH_PORTS, "65536"),
            (FETCH_PORTS, "80-90"),
            (FETCH_PORTS, &list(MAX_PORTS + 1)),
            (FETCH_CONTACT, "two words"),
            (FETCH_CONTACT, "a\r\nb: c"),
            (FETCH_CONTACT, "a)b"),
            (FETCH_CONTACT, &format!("{long}a")),
        ] {
            let error = fetch(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
