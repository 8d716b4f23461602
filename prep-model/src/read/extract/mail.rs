//! E-mail: a message is a page, its headers lines of metadata, its subject a heading. What was quoted of an earlier mail and the signature are marked as such
//! by their paths; files that hang on it are documents of their own.

use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::archive::{Names, skipped_name};
use super::inline::Inline;
use super::page::Pages;
use super::{Extraction, Member};
use crate::read::container::begins_message;
use crate::read::{MediaType, ReadError, ReadLimits, read_bytes};

/// Messages of a box.
const MOST_MESSAGES: usize = 100_000;
/// Files that hang on one message.
const MOST_ATTACHMENTS: usize = 1_000;

/// A file with one message.
pub(super) fn read_message(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let mut reader = Mail::new(limits);
    let title = reader.message(bytes, "")?;
    reader.finish(title)
}

/// A file with many, each behind a line that separates it.
pub(super) fn read_box(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let mut reader = Mail::new(limits);
    let messages = messages(bytes);
    if messages.len() > MOST_MESSAGES {
        return Err(ReadError::broken(&format!("the box holds more than {MOST_MESSAGES} messages: split it")));
    }
    for (number, message) in (1..).zip(messages) {
        let prefix = format!("message-{number}/");
        if let Err(error) = reader.message(&message, &prefix) {
            reader.out.failed.push((format!("message-{number}"), error.to_string()));
        }
    }
    reader.finish(None)
}

/// The messages of a box, their lines `>From ` as they were.
fn messages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && begins_message(line) {
            out.push(Vec::new());
        } else if let Some(message) = out.last_mut() {
            let quoted = line.iter().position(|byte| *byte != b'>').is_some_and(|at| at > 0 && line[at..].starts_with(b"From "));
            message.extend_from_slice(if quoted { &line[1..] } else { line });
        }
        after_blank = line.trim_ascii().is_empty();
    }
    out
}

/// The messages of a file on their way to pages and members.
pub(super) struct Mail<'a> {
    limits: &'a ReadLimits,
    pages: Pages,
    names: Names,
    out: Extraction,
    /// Bytes of attachments so far.
    taken: u64,
}

impl<'a> Mail<'a> {
    pub fn new(limits: &'a ReadLimits) -> Self {
        Self { limits, pages: Pages::default(), names: Names::default(), out: Extraction::default(), taken: 0 }
    }

    /// All of it.
    ///
    /// # Errors
    /// If it grew beyond all measure.
    pub fn finish(mut self, title: Option<String>) -> Result<Extraction, ReadError> {
        self.out.document = Some(self.pages.finish(title)?);
        Ok(self.out)
    }

    /// A page for a message; its subject.
    fn message(&mut self, bytes: &[u8], prefix: &str) -> Result<Option<String>, ReadError> {
        let message = MessageParser::default().parse(bytes).filter(|message| !message.headers().is_empty());
        let message = message.ok_or_else(|| ReadError::broken("it is no e-mail: it has no headers"))?;
        let subject = message.subject().map(str::to_owned);
        self.begin(subject.as_deref());
        self.headers(&message);
        self.body(&message);
        self.attachments(&message, prefix);
        Ok(subject)
    }

    /// The page of a message begins.
    pub fn begin(&mut self, subject: Option<&str>) {
        self.pages.turn(subject.unwrap_or("no subject").split_whitespace().collect::<Vec<_>>().join(" "));
    }

    fn headers(&mut self, message: &Message<'_>) {
        let people = [("From", message.from()), ("To", message.to()), ("Cc", message.cc())].map(|(name, who)| (name, addresses(who)));
        let date = message.date().filter(|date| date.is_valid()).map(|date| date.to_rfc822()).unwrap_or_default();
        let lines = people.into_iter().chain([("Date", date)]).map(|(name, value)| (name, Some(value)));
        self.told(message.subject().unwrap_or_default(), lines);
    }

