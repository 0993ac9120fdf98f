//! What `quoth bot` needs to know.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::{ConfigError, Environment};

pub(super) const TOKEN: &str = "DISCORD_TOKEN";
pub(super) const PROXY_URL: &str = "DISCORD_PROXY_URL";
pub(super) const DEV_GUILD: &str = "QUOTH_DEV_GUILD";
pub(super) const HTTP_ADDRESS: &str = "QUOTH_HTTP_ADDRESS";
pub(super) const LOG: &str = "QUOTH_LOG";
pub(super) const LOG_FORMAT: &str = "QUOTH_LOG_FORMAT";
pub(super) const LOG_QUESTIONS: &str = "QUOTH_LOG_QUESTIONS";
pub(super) const MESSAGE_CONTENT: &str = "QUOTH_MESSAGE_CONTENT";

/// The settings of the bot, complete and checked. The token shows in no `Debug`.
#[derive(Clone, Debug)]
pub struct BotConfig {
    /// What the bot signs in with.
    pub token: SecretString,
    /// Where REST requests go instead of Discord, without a slash at the end.
    pub proxy_url: Option<String>,
    /// The one server that gets the commands; `None` for all.
    pub dev_guild: Option<u64>,
    /// Where health and metrics are served; `None` for nowhere.
    pub http_address: Option<SocketAddr>,
    /// What is logged, as a list of directives.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Whether the text of questions is logged.
    pub log_questions: bool,
    /// Whether the bot asks Discord for the text of every message.
    pub message_content: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For the eye.
    Text,
    /// One JSON object a line.
    Json,
}

impl BotConfig {
    /// Reads the bot's settings.
    ///
    /// # Errors
    /// [`ConfigError`] naming the variable and, except of the token, its value.
    pub fn resolve(environment: &Environment) -> Result<BotConfig, ConfigError> {
        Ok(BotConfig {
            proxy_url: parsed(
                environment,
                PROXY_URL,
                "an address such as `http://127.0.0.1:8080`",
                proxy,
            )?,
            dev_guild: parsed(environment, DEV_GUILD, "the id of a server", |value| {
                value.parse().ok().filter(|id| *id > 0)
            })?,
            http_address: parsed(
                environment,
                HTTP_ADDRESS,
                "an address and a port such as `127.0.0.1:9187`",
                |value| value.parse().ok(),
            )?,
            log: parsed(
                environment,
                LOG,
                "a level (`off`, `error`, `warn`, `info`, `debug` or `trace`), or several such as `info,quoth=debug`",
                log_levels,
            )?
            .unwrap_or_else(|| "info".to_owned()),
            log_format: parsed(
                environment,
                LOG_FORMAT,
                "`text` or `json`",
                |value| match value {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                },
            )?
            .unwrap_or(LogFormat::Text),
            log_questions: switch(environment, LOG_QUESTIONS)?,
            message_content: switch(environment, MESSAGE_CONTENT)?,
            // Last: without a token, what else is wrong is told all the same.
            token: token(environment)?,
        })
    }
}

/// The token, checked for its shape: a mistyped one would otherwise show as an endless loop of
/// refused connections.
fn token(environment: &Environment) -> Result<SecretString, ConfigError> {
    let token = environment.get(TOKEN).ok_or(ConfigError::NoToken)?;
    let token = token.trim().trim_start_matches("Bot ");
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() != 3 || !parts.into_iter().all(is_part) {
        return Err(ConfigError::Token);
    }
    Ok(SecretString::from(token))
}

/// Directives that each end in a level. The logging library takes any other word for the name of a module, and is then silent.
fn log_levels(value: &str) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |directive: &str| {
        let level = directive.rsplit('=').next().unwrap_or_default().trim();
        LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level))
    };
    value.split(',').all(is_level).then(|| value.to_owned())
}

fn proxy(value: &str) -> Option<String> {
    let value = value.trim_end_matches('/');
    let rest = value
        .strip_prefix("http://")
        .or_else(|| value.strip_prefix("https://"))?;
    let is_base = !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']);
    is_base.then(|| value.to_owned())
}

fn switch(environment: &Environment, name: &'static str) -> Result<bool, ConfigError> {
    let value = parsed(environment, name, "`on` or `off`", |value| match value {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    })?;
    Ok(value.unwrap_or(false))
}

fn parsed<T>(
    environment: &Environment,
    name: &'static str,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = environment.get(name) else {
        return Ok(None);
    };
    match parse(value.trim()) {
        Some(parsed) => Ok(Some(parsed)),
        None => Err(ConfigError::Value {
            name,
            value: value.to_owned(),
            expected,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "bm90LWEtdG9rZW4.Gs3cr3.t-of_nobody";

    fn with(variables: &[(&str, &str)]) -> Result<BotConfig, ConfigError> {
        let mut all = vec![(TOKEN, SECRET)];
        all.extend_from_slice(variables);
        BotConfig::resolve(&Environment::of(&all))
    }

    #[test]
    fn a_token_is_enough() {
        let config = with(&[]).unwrap();
        assert_eq!(config.log_format, LogFormat::Text);
        assert_eq!(config.log, "info");
        assert!(!config.log_questions && !config.message_content);
        assert!(config.proxy_url.is_none() && config.http_address.is_none());
    }

    #[test]
    fn the_log_takes_levels_alone_or_by_module() {
        for value in ["debug", "info,quoth=debug", "WARN, serenity=off"] {
            assert_eq!(with(&[(LOG, value)]).unwrap().log, value);
        }
        for value in ["verbose", "bogus=", "info,quoth", "quoth=loud", ","] {
            let error = with(&[(LOG, value)]).unwrap_err().to_string();
            assert!(
                error.contains(LOG) && error.contains(value) && error.contains("`debug`"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_missing_token_hides_no_other_fault() {
        let resolve =
            |variables: &[_]| BotConfig::resolve(&Environment::of(variables)).unwrap_err();
        assert_eq!(resolve(&[]), ConfigError::NoToken);
        assert!(matches!(
            resolve(&[(LOG_FORMAT, "xml")]),
            ConfigError::Value { .. }
        ));
    }

    #[test]
    fn the_token_is_never_shown() {
        assert!(!format!("{:?}", with(&[]).unwrap()).contains("Gs3cr3"));
        for token in ["Gs3cr3", "a.b", "a..c", "a.b.c.d", "Gs3cr3.x y.z"] {
            let error = BotConfig::resolve(&Environment::of(&[(TOKEN, token)])).unwrap_err();
            assert_eq!(error, ConfigError::Token);
            assert!(!error.to_string().contains("Gs3cr3"));
        }
        assert_eq!(
            BotConfig::resolve(&Environment::of(&[])).unwrap_err(),
            ConfigError::NoToken
        );
    }

    #[test]
    fn values_that_cannot_be_used_are_named() {
        for (name, value) in [
            (PROXY_URL, "127.0.0.1:80"),
            (PROXY_URL, "http://host/path"),
            (DEV_GUILD, "0"),
            (DEV_GUILD, "my server"),
            (HTTP_ADDRESS, "localhost"),
            (LOG_FORMAT, "xml"),
            (LOG_QUESTIONS, "yes"),
            (MESSAGE_CONTENT, "1"),
        ] {
            let error = with(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
        let config = with(&[(PROXY_URL, "http://127.0.0.1:8080/")]).unwrap();
        assert_eq!(config.proxy_url.as_deref(), Some("http://127.0.0.1:8080"));
    }
}
