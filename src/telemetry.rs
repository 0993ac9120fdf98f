//! Logs, metrics and the health page: what an operator sees of a running bot.
//!
//! Owns the set-up of tracing, the names of the metrics and the small HTTP server; alone names
//! `tracing_subscriber`, `metrics_exporter_prometheus` and, of the library, `axum`. Nothing here
//! knows Discord: what is healthy is asked of a function that is passed in.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::future::BoxFuture;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Seconds a question computes; a histogram.
pub const ASK_SECONDS: &str = "quoth_ask_seconds";
/// Questions answered; a counter.
pub const ANSWERS: &str = "quoth_answers_total";
/// Requests to Discord by `outcome`: `sent`, `limited`, `refused`, `failed`; a counter.
pub const REQUESTS: &str = "quoth_discord_requests_total";
/// Events of the gateway by `kind`; a counter.
pub const EVENTS: &str = "quoth_gateway_events_total";
/// Faults that were told to somebody under an incident id; a counter.
pub const INCIDENTS: &str = "quoth_incidents_total";
/// Questions waiting for their turn; a gauge.
pub const WAITING: &str = "quoth_questions_waiting";

/// Upper bounds of the histogram, in seconds.
const SECONDS: [f64; 10] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 15.0];

/// Starts logging to stderr. `secret` never shows in a line, whoever logs it. Does nothing if logging
/// was started before.
///
/// # Errors
/// `directives` is no list such as `info,quoth=debug`.
pub fn log_to_stderr(directives: &str, as_json: bool, secret: &str) -> anyhow::Result<()> {
    // The client library says on `info` what only its developers need.
    let filter = EnvFilter::try_new(format!("serenity=warn,{directives}"))
        .with_context(|| format!("`QUOTH_LOG` is `{directives}`, which cannot be read"))?;
    let writer = Redacting {
        secret: Arc::from(secret),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    // A second start is no fault: tests start the bot more than once a process.
    let _ = match as_json {
        true => lines.json().flatten_event(true).try_init(),
        false => lines.with_ansi(false).try_init(),
    };
    Ok(())
}

/// Writes lines to stderr with a secret blotted out.
#[derive(Clone)]
struct Redacting {
    secret: Arc<str>,
}

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = Redacted<io::Stderr>;

    fn make_writer(&'a self) -> Redacted<io::Stderr> {
        Redacted {
            secret: Arc::clone(&self.secret),
            to: io::stderr(),
        }
    }
}

/// A writer that is given whole lines and hides a secret in them.
struct Redacted<W> {
    secret: Arc<str>,
    to: W,
}

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if self.secret.is_empty() || !text.contains(&*self.secret) {
            self.to.write_all(line)?;
        } else {
            let hidden = text.replace(&*self.secret, "[hidden]");
            self.to.write_all(hidden.as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// What the health page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Whether every part is well.
    pub healthy: bool,
    /// Each part and how it is, in plain words.
    pub parts: Vec<(&'static str, String)>,
}

/// Asks how things are.
pub type Checkup = Arc<dyn Fn() -> BoxFuture<'static, Health> + Send + Sync>;

/// Serves `/healthz` and `/metrics` until told to stop. Returns once it listens, with the address.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    checkup: Checkup,
    stop: CancellationToken,
) -> anyhow::Result<SocketAddr> {
    let metrics = recorder();
    let router = Router::new()
        .route(
            "/healthz",
            get(move || {
                let checkup = Arc::clone(&checkup);
                async move {
                    let health = checkup().await;
                    let status = match health.healthy {
                        true => StatusCode::OK,
                        false => StatusCode::SERVICE_UNAVAILABLE,
                    };
                    (status, page(&health))
                }
            }),
        )
        .route(
            "/metrics",
            get(move || async move { metrics.map(|metrics| metrics.render()).unwrap_or_default() }),
        );
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("`QUOTH_HTTP_ADDRESS` `{address}` cannot be listened on"))?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = served.await {
            tracing::error!(%error, "health and metrics are no longer served");
        }
    });
    Ok(address)
}

fn page(health: &Health) -> String {
    let mut page = String::from(match health.healthy {
        true => "healthy\n",
        false => "unhealthy\n",
    });
    for (part, state) in &health.parts {
        page.push_str(&format!("{part}: {state}\n"));
    }
    page
}

/// The recorder of this process, installed on first use; `None` if somebody else installed one.
fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full(ASK_SECONDS.to_owned()), &SECONDS)
                .ok()?
                .install_recorder()
                .ok()
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_line_is_blotted_out() {
        let mut written = Vec::new();
        let mut writer = Redacted {
            secret: Arc::from("s3.cr3.t"),
            to: &mut written,
        };
        writer
            .write_all("identify s3.cr3.t now\nplain ü\n".as_bytes())
            .unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "identify [hidden] now\nplain ü\n"
        );
    }

    #[test]
    fn the_health_page_says_what_is_ill() {
        let health = Health {
            healthy: false,
            parts: vec![("gateway", "0 of 1 shards connected".to_owned())],
        };
        assert_eq!(
            page(&health),
            "unhealthy\ngateway: 0 of 1 shards connected\n"
        );
    }
}
