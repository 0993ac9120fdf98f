//! One request to Discord and what comes back.
//!
//! The client library sends requests too, but its rate limiter waits without telling anybody, keeps
//! one bucket for the answers of all interactions, and remembers each interaction for ever
//! (serenity 0.12); behind a proxy it has to be off. So requests are put together with its types and
//! sent from here, to Discord and to a proxy alike: only the address differs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serenity::all::{ApplicationId, ChannelId, Http, InteractionId};
use serenity::builder::CreateAttachment;
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route, StatusCode};

use super::render::File;

/// Longest wait that a 429 can ask for; more is taken for this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// Where requests go without a proxy: what the client library's own addresses begin with.
const DISCORD: &str = "https://discord.com";
/// How long Discord is given to answer one request.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// The first response to an interaction.
    Callback {
        /// The interaction.
        id: u64,
        /// Its token.
        token: String,
    },
    /// The first response itself, to be changed or looked at.
    Original(String),
    /// A further message of an interaction.
    FollowUp(String),
    /// A message in a channel.
    Channel(Place),
    /// "… is typing" in a channel.
    Typing(Place),
}

/// A channel, and the guild that it belongs to; a direct conversation has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which channel or thread.
    pub channel: u64,
    /// Of which guild.
    pub guild: Option<u64>,
}

impl To {
    /// The channel, unless it is an interaction that is answered.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            To::Channel(place) | To::Typing(place) => Some(*place),
            _ => None,
        }
    }
}

/// A request, ready to be sent, more than once if need be.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Where to.
    pub to: To,
    /// `None` only looks.
    pub body: Option<Value>,
    /// A file that goes with it.
    pub file: Option<File>,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Discord did it.
    Done {
        /// The id of the message, if it is one.
        id: Option<u64>,
        /// How long the next request of this kind has to wait, if it has to.
        pause: Option<Duration>,
    },
    /// Not now.
    Limited {
        /// When to try again, if told.
        retry_after: Option<Duration>,
        /// Whether that is for all requests.
        is_global: bool,
    },
    /// Never.
    Refused(StatusCode, String),
    /// Unknown whether Discord did it.
    Uncertain(String),
    /// Discord was not reached.
    Unreached(String),
}

/// The client of all requests.
pub(super) struct Rest {
    /// The library's: who the bot is, and what is asked at the start.
    pub http: Arc<Http>,
    /// Of our own.
    own: crate::fetch::ApiClient,
}

impl Rest {
    pub(super) fn new(http: Arc<Http>) -> anyhow::Result<Rest> {
        Ok(Rest {
            http,
            own: crate::fetch::api_client(TIMEOUT)?,
        })
    }

