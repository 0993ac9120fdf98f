//! What is checked of every message body, wherever it is sent.

use super::{EMPTY_MESSAGE, Incoming, Refusal, TOO_LARGE};
use crate::fake_discord::rules;
use crate::fake_discord::violations::Problem;
use crate::fake_discord::world::{Message, World};

/// The largest file Discord takes from a bot without boosts.
pub const MAX_FILE_BYTES: usize = 10 << 20;

/// What a message body is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'m> {
    /// A message in a channel.
    Send,
    /// A change to a message there.
    Edit(&'m Message),
    /// A further message of an interaction.
    FollowUp,
    /// A change to a message of an interaction.
    EditResponse(&'m Message),
    /// The message in a callback of kind 4.
    Respond,
    /// The change in a callback of kind 7.
    Update(&'m Message),
}

impl World {
    /// Notes what is wrong with a body and refuses it, if anything is.
    pub(super) fn refuse_broken(
        &mut self,
        request: &Incoming,
        problems: Vec<Problem>,
    ) -> Result<(), Refusal> {
        for problem in &problems {
            let Problem { rule, at, sentence } = problem;
            let what = format!("{}: {at}: {sentence}", request.line());
            self.violate(rule, what);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid_body(problems))
        }
    }

    /// Checks the body of a message against the schema and the rules that no schema knows.
    pub(super) fn check_message(
        &mut self,
        request: &Incoming,
        purpose: Purpose<'_>,
    ) -> Result<(), Refusal> {
        let body = match purpose {
            Purpose::Respond | Purpose::Update(_) => &request.body["data"],
            _ => &request.body,
        };
        if let Some(large) = request
            .files
            .iter()
            .find(|file| file.bytes.len() > MAX_FILE_BYTES)
        {
            let what = format!(
                "{}: `{}` is {} bytes",
                request.line(),
                large.name,
                large.bytes.len()
            );
            self.violate("file-size", what);
            return Err(TOO_LARGE);
        }
        for problem in rules::mentions(body) {
            // Discord takes it; this project does not.
            self.violate(
                problem.rule,
                format!("{}: {}", request.line(), problem.sentence),
            );
        }
        let mut problems = rules::schema(purpose, &request.body);
        problems.extend(rules::message(body, purpose));
        self.refuse_broken(request, problems)?;
        if rules::is_empty(body, !request.files.is_empty(), purpose) {
            self.violate("empty-message", request.line());
            return Err(EMPTY_MESSAGE);
        }
        Ok(())
    }
}
