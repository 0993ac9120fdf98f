//! A person at a terminal, as someone on the fake Discord.
//!
//! Owns what a typed line means and how the answer is shown. It does no input and output itself, so that
//! a test can type.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use crate::fake_discord::{
    Act, FakeDiscord, File, Guild, Modal, OptionValue, Options, Permissions, Person, Posted, Reply,
};

/// What can be typed.
pub(crate) const HELP: &str = "\
You are on a Discord that exists in this process alone. What you type is said in the channel:
  @quoth who signed the treaty?        mention the bot
  /ask question: who signed?           a slash command; `:commands` lists them
  > and when?                          reply to the bot's last message
  2   or   2 Second option             press button 2, or choose in select 2
Lines with a colon are for this terminal:
  :as NAME        be someone else: ana (member), ed (may manage the server), or anyone new
  :guild NAME     go to a server: Newsroom, Club, or a new one        :in NAME   go to a channel
  :dm             go to the direct conversation with the bot
  :menu NAME      use a command of a message's menu on the last message
  :complete /ask article: pu           what the bot offers while you type
  :attach PATH    a file for the next message; in a command, write the path as the option's value
  :screen   :commands   :drop (break the gateway)   :help   :quit";

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// Something with a number on the screen.
#[derive(Clone, Debug)]
enum Part {
    Button(Posted, String),
    Select(Posted, String),
}

/// A modal that is being filled in: labels of fields still to come, and what is written so far.
#[derive(Debug)]
struct Filling {
    modal: Modal,
    left: Vec<(String, bool, u64)>,
}

/// Who types, where, and what is on the screen.
#[derive(Debug)]
pub(crate) struct Terminal {
    discord: FakeDiscord,
    guilds: Vec<(String, Guild)>,
    people: Vec<(String, Person)>,
    channels: Vec<(u64, String, crate::fake_discord::Channel)>,
    me: (String, Person),
    guild: usize,
    /// The channel's name; none in the direct conversation.
    place: Option<String>,
    parts: Vec<Part>,
    last: Option<Posted>,
    filling: Option<Filling>,
    files: Vec<File>,
    n_violations: usize,
}

impl Terminal {
    /// Waits for the bot, and begins as a member of a server.
    pub(crate) async fn new(discord: FakeDiscord) -> Terminal {
        let newsroom = discord.guild("Newsroom");
        let club = discord.guild("Club");
        let ana = newsroom.member("ana");
        let editor = newsroom.member_with("ed", Permissions::MANAGE_GUILD);
        discord.ready().await;
        Terminal {
            discord,
            guilds: vec![("Newsroom".to_owned(), newsroom), ("Club".to_owned(), club)],
            people: vec![("ana".to_owned(), ana.clone()), ("ed".to_owned(), editor)],
            channels: Vec::new(),
            me: ("ana".to_owned(), ana),
            guild: 0,
            place: Some("general".to_owned()),
            parts: Vec::new(),
            last: None,
            filling: None,
            files: Vec::new(),
            n_violations: 0,
        }
    }

    /// What stands before the line.
    pub(crate) fn prompt(&self) -> String {
        if let Some(Filling { left, .. }) = &self.filling
            && let Some((label, is_required, _)) = left.first()
        {
            return format!("{label}{}:", if *is_required { "" } else { " (optional)" });
        }
        match &self.place {
            Some(channel) => format!(
                "{} in {} #{channel} »",
                self.me.0, self.guilds[self.guild].0
            ),
            None => format!("{} to the bot »", self.me.0),
        }
    }

    /// Ends without a judgement.
    pub(crate) fn end(self) {
        self.discord.abandon();
    }

    /// Does what a line says; returns what is shown then, or none to end.
    pub(crate) async fn line(&mut self, line: &str) -> Option<String> {
        let line = line.trim();
        let mut shown = if self.filling.is_some() {
            self.fill(line).await
        } else if line == ":quit" {
            return None;
        } else if let Some(command) = line.strip_prefix(':') {
            self.command(command).await
        } else if let Some(slash) = line.strip_prefix('/') {
            self.slash(slash).await
        } else if let Some(text) = line.strip_prefix('>') {
            self.reply(text.trim()).await
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            self.part(line).await
        } else if line.is_empty() {
            String::new()
        } else {
            self.say(line).await
        };
        let violations = self.discord.violations();
        for violation in violations.iter().skip(self.n_violations) {
            let _ = write!(shown, "\n! the bot broke a rule of Discord: {violation}");
        }
        self.n_violations = violations.len();
        Some(shown)
    }

