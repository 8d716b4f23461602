//! Messages that Outlook saved (`.msg`): properties as streams of a compound file, by Microsoft's published format ([MS-OXMSG]; compressed rich text by
//! [MS-OXRTFCP]). What comes out is what comes out of the same mail as `.eml`; a message that hangs on another is a page of its own.

use std::io::{Cursor, Read as _};

use mail_parser::DateTime;

use super::mail::Mail;
use super::{Extraction, rtf};
use crate::read::{ReadError, ReadLimits};

/// Messages inside of each other.
const DEPTH: usize = 4;
/// 100 nanoseconds from 1601 to 1970, and in a second.
const EPOCH: u64 = 116_444_736_000_000_000;
const SECOND: u64 = 10_000_000;

/// Properties, by the numbers that the format gives them.
mod property {
    pub const SUBJECT: u16 = 0x0037;
    pub const SUBMITTED: u16 = 0x0039;
    pub const SENDER: u16 = 0x0C1A;
    pub const SENDER_ADDRESS: u16 = 0x5D01;
    pub const DELIVERED: u16 = 0x0E06;
    pub const CC: u16 = 0x0E03;
    pub const TO: u16 = 0x0E04;
    pub const BODY: u16 = 0x1000;
    pub const RTF: u16 = 0x1009;
    pub const HTML: u16 = 0x1013;
    pub const NAME: u16 = 0x3001;
    pub const DATA: u16 = 0x3701;
    pub const SHORT_NAME: u16 = 0x3704;
    pub const LONG_NAME: u16 = 0x3707;
    pub const CODE_PAGE: u16 = 0x3FFD;
}

/// A file with one message.
///
/// # Errors
/// If it is no compound file with a message.
pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let broken = |_| ReadError::broken("it breaks off, or is no message of Outlook");
    let mut file = Outlook { file: cfb::CompoundFile::open(Cursor::new(bytes)).map_err(broken)?, limits };
    let mut mail = Mail::new(limits);
    let title = file.message("/", 32, 0, &mut mail)?;
    mail.finish(title)
}

struct Outlook<'a> {
    file: cfb::CompoundFile<Cursor<&'a [u8]>>,
    limits: &'a ReadLimits,
}

/// The properties of fixed size of one message.
#[derive(Default)]
struct Fixed(Vec<(u16, u64)>);

impl Fixed {
    fn get(&self, property: u16) -> Option<u64> {
        self.0.iter().find(|(name, _)| *name == property).map(|(_, value)| *value)
    }
}

