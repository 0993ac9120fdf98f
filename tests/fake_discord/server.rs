//! The HTTP side: reads a request, lets its fault happen, and hands it to the world.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::faults::{Endpoint, Fault, Scope};
use super::gateway;
use super::rest::{Answer, Incoming, Refusal, Upload};
use super::shared::Shared;
use super::world::{File, Seen};

/// Discord refuses requests above this.
pub const MAX_REQUEST_BYTES: usize = 25 << 20;

/// Serves everything of one fake until the runtime ends.
pub async fn run(listener: TcpListener, shared: Shared) {
    let router = Router::new()
        .route("/gateway", get(gateway::connect))
        .route("/cdn/attachments/{channel}/{file}/{name}", get(download))
        .fallback(rest)
        // Read to above the limit, to say what Discord says there.
        .layer(DefaultBodyLimit::max(2 * MAX_REQUEST_BYTES))
        .with_state(shared);
    // Only ends with the listener.
    let _ = serve(listener, router).await;
}

/// A file of the CDN, as long as its link is good.
async fn download(
    State(shared): State<Shared>,
    Path((_, file, _)): Path<(u64, u64, String)>,
) -> Response {
    let is_cut = match happen(&shared, Endpoint::Download, "a download").await {
        Ok(is_cut) => is_cut,
        Err(response) => return response,
    };
    let found = shared.with(|world| {
        let now = world.clock.now();
        let file = world.files.get_mut(&file)?;
        file.downloads += 1;
        (now < file.expires_at).then(|| file.clone())
    });
    match found {
        Some(_) if is_cut => cut(b"the first words"),
        Some(File {
            redirects_to: Some(url),
            ..
        }) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "This content is no longer available.",
        )
            .into_response(),
    }
}

async fn rest(State(shared): State<Shared>, request: Request) -> Response {
    let incoming = match read(request).await {
        Ok(incoming) => incoming,
        Err(problem) => {
            shared.with(|world| world.violate("unreadable-request", problem.clone()));
            return (StatusCode::BAD_REQUEST, problem).into_response();
        }
    };
    let whole = format!("{} {}", incoming.line(), incoming.body);
    shared.with(|world| {
        if !incoming.body.is_null() && world.faults.is_impatient(&whole) {
            world.violate(
                "impatient-retry",
                format!("{} before `Retry-After`", incoming.line()),
            );
        }
    });
    let endpoint = Endpoint::of(&incoming.method, &incoming.segments());
    let is_cut = match happen(&shared, endpoint, &whole).await {
        Ok(is_cut) => is_cut,
        Err(response) => {
            // 0 stands for no answer.
            let status = response
                .extensions()
                .get::<Lost>()
                .map_or(response.status().as_u16(), |_| 0);
            shared.with(|world| world.note(&incoming, status));
            return response;
        }
    };
    let answer = shared.with(|world| {
        let answer = world.answer(&incoming).unwrap_or_else(Refusal::into_answer);
        world.invalid.unauthorized += u32::from(answer.status == 401);
        world.invalid.forbidden += u32::from(answer.status == 403);
        world.note(&incoming, answer.status);
        answer
    });
    if is_cut {
        cut(b"{\"id\":")
    } else {
        respond(answer)
    }
}

/// Marks an answer that never arrives.
#[derive(Clone, Copy, Debug)]
struct Lost;

