//! A bot that sends what it is told to, right or wrong.

use serde_json::{Value, json};

use crate::fake_discord::{FakeDiscord, Reply};

pub(super) struct Raw {
    http: reqwest::Client,
    base: String,
    pub(super) token: String,
    bot: u64,
}

/// Status and body of an answer; status 0 if there was none.
pub(super) type Answered = (u16, Value);

impl Raw {
    pub(super) fn new(discord: &FakeDiscord) -> Raw {
        Raw {
            http: reqwest::Client::new(),
            base: format!("{}/api/v10", discord.url()),
            token: discord.token(),
            bot: discord.bot_id(),
        }
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Answered {
        let method = method.parse().unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("authorization", format!("Bot {}", self.token))
            .header("content-type", content_type)
            .body(body);
        let Ok(response) = request.send().await else {
            return (0, Value::Null);
        };
        let status = response.status().as_u16();
        match response.bytes().await {
            Ok(bytes) => (status, serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(_) => (0, Value::Null),
        }
    }

    /// Sends a body, none if it is null.
    pub(super) async fn send(&self, method: &str, path: &str, body: Value) -> Answered {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        self.request(method, path, "application/json", bytes).await
    }

    /// Sends a body with files.
    pub(super) async fn upload(
        &self,
        path: &str,
        body: Value,
        files: &[(&str, usize)],
    ) -> Answered {
        let mut form = format!(
            "--cut\r\ncontent-disposition: form-data; name=\"payload_json\"\r\n\r\n{body}\r\n"
        );
        for (number, (name, n_bytes)) in files.iter().enumerate() {
            let head = format!(
                "content-disposition: form-data; name=\"files[{number}]\"; filename=\"{name}\""
            );
            form += &format!("--cut\r\n{head}\r\n\r\n{}\r\n", "x".repeat(*n_bytes));
        }
        form += "--cut--\r\n";
        self.request(
            "POST",
            path,
            "multipart/form-data; boundary=cut",
            form.into_bytes(),
        )
        .await
    }

    /// Registers commands.
    pub(super) async fn register(&self, commands: Value) -> Answered {
        self.send(
            "PUT",
            &format!("/applications/{}/commands", self.bot),
            commands,
        )
        .await
    }

    /// Responds to an interaction.
    pub(super) async fn respond(&self, reply: &Reply, kind: u64, data: Value) -> Answered {
        let path = format!("/interactions/{}/{}/callback", reply.id(), reply.token());
        self.send("POST", &path, json!({ "type": kind, "data": data }))
            .await
    }

    /// The address of what comes after the first response.
    pub(super) fn webhook(&self, reply: &Reply) -> String {
        format!("/webhooks/{}/{}", self.bot, reply.token())
    }
}

/// A message that breaks no rule.
pub(super) fn message(content: &str) -> Value {
    json!({ "content": content, "allowed_mentions": { "parse": [] } })
}

/// The command that most tests use.
pub(super) fn ask() -> Value {
    json!([{
        "name": "ask", "type": 1, "description": "Ask", "options": [
            { "type": 3, "name": "question", "description": "What", "required": true, "max_length": 20 },
            { "type": 3, "name": "article", "description": "Where", "autocomplete": true },
        ],
    }])
}