    /// The person where they are.
    fn here(&self) -> Person {
        let Some(name) = &self.place else {
            return self.me.1.in_dm();
        };
        let guild = &self.guilds[self.guild].1;
        let channel = self
            .channels
            .iter()
            .find(|(of, known, _)| *of == guild.id() && known == name);
        let channel = channel.map_or_else(|| guild.general(), |(_, _, channel)| channel.clone());
        self.me.1.in_channel(&channel)
    }

    async fn command(&mut self, command: &str) -> String {
        let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
        let rest = rest.trim();
        match name {
            "as" if !rest.is_empty() => self.become_someone(rest),
            "guild" if !rest.is_empty() => self.go_to_guild(rest),
            "in" if !rest.is_empty() => self.go_to_channel(rest),
            "dm" => self.place = None,
            "menu" => return self.menu(rest).await,
            "complete" => return self.complete(rest.trim_start_matches('/')).await,
            "attach" => {
                return match read(rest) {
                    Ok(file) => {
                        self.files.push(file);
                        "It goes with your next message.".to_owned()
                    }
                    Err(reason) => reason,
                };
            }
            "screen" => return self.here().screen(),
            "commands" => return self.list(),
            "drop" => {
                self.discord.drop_gateway();
                return "The gateway's connection is broken; the bot resumes.".to_owned();
            }
            _ => return HELP.to_owned(),
        }
        String::new()
    }

    fn become_someone(&mut self, name: &str) {
        let guild = &self.guilds[self.guild].1;
        let known = self.people.iter().find(|(known, _)| known == name).cloned();
        let person = match known {
            Some((_, person)) => guild.welcome(&person),
            None => {
                let person = guild.member(name);
                self.people.push((name.to_owned(), person.clone()));
                person
            }
        };
        self.me = (name.to_owned(), person);
    }

    fn go_to_guild(&mut self, name: &str) {
        let known = self
            .guilds
            .iter()
            .position(|(known, _)| known.eq_ignore_ascii_case(name));
        self.guild = known.unwrap_or_else(|| {
            self.guilds
                .push((name.to_owned(), self.discord.guild(name)));
            self.guilds.len() - 1
        });
        self.me.1 = self.guilds[self.guild].1.welcome(&self.me.1);
        self.place = Some("general".to_owned());
    }

    fn go_to_channel(&mut self, name: &str) {
        let name = name.trim_start_matches('#');
        let guild = &self.guilds[self.guild].1;
        let is_known = self
            .channels
            .iter()
            .any(|(of, known, _)| *of == guild.id() && known == name);
        if name != "general" && !is_known {
            self.channels
                .push((guild.id(), name.to_owned(), guild.channel(name)));
        }
        self.place = Some(name.to_owned());
    }

    fn list(&self) -> String {
        let mut lines = Vec::new();
        for command in self.discord.commands() {
            let name = command["name"].as_str().unwrap_or_default();
            match command["type"].as_u64() {
                Some(3) => lines.push(format!(":menu {name}")),
                Some(2) => {}
                _ => describe(&format!("/{name}"), &command, &mut lines),
            }
        }
        lines.join("\n")
    }

    async fn say(&mut self, text: &str) -> String {
        let mut said = self.here().say(text);
        for file in self.files.drain(..) {
            said = said.with_file(file);
        }
        let is_addressed = self.place.is_none() || text.contains("@quoth");
        let posted = said.post();
        self.last = Some(posted.clone());
        if !is_addressed {
            return "(said; the bot does not listen to what is not for it)".to_owned();
        }
        self.answer_to(&posted).await
    }

    async fn reply(&mut self, text: &str) -> String {
        let Some(last) = self.last.clone() else {
            return "There is no message to reply to yet.".to_owned();
        };
        let posted = self.me.1.reply(&last, text).post();
        self.answer_to(&posted).await
    }

    async fn answer_to(&mut self, posted: &Posted) -> String {
        match tokio::time::timeout(PATIENCE, posted.answer()).await {
            Ok(answer) => self.show(&[answer]),
            Err(_) => "(no answer)".to_owned(),
        }
    }

    async fn slash(&mut self, line: &str) -> String {
        match self.parse(line) {
            Ok((path, options)) => self.perform(self.here().slash_with(&path, options)).await,
            Err(reason) => reason,
        }
    }

    async fn menu(&mut self, name: &str) -> String {
        let Some(last) = self.last.clone() else {
            return "There is no message yet.".to_owned();
        };
        self.perform(self.here().use_menu(name, &last)).await
    }