/// Lets the fault happen that is planned for a request. `Ok`: it is carried out after all, and the answer is
/// cut off if true.
async fn happen(shared: &Shared, endpoint: Endpoint, request: &str) -> Result<bool, Response> {
    match shared.with(|world| world.faults.take(endpoint)) {
        Some(Fault::RateLimited { retry_after, scope }) => {
            shared.with(|world| {
                world.invalid.too_many += u32::from(scope != Scope::Shared);
                world.faults.tell_to_wait(request.to_owned(), retry_after);
            });
            Err(rate_limited(retry_after, scope))
        }
        Some(Fault::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap();
            let body = json!({ "message": status.canonical_reason(), "code": 0 });
            Err((status, axum::Json(body)).into_response())
        }
        Some(Fault::LostRequest) => {
            let mut response = cut(b"");
            response.extensions_mut().insert(Lost);
            Err(response)
        }
        Some(Fault::Held(mut is_released)) => {
            // An error means that the one who held it is gone.
            let _ = is_released.wait_for(|is_released| *is_released).await;
            Ok(false)
        }
        Some(Fault::LostAnswer) => Ok(true),
        None => Ok(false),
    }
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap();
    // A limit far away, as Discord tells with every answer.
    let limits = [
        ("x-ratelimit-limit", "50"),
        ("x-ratelimit-remaining", "49"),
        ("x-ratelimit-reset-after", "1.000"),
        ("x-ratelimit-bucket", "fake"),
    ];
    match answer.body {
        Some(body) => (status, limits, axum::Json(body)).into_response(),
        None => (status, limits).into_response(),
    }
}

fn rate_limited(retry_after: Duration, scope: Scope) -> Response {
    let seconds = retry_after.as_secs_f64();
    let body = json!({
        "message": "You are being rate limited.", "retry_after": seconds, "global": scope == Scope::Global,
    });
    let mut headers = HeaderMap::new();
    // Whole seconds here, rounded up; the exact time is in the body.
    headers.insert(
        "retry-after",
        (retry_after.as_millis().div_ceil(1_000) as u64).into(),
    );
    headers.insert(
        "x-ratelimit-reset-after",
        seconds.to_string().parse().unwrap(),
    );
    let name = match scope {
        Scope::User => "user",
        Scope::Global => "global",
        Scope::Shared => "shared",
    };
    headers.insert("x-ratelimit-scope", name.parse().unwrap());
    if scope == Scope::Global {
        headers.insert("x-ratelimit-global", "true".parse().unwrap());
    }
    (StatusCode::TOO_MANY_REQUESTS, headers, axum::Json(body)).into_response()
}

/// An answer whose connection breaks after these bytes.
fn cut(start: &'static [u8]) -> Response {
    let parts = [
        Ok(Bytes::from_static(start)),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, 1_000)
        .body(Body::from_stream(futures_util::stream::iter(parts)))
        .unwrap()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Reads a request to its end: JSON, or a form with `payload_json` and files.
async fn read(request: Request) -> Result<Incoming, String> {
    let authorization = text(request.headers(), header::AUTHORIZATION);
    let content_type = text(request.headers(), header::CONTENT_TYPE).unwrap_or_default();
    let mut incoming = Incoming {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization,
        body: Value::Null,
        files: Vec::new(),
        n_bytes: 0,
    };
    if content_type.starts_with("multipart/form-data") {
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| error.to_string())?;
        while let Some(field) = form.next_field().await.map_err(|error| error.to_string())? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let content_type = field
                .content_type()
                .unwrap_or("application/octet-stream")
                .to_owned();
            let bytes = field.bytes().await.map_err(|error| error.to_string())?;
            incoming.n_bytes += bytes.len();
            if name == "payload_json" {
                incoming.body =
                    serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
            } else {
                let number = name.trim_start_matches("files[").trim_end_matches(']');
                incoming.files.push(Upload {
                    number: number.parse().map_err(|_| format!("form field `{name}`"))?,
                    name: file_name
                        .ok_or_else(|| format!("form field `{name}` has no file name"))?,
                    content_type,
                    bytes: bytes.to_vec(),
                });
            }
        }
        return Ok(incoming);
    }
    let bytes = to_bytes(request.into_body(), 2 * MAX_REQUEST_BYTES)
        .await
        .map_err(|error| error.to_string())?;
    incoming.n_bytes = bytes.len();
    if !bytes.is_empty() {
        incoming.body = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    }
    Ok(incoming)
}

impl super::world::World {
    fn note(&mut self, incoming: &Incoming, status: u16) {
        self.seen.push(Seen {
            method: incoming.method.clone(),
            path: incoming.path.trim_start_matches("/api/v10").to_owned(),
            body: incoming.body.clone(),
            status,
        });
    }
}
