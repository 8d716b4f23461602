//! Where each byte of a clean text came from. A map is a list of segments, each tying a range of the clean text to a range of the raw
//! file; both sides only ever move forward. Clean bytes outside every segment were inserted, raw bytes outside every segment dropped.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A range of clean text and the raw range it came from. Where both have the same length they correspond byte by byte; otherwise the whole
/// clean range stands for the whole raw range (`&amp;` for `&`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First clean byte.
    pub clean: u64,
    /// Number of clean bytes.
    pub clean_length: u64,
    /// First raw byte.
    pub raw: u64,
    /// Number of raw bytes.
    pub raw_length: u64,
}

impl Segment {
    fn clean_end(self) -> u64 {
        self.clean + self.clean_length
    }

    fn raw_end(self) -> u64 {
        self.raw + self.raw_length
    }

    fn is_bytewise(self) -> bool {
        self.clean_length == self.raw_length
    }

    /// The raw range of the part of this segment that lies in `clean`, which must overlap it.
    fn raw_of(self, clean: &Range<u64>) -> Range<u64> {
        if !self.is_bytewise() {
            return self.raw..self.raw_end();
        }
        let start = clean.start.max(self.clean);
        let end = clean.end.min(self.clean_end());
        self.raw + (start - self.clean)..self.raw + (end - self.clean)
    }
}

/// A list of segments was not in order.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("offset map: segment {index} starts before the one in front of it ends")]
pub struct OffsetMapError {
    /// The offending segment.
    pub index: usize,
}

/// A monotone map from clean text to the raw file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Segment>", into = "Vec<Segment>")]
pub struct OffsetMap {
    segments: Vec<Segment>,
}

impl TryFrom<Vec<Segment>> for OffsetMap {
    type Error = OffsetMapError;

    fn try_from(segments: Vec<Segment>) -> Result<Self, OffsetMapError> {
        let mut map = Self::default();
        for (index, segment) in segments.into_iter().enumerate() {
            map.push(segment).map_err(|_| OffsetMapError { index })?;
        }
        Ok(map)
    }
}

impl From<OffsetMap> for Vec<Segment> {
    fn from(map: OffsetMap) -> Self {
        map.segments
    }
}

impl OffsetMap {
    /// The map of an unchanged text of `length` bytes that starts at raw byte 0.
    #[must_use]
    pub fn identity(length: u64) -> Self {
        Self::verbatim(0, length)
    }

    /// The map of `length` bytes copied from raw byte `raw`.
    #[must_use]
    pub fn verbatim(raw: u64, length: u64) -> Self {
        let mut map = Self::default();
        map.push(Segment { clean: 0, clean_length: length, raw, raw_length: length }).expect("one segment is in order");
        map
    }

    /// The segments, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Appends a segment; one that continues the last byte by byte is merged with it, an empty one is dropped.
    ///
    /// # Errors
    /// If it starts before the last one ends, on either side.
    pub fn push(&mut self, segment: Segment) -> Result<(), OffsetMapError> {
        if segment.clean_length == 0 || segment.raw_length == 0 {
            return Ok(());
        }
        if let Some(last) = self.segments.last_mut() {
            if segment.clean < last.clean_end() || segment.raw < last.raw_end() {
                return Err(OffsetMapError { index: self.segments.len() });
            }
            let continues = segment.clean == last.clean_end() && segment.raw == last.raw_end();
            if continues && last.is_bytewise() && segment.is_bytewise() {
                last.clean_length += segment.clean_length;
                last.raw_length += segment.raw_length;
                return Ok(());
            }
        }
        self.segments.push(segment);
        Ok(())
    }

    /// Appends `other`, moved forward by `clean_shift` clean bytes: the map of two texts put one behind the other.
    ///
    /// # Errors
    /// If the result would not be monotone.
    pub fn append(&mut self, other: &Self, clean_shift: u64) -> Result<(), OffsetMapError> {
        for segment in &other.segments {
            self.push(Segment { clean: segment.clean + clean_shift, ..*segment })?;
        }
        Ok(())
    }

    /// The smallest raw range that covers `clean`; none if all of it was inserted.
    #[must_use]
    pub fn raw_range(&self, clean: Range<u64>) -> Option<Range<u64>> {
        let mut touched = self.touching(&clean);
        let first = touched.next()?.raw_of(&clean);
        let last = touched.last().map_or(first.end, |segment| segment.raw_of(&clean).end);
        Some(first.start..last)
    }

    /// The smallest clean range that covers `raw`; none if all of it was dropped.
    #[must_use]
    pub fn clean_range(&self, raw: Range<u64>) -> Option<Range<u64>> {
        self.inverse().raw_range(raw)
    }

    fn touching<'a>(&'a self, clean: &Range<u64>) -> impl Iterator<Item = &'a Segment> {
        let first = self.segments.partition_point(|segment| segment.clean_end() <= clean.start);
        let end = if clean.is_empty() { 0 } else { clean.end };
        self.segments[first..].iter().take_while(move |segment| segment.clean < end)
    }

    /// The map from raw to clean.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let turn = |s: &Segment| Segment { clean: s.raw, clean_length: s.raw_length, raw: s.clean, raw_length: s.clean_length };
        Self { segments: self.segments.iter().map(turn).collect() }
    }

    /// This map (clean to middle) followed by `next` (middle to raw).
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut out = Self::default();
        for segment in &self.segments {
            let middle = segment.raw..segment.raw_end();
            if !segment.is_bytewise() {
                if let Some(raw) = next.raw_range(middle) {
                    out.push_merging(segment.clean..segment.clean_end(), raw);
                }
                continue;
            }
            for piece in next.touching(&middle) {
                let start = piece.clean.max(middle.start);
                let end = piece.clean_end().min(middle.end);
                let clean = segment.clean + (start - middle.start)..segment.clean + (end - middle.start);
                out.push_merging(clean, piece.raw_of(&middle));
            }
        }
        out
    }

    /// Appends a pair of ranges; where the raw range was already used by the last segment both become one. Should the two sides of such a
    /// segment happen to be equally long, it is read byte by byte from then on: its ends stay right, a place inside may be off.
    fn push_merging(&mut self, clean: Range<u64>, raw: Range<u64>) {
        if let Some(last) = self.segments.last_mut()
            && raw.start < last.raw_end()
        {
            last.clean_length = clean.end - last.clean;
            last.raw_length = raw.end.max(last.raw_end()) - last.raw;
            return;
        }
        let segment =
            Segment { clean: clean.start, clean_length: clean.end - clean.start, raw: raw.start, raw_length: raw.end - raw.start };
        self.push(segment).expect("both sides of a composition move forward");
    }

    /// The map of `clean` alone, counted from its start. A segment that stands for its raw range as a whole is kept whole on the raw side;
    /// cut to as many clean bytes as it has raw ones, it is read byte by byte from then on: its ends stay right, a place inside may be off.
    #[must_use]
    pub fn slice(&self, clean: Range<u64>) -> Self {
        let mut out = Self::default();
        for segment in self.touching(&clean) {
            let start = segment.clean.max(clean.start);
            let end = segment.clean_end().min(clean.end);
            out.push_merging(start - clean.start..end - clean.start, segment.raw_of(&clean));
        }
        out
    }
}

#[cfg(test)]
mod tests;