    async fn part(&mut self, line: &str) -> String {
        let (number, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number: usize = number.parse().unwrap_or(0);
        let act = match self.parts.get(number.wrapping_sub(1)) {
            Some(Part::Button(message, label)) => self.me.1.press(message, label),
            Some(Part::Select(message, custom_id)) => {
                let wanted: Vec<&str> = rest.split(',').map(str::trim).collect();
                self.me.1.choose(message, custom_id, &wanted)
            }
            None => return format!("there is no {line} on the screen"),
        };
        self.perform(act).await
    }

    async fn complete(&mut self, line: &str) -> String {
        let (path, mut options) = match self.parse(line) {
            Ok(parsed) => parsed,
            Err(reason) => return reason,
        };
        let Some((name, OptionValue::Text(typed))) = options.pop() else {
            return "Name the option that is being typed at the end.".to_owned();
        };
        let mut typing = self.here().complete(&path, &name, &typed);
        for (name, value) in options {
            typing = typing.with(&name, value);
        }
        let choices = match typing.try_send() {
            Ok(reply) => self.wait(reply).await.map(|reply| reply.choices()),
            Err(reason) => return reason,
        };
        let Some(choices) = choices else {
            return "(no answer)".to_owned();
        };
        choices
            .iter()
            .map(|choice| format!("· {}", choice.name))
            .collect::<Vec<_>>()
            .join("\n")
    }

    async fn wait(&self, reply: Reply) -> Option<Reply> {
        tokio::time::timeout(PATIENCE, reply.answered()).await.ok()
    }

    async fn perform(&mut self, act: Act) -> String {
        let reply = match act.try_send() {
            Ok(reply) => reply,
            Err(reason) => return format!("Discord does not offer this: {reason}"),
        };
        let Some(reply) = self.wait(reply).await else {
            return "(no answer)".to_owned();
        };
        if reply.is_modal() {
            let mut modal = reply.modal();
            let left = modal.fields();
            let shown = modal.text();
            self.filling = Some(Filling { modal, left });
            return shown;
        }
        let messages: Vec<Posted> = reply
            .shown()
            .into_iter()
            .chain(reply.follow_ups())
            .collect();
        self.show(&messages)
    }

    /// One line for one field of a modal.
    async fn fill(&mut self, text: &str) -> String {
        let Some(Filling { modal, mut left }) = self.filling.take() else {
            return String::new();
        };
        let (label, is_required, most) = left.remove(0);
        if is_required && text.is_empty() {
            return "The field was required; the form is closed.".to_owned();
        }
        let text: String = text
            .chars()
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .collect();
        let modal = modal.fill(&label, &text);
        if left.is_empty() {
            return self.perform(modal.submit()).await;
        }
        self.filling = Some(Filling { modal, left });
        String::new()
    }

    /// Shows messages with numbers on what can be pressed.
    fn show(&mut self, messages: &[Posted]) -> String {
        let before = std::mem::take(&mut self.parts);
        let mut shown = Vec::new();
        for message in messages {
            let mut text = message.text();
            let mut from = 0;
            for button in message
                .buttons()
                .into_iter()
                .filter(|button| button.custom_id.is_some())
            {
                let part = Part::Button(message.clone(), button.label.clone());
                self.number(&mut text, &mut from, &format!("[{}", button.label), part);
            }
            let mut from = 0;
            for select in message.selects() {
                let part = Part::Select(message.clone(), select.custom_id);
                self.number(
                    &mut text,
                    &mut from,
                    &format!("<{}", select.placeholder),
                    part,
                );
            }
            shown.push(format!("quoth:\n{text}"));
        }
        if self.parts.is_empty() {
            // What was there before is still on the screen.
            self.parts = before;
        }
        // Nobody can reply to what only one sees.
        let public = messages.iter().rfind(|message| !message.is_private());
        self.last = public.cloned().or(self.last.take());
        shown.join("\n\n")
    }

    /// Puts the next number after the bracket of a part.
    fn number(&mut self, text: &mut String, from: &mut usize, mark: &str, part: Part) {
        let Some(at) = text
            .get(*from..)
            .and_then(|rest| rest.rfind(mark).map(|at| *from + at))
        else {
            return;
        };
        self.parts.push(part);
        let number = format!("{} ", self.parts.len());
        text.insert_str(at + 1, &number);
        *from = at + 1;
    }

    /// Reads `ask question: who? article: …` by what the bot has registered.
    fn parse(&self, line: &str) -> Result<(String, Options), String> {
        let mut words = line.split_whitespace().peekable();
        let name = words.next().unwrap_or_default();
        let commands = self.discord.commands();
        let mut spec = commands
            .iter()
            .find(|command| {
                command["name"] == name && !matches!(command["type"].as_u64(), Some(2 | 3))
            })
            .ok_or_else(|| format!("there is no command `/{name}`; see :commands"))?;
        let mut path = name.to_owned();
        while let Some(inner) = words.peek().and_then(|word| nested(spec, word)) {
            path = format!("{path} {}", words.next().unwrap_or_default());
            spec = inner;
        }
        let known: Vec<&Value> = spec["options"].as_array().into_iter().flatten().collect();
        let mut typed: Vec<(&Value, String)> = Vec::new();
        for word in words {
            let named = word.split_once(':').and_then(|(name, rest)| {
                known
                    .iter()
                    .find(|option| option["name"] == name)
                    .map(|option| (*option, rest))
            });
            match (named, typed.last_mut(), known.first()) {
                (Some((option, rest)), _, _) => typed.push((option, rest.to_owned())),
                (None, Some((_, value)), _) if value.is_empty() => word.clone_into(value),
                (None, Some((_, value)), _) => {
                    let _ = write!(value, " {word}");
                }
                // Without a name, the first option is meant.
                (None, None, Some(first)) => typed.push((first, word.to_owned())),
                (None, None, None) => return Err(format!("`/{path}` takes no options")),
            }
        }
        let options = typed.into_iter().map(|(option, value)| {
            let name = option["name"].as_str().unwrap_or_default().to_owned();
            Ok((name, self.value(option, &value)?))
        });
        Ok((path, options.collect::<Result<_, String>>()?))
    }

    fn value(&self, option: &Value, text: &str) -> Result<OptionValue, String> {
        let wrong = || format!("`{text}` is no value for {}", option["name"]);
        Ok(match option["type"].as_u64() {
            Some(4) => OptionValue::Integer(text.parse().map_err(|_| wrong())?),
            Some(5) => {
                OptionValue::Flag(matches!(text.to_lowercase().as_str(), "true" | "yes" | "1"))
            }
            Some(6 | 9) => {
                let name = text.trim_start_matches('@');
                let found = self.people.iter().find(|(known, _)| known == name);
                found.map(|(_, person)| person.into()).ok_or_else(wrong)?
            }
            Some(7) => {
                let name = text.trim_start_matches('#');
                let guild = &self.guilds[self.guild].1;
                let found = self
                    .channels
                    .iter()
                    .find(|(of, known, _)| *of == guild.id() && known == name);
                match found {
                    Some((_, _, channel)) => channel.into(),
                    None if name == "general" => (&guild.general()).into(),
                    None => return Err(wrong()),
                }
            }
            Some(10) => OptionValue::Number(text.parse().map_err(|_| wrong())?),
            Some(11) => OptionValue::File(read(text)?),
            _ => {
                // What is chosen from a list is shown by name and sent by value.
                let choices = option["choices"].as_array().into_iter().flatten();
                let chosen = choices.into_iter().find(|choice| choice["name"] == text);
                let value = chosen.and_then(|choice| choice["value"].as_str());
                OptionValue::Text(value.unwrap_or(text).to_owned())
            }
        })
    }
}

fn nested<'c>(spec: &'c Value, name: &str) -> Option<&'c Value> {
    let options = spec["options"].as_array()?;
    options
        .iter()
        .find(|option| option["name"] == name && matches!(option["type"].as_u64(), Some(1 | 2)))
}

fn describe(path: &str, spec: &Value, lines: &mut Vec<String>) {
    let options: Vec<&Value> = spec["options"].as_array().into_iter().flatten().collect();
    let inner: Vec<&&Value> = options
        .iter()
        .filter(|option| matches!(option["type"].as_u64(), Some(1 | 2)))
        .collect();
    for option in &inner {
        describe(
            &format!("{path} {}", option["name"].as_str().unwrap_or_default()),
            option,
            lines,
        );
    }
    if inner.is_empty() {
        let names = options.iter().map(|option| {
            let name = option["name"].as_str().unwrap_or_default();
            if option["required"] == true {
                format!(" {name}: …")
            } else {
                format!(" [{name}: …]")
            }
        });
        let names: String = names.collect();
        lines.push(format!(
            "{path}{names} — {}",
            spec["description"].as_str().unwrap_or_default()
        ));
    }
}

/// A file of this machine, as an attachment.
fn read(path: &str) -> Result<File, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("`{path}`: {error}"))?;
    let name = std::path::Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    Ok(File::new(&name, "application/octet-stream", bytes))
}
