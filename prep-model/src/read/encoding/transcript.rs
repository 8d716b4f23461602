//! Text in the making, each character with the bytes it was decoded from.

use std::ops::Range;

use encoding_rs::{DecoderResult, Encoding};
use records::{OffsetMap, Segment};

use super::holds_back;

/// What has been decoded so far.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    /// The text.
    pub text: String,
    /// Its bytes to those of the file.
    pub map: OffsetMap,
    /// Replacement characters written.
    pub replaced: u32,
    /// Characters beyond ASCII, wrong ones included.
    pub beyond_ascii: u32,
    /// Control characters that only a wrong guess at the set gives.
    controls: u32,
    /// Characters that wait for the next one on their line: a segment of equal lengths would say that the bytes are the same.
    waiting: Option<(usize, Range<usize>)>,
    /// The last segment, not yet in the map.
    held: Option<Segment>,
}

impl Transcript {
    /// UTF-8 from `start` on, what is wrong in it replaced.
    pub fn lossy(bytes: &[u8], start: usize) -> Self {
        let mut out = Self::default();
        let mut at = start;
        for chunk in bytes[start..].utf8_chunks() {
            out.copy(chunk.valid(), at);
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                out.replace(at..at + chunk.invalid().len());
                at += chunk.invalid().len();
            }
        }
        out
    }

    /// A set of the time before Unicode.
    pub fn legacy(bytes: &[u8], encoding: &'static Encoding) -> Self {
        let mut out = Self::default();
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let copies_ascii = !holds_back(encoding);
        let mut characters = [0_u8; 16];
        let (mut start, mut at) = (0, 0);
        loop {
            if start == at && copies_ascii {
                let plain = bytes[at..].iter().take_while(|byte| byte.is_ascii()).count();
                out.copy(std::str::from_utf8(&bytes[at..at + plain]).unwrap_or_default(), at);
                (start, at) = (at + plain, at + plain);
            }
            // Byte by byte: that is how it is known which bytes a character came from.
            let byte = &bytes[at..(at + 1).min(bytes.len())];
            let last = at + byte.len() == bytes.len();
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(byte, &mut characters, last);
            at += read;
            let wrong = match result {
                DecoderResult::Malformed(length, behind) => usize::from(length) + usize::from(behind),
                _ => 0,
            };
            if written > 0 {
                let end = (at - wrong.min(at)).max(start);
                let decoded = std::str::from_utf8(&characters[..written]).unwrap_or_default();
                decoded.chars().for_each(|character| out.push(character, start..end));
                start = end;
            }
            match result {
                DecoderResult::InputEmpty if last => return out,
                DecoderResult::Malformed(_, behind) => {
                    let end = (at - usize::from(behind).min(at)).max(start);
                    out.replace(start..end);
                    start = end;
                }
                _ => {}
            }
        }
    }

    /// Appends bytes that are text as they stand.
    fn copy(&mut self, text: &str, at: usize) {
        let Some(first) = text.chars().next() else { return };
        let mut done = 0;
        if self.waiting.is_some() {
            self.push(first, at..at + first.len_utf8());
            done = first.len_utf8();
            self.settle();
        }
        let rest = &text[done..];
        self.beyond_ascii += rest.chars().filter(|character| !character.is_ascii()).count() as u32;
        let (clean, length) = (self.text.len() as u64, rest.len() as u64);
        self.add(Segment { clean, clean_length: length, raw: (at + done) as u64, raw_length: length });
        self.text.push_str(rest);
    }

    /// Appends a character that came from `raw`.
    pub fn push(&mut self, character: char, raw: Range<usize>) {
        if is_break(character) {
            self.settle();
        }
        self.beyond_ascii += u32::from(!character.is_ascii());
        self.controls += u32::from(matches!(character, '\u{80}'..='\u{9f}'));
        let (clean, raw) = self.waiting.take().map_or((self.text.len(), raw.clone()), |(clean, begun)| (clean, begun.start..raw.end));
        self.text.push(character);
        let length = self.text.len() - clean;
        if length == raw.len() && !(character.is_ascii() && length == 1) {
            self.waiting = Some((clean, raw));
        } else {
            self.segment(clean, &raw);
        }
    }

    /// Appends a replacement character for bytes that are no text.
    pub fn replace(&mut self, raw: Range<usize>) {
        self.replaced += 1;
        self.push(char::REPLACEMENT_CHARACTER, raw);
        self.settle();
    }

    /// Characters that are no text.
    pub fn wrong(&self) -> u32 {
        self.replaced + self.controls
    }

    /// With every character in the map.
    pub fn finish(mut self) -> Self {
        self.settle();
        if let Some(held) = self.held.take() {
            let _ = self.map.push(held);
        }
        self
    }

    /// What waits goes with the character before it if that stands on the same line, else alone.
    fn settle(&mut self) {
        let Some((clean, raw)) = self.waiting.take() else { return };
        match &mut self.held {
            Some(held) if held.clean_length != held.raw_length && !self.text[..clean].ends_with(is_break) => {
                held.clean_length = self.text.len() as u64 - held.clean;
                held.raw_length = raw.end as u64 - held.raw;
            }
            _ => self.segment(clean, &raw),
        }
    }

    fn segment(&mut self, clean: usize, raw: &Range<usize>) {
        let clean_length = (self.text.len() - clean) as u64;
        self.add(Segment { clean: clean as u64, clean_length, raw: raw.start as u64, raw_length: raw.len() as u64 });
    }

    fn add(&mut self, segment: Segment) {
        if segment.raw_length == 0 {
            // Of two characters from the same bytes (Big5 has such) the first one has the place.
            return;
        }
        if let Some(held) = self.held.replace(segment) {
            // Both sides only move forward here.
            let _ = self.map.push(held);
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{c}')
}