    /// Subject and headers.
    pub fn told<'b>(&mut self, subject: &str, headers: impl IntoIterator<Item = (&'b str, Option<String>)>) {
        self.pages.words("html/body/h1", subject);
        for (name, value) in headers {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.pages.words("metadata", &format!("{name}: {value}"));
            }
        }
    }

    /// A body of plain text.
    pub fn text(&mut self, text: &str) {
        text_body(&mut self.pages, text);
    }

    /// A body of HTML.
    pub fn html(&mut self, html: &[u8]) {
        if let Ok(reading) = read_bytes(MediaType::Html, html, self.limits) {
            self.pages.html(reading);
        }
    }

    /// A paragraph of a body, with the path that its HTML would have.
    pub fn words(&mut self, path: &str, text: &str) {
        self.pages.words(path, text);
    }

    /// Something in it that could not be read.
    pub fn failed(&mut self, name: String, reason: String) {
        self.out.failed.push((name, reason));
    }

    /// The file that hangs on a message as the one of this number, from 1.
    pub fn attach(&mut self, name: &str, number: usize, bytes: Vec<u8>) {
        let name = self.names.unique(name);
        self.taken += bytes.len() as u64;
        if number > MOST_ATTACHMENTS || self.taken > 2 * self.limits.bytes {
            self.failed(name, "too many or too large attachments in one mail: save it by itself".into());
        } else if let Some(reason) = skipped_name(&name) {
            self.out.skipped.push((name, reason));
        } else {
            self.out.members.push(Member { name, bytes });
        }
    }

    fn body(&mut self, message: &Message<'_>) {
        for part in message.text_body.iter().filter_map(|id| message.parts.get(*id)) {
            match &part.body {
                PartType::Text(text) => self.text(text),
                PartType::Html(html) => self.html(html.as_bytes()),
                _ => {}
            }
        }
    }

    fn attachments(&mut self, message: &Message<'_>, prefix: &str) {
        let parts = message.attachments.iter().filter_map(|id| message.parts.get(*id));
        for (number, part) in (1..).zip(parts) {
            let name = format!("{prefix}{}", attachment_name(part, number));
            let bytes = match &part.body {
                PartType::Message(inner) => inner.raw_message.get(part.offset_body..part.offset_end).unwrap_or(&inner.raw_message).to_vec(),
                _ => part.contents().to_vec(),
            };
            self.attach(&name, number, bytes);
        }
    }
}

fn addresses(address: Option<&Address<'_>>) -> String {
    let shown = |address: &mail_parser::Addr<'_>| match (&address.name, &address.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(one), None) | (None, Some(one)) => one.to_string(),
        (None, None) => String::new(),
    };
    let all: Vec<mail_parser::Addr<'_>> = match address {
        Some(Address::List(list)) => list.clone(),
        Some(Address::Group(groups)) => groups.iter().flat_map(|group| group.addresses.clone()).collect(),
        None => Vec::new(),
    };
    all.iter().map(shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The name of an attachment, or one for what has none.
fn attachment_name(part: &MessagePart<'_>, number: usize) -> String {
    let extension = || match (part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default())), &part.body) {
        (_, PartType::Message(_)) => "eml",
        (_, PartType::Html(_)) => "html",
        (_, PartType::Text(_)) => "txt",
        (Some(("application", "pdf")), _) => "pdf",
        (Some(("image", "png")), _) => "png",
        (Some(("image", "jpeg")), _) => "jpg",
        _ => "bin",
    };
    match part.attachment_name().map(str::trim).filter(|name| !name.is_empty()) {
        // A name is no path.
        Some(name) => name.replace(['/', '\\'], "_"),
        None => format!("attachment-{number}.{}", extension()),
    }
}

/// Paragraphs of a plain text: blank lines stand between them, `>` before what is quoted, `-- ` above the signature.
fn text_body(pages: &mut Pages, text: &str) {
    let (mut paragraph, mut path, mut signed) = (Inline::default(), String::new(), false);
    for line in text.lines() {
        let (quoted, words) = unquoted(line);
        signed |= quoted == 0 && line.trim_end() == "--";
        if signed && line.trim_end() == "--" {
            pages.block(&path, std::mem::take(&mut paragraph));
            continue;
        }
        let item = ["- ", "* ", "\u{2022} "].iter().any(|mark| words.starts_with(mark));
        let now = match (quoted, item) {
            _ if signed => "html/body/footer/p".to_owned(),
            (0, true) => "html/body/ul/li".into(),
            (0, false) if path == "html/body/ul/li" && line.starts_with(' ') => path.clone(),
            (0, false) => "html/body/p".into(),
            (depth, _) => format!("html/body{}/p", "/blockquote".repeat(depth.min(8))),
        };
        if words.trim().is_empty() || now != path || item || signed {
            pages.block(&path, std::mem::take(&mut paragraph));
        }
        path = now;
        paragraph.push(if item { words.trim_start_matches(['-', '*', '\u{2022}']) } else { words });
        paragraph.push(" ");
    }
    pages.block(&path, paragraph);
}

/// How often a line is quoted, and what it says.
fn unquoted(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(inner) = rest.trim_start().strip_prefix('>') {
        (depth, rest) = (depth + 1, inner);
    }
    (depth, if depth > 0 { rest.trim_start() } else { rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_begins_as_a_separator_does_stays_in_its_message() {
        let one = "From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\nHello.\n\nFrom our office: tea at 12:30.\n\n>From here on.\n\n";
        let other = "From - Tue Jan  2 08:15:00 2024\nSubject: y\n\nBye.\n";
        let told: Vec<String> =
            messages(format!("{one}{other}").as_bytes()).into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        assert_eq!(
            told,
            ["Subject: x\n\nHello.\n\nFrom our office: tea at 12:30.\n\nFrom here on.\n\n".to_owned(), "Subject: y\n\nBye.\n".to_owned()]
        );
    }
}