impl Outlook<'_> {
    /// A page for the message in a storage, whose properties have a head of so many bytes; its subject.
    fn message(&mut self, place: &str, head: usize, depth: usize, mail: &mut Mail<'_>) -> Result<Option<String>, ReadError> {
        let fixed = self.fixed(place, head);
        let page = fixed.get(property::CODE_PAGE).and_then(|page| i32::try_from(page).ok()).unwrap_or(1_252);
        let mut text = |property| self.text(place, property, page);
        let subject = text(property::SUBJECT);
        let sender = match (text(property::SENDER), text(property::SENDER_ADDRESS)) {
            (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
            (name, address) => name.or(address),
        };
        let [to, cc, body] = [property::TO, property::CC, property::BODY].map(text);
        let date = fixed.get(property::SUBMITTED).or_else(|| fixed.get(property::DELIVERED)).and_then(date);
        if subject.is_none() && sender.is_none() && body.is_none() {
            return Err(ReadError::broken("no message of Outlook is in it"));
        }
        mail.begin(subject.as_deref());
        mail.told(subject.as_deref().unwrap_or_default(), [("From", sender), ("To", to), ("Cc", cc), ("Date", date)]);
        match body.filter(|body| !body.trim().is_empty()) {
            Some(body) => mail.text(&body),
            None => self.other_body(place, page, mail),
        }
        self.attachments(place, page, depth, mail);
        Ok(subject)
    }

    /// A body that is there as HTML or as rich text alone.
    fn other_body(&mut self, place: &str, page: i32, mail: &mut Mail<'_>) {
        let html = self.stream(place, property::HTML, "0102").or_else(|| Some(self.text(place, property::HTML, page)?.into_bytes()));
        if let Some(html) = html {
            mail.html(&html);
        } else if let Some(found) = self.stream(place, property::RTF, "0102").and_then(|packed| unpacked(&packed, self.limits)) {
            for page in rtf::read(&found, self.limits).map(|found| found.pages).unwrap_or_default() {
                for block in page.blocks {
                    mail.words(&block.path, &page.text[block.start as usize..block.end as usize]);
                }
            }
        }
    }

    fn attachments(&mut self, place: &str, page: i32, depth: usize, mail: &mut Mail<'_>) {
        let Ok(inside) = self.file.read_storage(place) else { return };
        let is_attachment = |name: &str| name.starts_with("__attach_version1.0_#");
        let mut places: Vec<String> = inside.filter(|entry| is_attachment(entry.name())).map(|entry| joined(place, entry.name())).collect();
        places.sort();
        for (number, place) in (1..).zip(places) {
            let inner = joined(&place, "__substg1.0_3701000D");
            if self.file.is_storage(&inner) {
                let read = if depth < DEPTH { self.message(&inner, 24, depth + 1, mail) } else { Err(ReadError::TooDeep { depth: DEPTH }) };
                if let Err(error) = read {
                    mail.failed(format!("message-{number}"), error.to_string());
                }
                continue;
            }
            let names = [property::LONG_NAME, property::SHORT_NAME, property::NAME];
            let name = names.into_iter().find_map(|name| self.text(&place, name, page)).map(|name| name.replace(['/', '\\'], "_"));
            if let Some(bytes) = self.stream(&place, property::DATA, "0102") {
                mail.attach(&name.unwrap_or_else(|| format!("attachment-{number}.bin")), number, bytes);
            }
        }
    }

    /// A property that is text: in UTF-16, or in the character set of the message.
    fn text(&mut self, place: &str, property: u16, page: i32) -> Option<String> {
        let text = match self.stream(place, property, "001F") {
            Some(wide) => encoding_rs::UTF_16LE.decode_without_bom_handling(&wide).0.into_owned(),
            None => rtf::code_page(page).decode_without_bom_handling(&self.stream(place, property, "001E")?).0.into_owned(),
        };
        let text = text.trim_end_matches('\0');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// The bytes of a property of variable size.
    fn stream(&mut self, place: &str, property: u16, kind: &str) -> Option<Vec<u8>> {
        self.bytes(&joined(place, &format!("__substg1.0_{property:04X}{kind}")))
    }

    fn bytes(&mut self, path: &str) -> Option<Vec<u8>> {
        let stream = self.file.open_stream(path).ok()?;
        let mut out = Vec::new();
        stream.take(self.limits.bytes).read_to_end(&mut out).ok()?;
        Some(out)
    }

    fn fixed(&mut self, place: &str, head: usize) -> Fixed {
        let bytes = self.bytes(&joined(place, "__properties_version1.0")).unwrap_or_default();
        let entries = bytes.get(head..).unwrap_or_default().chunks_exact(16);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let entry = |entry: &[u8]| {
            let (kind, property) = (number(&entry[..2]), number(&entry[2..4]) as u16);
            // Whole numbers of 32 bits, and times.
            match kind {
                0x0003 => Some((property, number(&entry[8..12]))),
                0x0040 => Some((property, number(&entry[8..16]))),
                _ => None,
            }
        };
        Fixed(entries.filter_map(entry).collect())
    }
}

fn joined(place: &str, name: &str) -> String {
    format!("{}/{name}", place.trim_end_matches('/'))
}

/// A time as mail writes it.
fn date(since_1601: u64) -> Option<String> {
    let seconds = since_1601.checked_sub(EPOCH)? / SECOND;
    Some(DateTime::from_timestamp(i64::try_from(seconds).ok()?)).filter(DateTime::is_valid).map(|date| date.to_rfc822())
}

/// What the window of the packer holds before the first byte.
const WINDOW: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbol\
ArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Rich text out of its packing: runs of bytes, and references into a window of the last 4,096; none if it is broken.
fn unpacked(packed: &[u8], limits: &ReadLimits) -> Option<Vec<u8>> {
    let (kind, content) = (packed.get(8..12)?, packed.get(16..)?);
    if kind == b"MELA" {
        return Some(content.to_vec());
    }
    let mut window = [b' '; 4_096];
    window[..WINDOW.len()].copy_from_slice(WINDOW);
    let (mut at, mut out) = (WINDOW.len(), Vec::new());
    let mut bytes = content.iter().copied();
    loop {
        let control = bytes.next()?;
        for bit in 0..8 {
            let (from, length) = if control >> bit & 1 == 1 {
                let token = usize::from(bytes.next()?) << 8 | usize::from(bytes.next()?);
                (token >> 4, (token & 15) + 2)
            } else {
                window[at] = bytes.next()?;
                (at, 1)
            };
            // A reference to where the next byte goes ends the text.
            if length > 1 && from == at {
                return Some(out);
            }
            for step in 0..length {
                let byte = window[(from + step) % 4_096];
                window[at] = byte;
                at = (at + 1) % 4_096;
                out.push(byte);
            }
            if out.len() as u64 > limits.bytes {
                return None;
            }
        }
    }
}

/// Whether the first bytes of a compound file name what a message has.
pub(in crate::read) fn is_message(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "__properties_version1.0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests;
