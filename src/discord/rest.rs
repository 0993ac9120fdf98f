//! One request to Discord and what comes back.
//!
//! The client library sends requests too, but behind a proxy, where its own rate limiter has to be
//! off, it tells nobody how long a 429 asks to wait. So requests are put together with its types, and
//! behind a proxy sent from here.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serenity::all::{ApplicationId, ChannelId, Http, HttpError, InteractionId};
use serenity::builder::CreateAttachment;
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route, StatusCode};

use super::render::File;

/// Longest wait that a 429 can ask for; more is taken for this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);
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
    Channel(u64),
    /// "… is typing" in a channel.
    Typing(u64),
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
    /// Discord did it, and told the id of the message, if it is one.
    Done(Option<u64>),
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
    /// The library's.
    pub http: Arc<Http>,
    /// Of our own, for requests by way of a proxy.
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
        match &self.http.proxy {
            Some(proxy) => self.by_proxy(request, proxy).await,
            None => match tokio::time::timeout(TIMEOUT * 4, self.http.request(request)).await {
                Ok(Ok(response)) => done(response.bytes().await.ok().as_deref()),
                Ok(Err(error)) => failed(&error),
                Err(_) => Outcome::Uncertain("no answer".to_owned()),
            },
        }
    }

    async fn by_proxy(&self, request: Request<'_>, proxy: &str) -> Outcome {
        let sent = match request.build(&self.own, self.http.token(), Some(proxy)) {
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
        if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = header("retry-after").and_then(|seconds| seconds.parse().ok());
            return Outcome::Limited {
                retry_after: seconds
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    .map(|wait| wait.min(MAX_RETRY_AFTER)),
                is_global: header("x-ratelimit-global").is_some()
                    || header("x-ratelimit-scope") == Some("global"),
            };
        }
        let body = response.bytes().await;
        if status.is_success() {
            return done(body.ok().as_deref());
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
            To::Channel(id) => (
                Route::ChannelMessages {
                    channel_id: ChannelId::new(*id),
                },
                LightMethod::Post,
            ),
            To::Typing(id) => (
                Route::ChannelTyping {
                    channel_id: ChannelId::new(*id),
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

/// A request that was carried out. What Discord tells of it may be cut off or unknown to us: it is
/// done all the same.
fn done(body: Option<&[u8]>) -> Outcome {
    let told: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
    let id = told
        .as_ref()
        .and_then(|told| told["id"].as_str()?.parse().ok());
    Outcome::Done(id)
}

fn refused(status: StatusCode, text: String) -> Outcome {
    match status.is_server_error() {
        true => Outcome::Uncertain(format!("{status}: {text}")),
        false => Outcome::Refused(status, text),
    }
}

/// What an error of the client library says.
fn failed(error: &serenity::Error) -> Outcome {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            match response.status_code {
                StatusCode::TOO_MANY_REQUESTS => Outcome::Limited {
                    retry_after: None,
                    is_global: false,
                },
                status => refused(status, response.error.message.clone()),
            }
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => {
            Outcome::Unreached(error.to_string())
        }
        error => Outcome::Uncertain(error.to_string()),
    }
}
