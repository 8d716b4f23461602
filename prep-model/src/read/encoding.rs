//! Bytes to text. UTF-8 with or without a byte order mark; failing that Windows-1252, but only where the result looks like text. Every
//! offset counted in the text can be taken back to the bytes of the file.

use std::borrow::Cow;

use records::{OffsetMap, Segment};

use super::ReadError;

/// Bytes at the head of a file that are looked at before the rest to tell text from anything else.
const HEAD: usize = 8_192;
/// Share of control characters above which a file is no text.
const CONTROL_SHARE: f64 = 0.02;
/// Share of bytes beyond ASCII above which bytes that are no UTF-8 are not taken for Windows-1252 either: no Western text has more.
const HIGH_SHARE: f64 = 0.25;
/// What the bytes 0x80 to 0x9f mean in Windows-1252; zero where the code page has no character.
const C1: [u32; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019,
    0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
];

/// A text and the way back to the bytes it was decoded from.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
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

/// Decodes the bytes of a file.
///
/// # Errors
/// If they hold nothing, no text, or text of an unknown encoding.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(ReadError::Utf16);
    }
    let shift = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
    let body = &bytes[shift..];
    if looks_binary(body) {
        return Err(ReadError::Binary);
    }
    match std::str::from_utf8(body) {
        Ok(text) if text.trim().is_empty() => Err(ReadError::Empty),
        Ok(text) => Ok(Decoded { text: Cow::Borrowed(text), shift: shift as u64, map: None }),
        Err(error) => windows_1252(bytes).ok_or(ReadError::Encoding { offset: (shift + error.valid_up_to()) as u64 }),
    }
}

fn looks_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let head = &bytes[..bytes.len().min(HEAD)];
    head.contains(&0) || bytes.iter().filter(is_control).count() as f64 > CONTROL_SHARE * bytes.len() as f64
}

/// None if the bytes use a code that Windows-1252 does not have, or too many of them stand beyond ASCII.
fn windows_1252(bytes: &[u8]) -> Option<Decoded<'static>> {
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    if high as f64 > HIGH_SHARE * bytes.len() as f64 {
        return None;
    }
    let mut text = String::with_capacity(bytes.len() + 2 * high);
    let mut map = OffsetMap::default();
    for (raw, byte) in bytes.iter().enumerate() {
        let code = if (0x80..0xA0).contains(byte) { C1[usize::from(byte - 0x80)] } else { u32::from(*byte) };
        let character = char::from_u32(code).filter(|character| code != 0 || *byte == 0 || *character != '\0')?;
        if code == 0 && *byte != 0 {
            return None;
        }
        let segment = Segment { clean: text.len() as u64, clean_length: character.len_utf8() as u64, raw: raw as u64, raw_length: 1 };
        map.push(segment).ok()?;
        text.push(character);
    }
    Some(Decoded { text: Cow::Owned(text), shift: 0, map: Some(map) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text_but_counts_as_bytes() {
        let decoded = decode(b"\xEF\xBB\xBFabc").unwrap();
        assert_eq!(decoded.text, "abc");
        assert_eq!(decoded.to_raw(OffsetMap::identity(3)).raw_range(0..3), Some(3..6));
    }

    #[test]
    fn windows_1252_is_read_and_its_offsets_count_bytes() {
        let decoded = decode(b"caf\xE9 \x93open\x94 every day of the week").unwrap();
        assert!(decoded.text.starts_with("café “open”"));
        let place = decoded.text.find("open").unwrap() as u64;
        let raw = decoded.to_raw(OffsetMap::identity(decoded.text.len() as u64)).raw_range(place..place + 4);
        assert_eq!(raw, Some(6..10));
    }

    #[test]
    fn what_is_no_text_is_refused_with_a_reason() {
        assert!(matches!(decode(b""), Err(ReadError::Empty)));
        assert!(matches!(decode(b" \n\t"), Err(ReadError::Empty)));
        assert!(matches!(decode(b"PK\x03\x04\x00\x00"), Err(ReadError::Binary)));
        assert!(matches!(decode(b"\xFF\xFEa\x00"), Err(ReadError::Utf16)));
        assert!(matches!(decode(b"text with \x81 in it, and more text"), Err(ReadError::Encoding { offset: 10 })));
        assert!(decode("日本語".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>().as_slice()).is_err());
    }
}
