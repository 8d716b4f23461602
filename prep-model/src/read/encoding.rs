//! Bytes to text. A byte order mark decides; then wide forms whose zero bytes give them away, UTF-8 (a few stray bytes in it do not make it
//! anything else), the character set that a page or an XML file declares, and what `chardetng` takes the bytes for. What no set explains
//! becomes a replacement character and is counted. Every offset counted in the text can be taken back to the bytes of the file.

mod declared;
mod transcript;
mod wide;

use std::borrow::Cow;

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, GB18030, GBK, ISO_2022_JP, UTF_8};
use records::{OffsetMap, Segment};

use self::declared::declared;
use self::transcript::Transcript;
use super::ReadError;

/// Bytes at the head of a file that are looked at before the rest to tell text from anything else.
const HEAD: usize = 8_192;
/// Share of control characters above which a file is no text, if there are more than slips would leave (an end-of-file mark, a bell).
const CONTROL_SHARE: f64 = 0.02;
/// So many slips, in a text that is this many times longer.
const CONTROL_SLIPS: usize = 2;
const SLIP_IN: usize = 8;
/// Of the characters beyond ASCII one in this many may be wrong where a character set is to be believed.
const WRONG_IN: u32 = 20;
/// Of the bytes of a file one in this many may be in no set at all; the file is read around them.
const STRAY_IN: usize = 100;
/// Most characters that may have a place of their own in the way back: each costs the memory of a hundred plain ones.
const MOST_MAPPED: usize = 8_000_000;

/// A text and the way back to the bytes it was decoded from.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Replacement characters that stand for bytes which are no text.
    pub replaced: u32,
    shift: u64,
    map: Option<OffsetMap>,
}

impl Decoded<'_> {
    /// Takes spans that count in the text to spans that count in the bytes of the file.
    pub fn to_raw(&self, spans: OffsetMap) -> OffsetMap {
        match &self.map {
            Some(map) => spans.then(map),
            None if self.shift == 0 => spans,
            None => {
                let moved = |segment: &Segment| Segment { raw: segment.raw + self.shift, ..*segment };
                OffsetMap::try_from(spans.segments().iter().map(moved).collect::<Vec<_>>()).unwrap_or_default()
            }
        }
    }
}

/// Decodes the bytes of a file; `marked_up` where the format can declare its character set.
///
/// # Errors
/// If they hold nothing, no text, or text of an unknown encoding.
pub(super) fn decode(bytes: &[u8], marked_up: bool) -> Result<Decoded<'_>, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let decoded = match wide::decode(bytes) {
        Some(transcript) if is_control(&transcript) => return Err(ReadError::Binary),
        Some(transcript) => written(transcript)?,
        None => narrow(bytes, marked_up)?,
    };
    if decoded.text.trim().is_empty() { Err(ReadError::Empty) } else { Ok(decoded) }
}

fn written(transcript: Transcript) -> Result<Decoded<'static>, ReadError> {
    let Transcript { text, map, replaced, .. } = transcript.finish();
    if map.segments().len() > MOST_MAPPED {
        return Err(ReadError::LongEncoded { limit: MOST_MAPPED });
    }
    Ok(Decoded { text: Cow::Owned(text), replaced, shift: 0, map: Some(map) })
}

/// Text of units of one byte: UTF-8 or a set of the time before it.
fn narrow(bytes: &[u8], marked_up: bool) -> Result<Decoded<'_>, ReadError> {
    let shift = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
    let body = &bytes[shift..];
    if looks_binary(body) {
        return Err(ReadError::Binary);
    }
    let stated = if marked_up && shift == 0 { declared(body) } else { None };
    let error = match std::str::from_utf8(body) {
        Ok(text) => {
            return match stateful(body, stated) {
                Some(encoding) => written(Transcript::legacy(body, encoding)),
                None => Ok(Decoded { text: Cow::Borrowed(text), replaced: 0, shift: shift as u64, map: None }),
            };
        }
        Err(error) => error,
    };
    if shift > 0 || is_damaged_utf8(body, stated) {
        return written(Transcript::lossy(bytes, shift));
    }
    for encoding in [stated.filter(|stated| *stated != UTF_8), Some(guessed(body))].into_iter().flatten() {
        let transcript = Transcript::legacy(body, encoding);
        if transcript.wrong() * WRONG_IN <= transcript.beyond_ascii {
            return written(transcript);
        }
    }
    let stray = body.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    if stray <= 1 + body.len() / STRAY_IN {
        return written(Transcript::lossy(bytes, shift));
    }
    Err(ReadError::Encoding { offset: (shift + error.valid_up_to()) as u64 })
}

fn guessed(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new();
    detector.feed(body, true);
    detector.guess(None, false)
}

/// The set of a text that is plain ASCII only because the set shifts between alphabets by escapes.
fn stateful(body: &[u8], stated: Option<&'static Encoding>) -> Option<&'static Encoding> {
    let escapes = body.contains(&0x1b) && body.is_ascii();
    (escapes && (stated == Some(ISO_2022_JP) || guessed(body) == ISO_2022_JP)).then_some(ISO_2022_JP)
}

/// Whether bytes that are not UTF-8 throughout are UTF-8 with a few wrong bytes in it. Letters of other sets hardly ever look like characters
/// of two and more bytes, so one such character for each wrong byte is proof enough, two where the file declares another set.
fn is_damaged_utf8(body: &[u8], stated: Option<&'static Encoding>) -> bool {
    let (mut whole, mut wrong) = (0, 0);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    let needed = if stated.is_some_and(|stated| stated != UTF_8) { 2 * wrong } else { wrong };
    whole >= needed || whole == 0 && wrong == 1 && is_cut(body)
}

/// Whether a text ends inside a character of UTF-8. A single byte at the end is that only if no Western text ends with its letter.
fn is_cut(body: &[u8]) -> bool {
    let tail = body.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    match tail {
        [lead] => matches!(lead, 0xC2 | 0xC3),
        [lead, ..] => *lead >= 0xE0,
        [] => false,
    }
}

fn looks_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let controls = bytes.iter().filter(is_control).count();
    // A slip of a zero byte makes no text anything else.
    bytes.iter().filter(|byte| **byte == 0).count() > 1 + bytes.len() / STRAY_IN
        || controls as f64 > CONTROL_SHARE * bytes.len() as f64 && (controls > CONTROL_SLIPS || controls * SLIP_IN > bytes.len())
}

/// Whether what was decoded from wide units is no text after all.
fn is_control(transcript: &Transcript) -> bool {
    let is_wrong = |character: &char| character.is_control() && !character.is_whitespace() || *character == char::REPLACEMENT_CHARACTER;
    let (wrong, all) = transcript.text.chars().fold((0, 0), |(wrong, all), c| (wrong + usize::from(is_wrong(&c)), all + 1));
    wrong > 1 && wrong as f64 > CONTROL_SHARE * f64::from(all)
}

/// Sets whose decoder may hold an ASCII character back.
fn holds_back(encoding: &'static Encoding) -> bool {
    [GB18030, GBK, ISO_2022_JP].contains(&encoding)
}

#[cfg(test)]
mod tests;