    /// Sends a request once.
    pub(super) async fn exchange(&self, call: &Call) -> Outcome {
        let request = match self.request(call) {
            Ok(request) => request,
            Err(reason) => return Outcome::Refused(StatusCode::BAD_REQUEST, reason),
        };
        let base = self.http.proxy.as_deref().unwrap_or(DISCORD);
        let sent = match request.build(&self.own, self.http.token(), Some(base)) {
            Ok(builder) => builder.send().await,
            Err(error) => return Outcome::Refused(StatusCode::BAD_REQUEST, error.to_string()),
        };
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                return Outcome::Unreached(error.without_url().to_string());
            }
            Err(error) => return Outcome::Uncertain(error.without_url().to_string()),
        };
        let status = response.status();
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        let wait = |name: &str| {
            let seconds = header(name)?.parse().ok()?;
            let wait = Duration::try_from_secs_f64(seconds).ok()?;
            Some(wait.min(MAX_RETRY_AFTER))
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Outcome::Limited {
                retry_after: wait("retry-after"),
                is_global: header("x-ratelimit-global").is_some()
                    || header("x-ratelimit-scope") == Some("global"),
            };
        }
        let pause = match header("x-ratelimit-remaining") {
            Some("0") => wait("x-ratelimit-reset-after"),
            _ => None,
        };
        let body = response.bytes().await;
        if status.is_success() {
            let id = told_id(body.ok().as_deref());
            return Outcome::Done { id, pause };
        }
        let body = body.unwrap_or_default();
        refused(
            status,
            String::from_utf8_lossy(&body).chars().take(500).collect(),
        )
    }

    fn request<'a>(&self, call: &'a Call) -> Result<Request<'a>, String> {
        let application = || -> Result<ApplicationId, String> {
            let id = self.http.application_id();
            id.ok_or_else(|| "the application's id is not known yet".to_owned())
        };
        let (route, method) = match &call.to {
            To::Callback { id, token } => (
                Route::InteractionResponse {
                    interaction_id: InteractionId::new(*id),
                    token,
                },
                LightMethod::Post,
            ),
            To::Original(token) => (
                Route::WebhookOriginalInteractionResponse {
                    application_id: application()?,
                    token,
                },
                match call.body {
                    Some(_) => LightMethod::Patch,
                    None => LightMethod::Get,
                },
            ),
            To::FollowUp(token) => (
                Route::WebhookFollowupMessages {
                    application_id: application()?,
                    token,
                },
                LightMethod::Post,
            ),
            To::Channel(place) => (
                Route::ChannelMessages {
                    channel_id: ChannelId::new(place.channel),
                },
                LightMethod::Post,
            ),
            To::Typing(place) => (
                Route::ChannelTyping {
                    channel_id: ChannelId::new(place.channel),
                },
                LightMethod::Post,
            ),
        };
        let request = Request::new(route, method);
        let body = call.body.as_ref().map(Value::to_string);
        Ok(match &call.file {
            None => request.body(body.map(String::into_bytes)),
            Some(file) => request.multipart(Some(Multipart {
                upload: MultipartUpload::Attachments(vec![CreateAttachment::bytes(
                    file.bytes.clone(),
                    &file.name,
                )]),
                fields: Vec::new(),
                payload_json: body,
            })),
        })
    }
}

/// The id that Discord tells of what it did. What it tells may be cut off or unknown to us: it is done
/// all the same.
fn told_id(body: Option<&[u8]>) -> Option<u64> {
    let told: Value = serde_json::from_slice(body?).ok()?;
    told["id"].as_str()?.parse().ok()
}

fn refused(status: StatusCode, text: String) -> Outcome {
    match status.is_server_error() {
        true => Outcome::Uncertain(format!("{status}: {text}")),
        false => Outcome::Refused(status, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_to_discord_unless_a_proxy_is_named() {
        let http = serenity::http::HttpBuilder::new("MTIz.abc.secret").build();
        http.set_application_id(ApplicationId::new(5));
        let rest = Rest::new(Arc::new(http)).unwrap();
        let place = Place {
            channel: 7,
            guild: None,
        };
        let callback = To::Callback {
            id: 9,
            token: "t".to_owned(),
        };
        for (to, path) in [
            (callback, "interactions/9/t/callback"),
            (
                To::Original("t".to_owned()),
                "webhooks/5/t/messages/@original",
            ),
            (To::FollowUp("t".to_owned()), "webhooks/5/t"),
            (To::Channel(place), "channels/7/messages"),
            (To::Typing(place), "channels/7/typing"),
        ] {
            let call = Call {
                to,
                body: None,
                file: None,
            };
            let address = |base: &str| {
                let request = rest.request(&call).unwrap();
                let built = request.build(&rest.own, rest.http.token(), Some(base));
                let built = built.unwrap().build().unwrap();
                let (path, query) = (built.url().path(), built.url().query());
                assert_eq!(query.unwrap_or("with_response=true"), "with_response=true");
                format!("{}{path}", built.url().origin().ascii_serialization())
            };
            assert_eq!(
                address(DISCORD),
                format!("https://discord.com/api/v10/{path}")
            );
            assert_eq!(
                address("http://127.0.0.1:9/"),
                format!("http://127.0.0.1:9/api/v10/{path}")
            );
        }
    }
}
