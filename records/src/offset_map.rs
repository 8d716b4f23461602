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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A random map: copies, replacements, insertions and deletions one after the other, with the lengths of its two sides.
    fn any_map() -> impl Strategy<Value = (OffsetMap, u64, u64)> {
        map_of(&[0, 1, 2, 3])
    }

    /// A random map of copies (0), replacements (1), insertions (2) and deletions (3).
    fn map_of(kinds: &'static [u8]) -> impl Strategy<Value = (OffsetMap, u64, u64)> {
        prop::collection::vec((prop::sample::select(kinds), 1..6_u64, 1..6_u64), 0..12).prop_map(|steps| {
            let (mut map, mut clean, mut raw) = (OffsetMap::default(), 0, 0);
            for (what, a, b) in steps {
                let (clean_length, raw_length) = match what {
                    0 => (a, a),
                    1 => (a, b),
                    2 => (a, 0),
                    _ => (0, b),
                };
                map.push(Segment { clean, clean_length, raw, raw_length }).unwrap();
                clean += clean_length;
                raw += raw_length;
            }
            (map, clean, raw)
        })
    }

    fn spread(range: Option<Range<u64>>) -> Vec<u64> {
        range.into_iter().flatten().collect()
    }

    proptest! {
        #[test]
        fn the_inverse_of_the_inverse_is_the_map((map, _, _) in any_map()) {
            prop_assert_eq!(map.inverse().inverse(), map);
        }

        #[test]
        fn a_map_is_monotone((map, clean, _) in any_map(), cut in 0.0..1.0_f64) {
            let middle = (clean as f64 * cut) as u64;
            if let (Some(left), Some(right)) = (map.raw_range(0..middle), map.raw_range(middle..clean)) {
                prop_assert!(left.start <= right.start && left.end <= right.end);
            }
        }

        #[test]
        fn a_larger_range_covers_a_smaller_one((map, clean, _) in any_map(), a in 0..40_u64, b in 0..40_u64) {
            let (start, end) = (a.min(b).min(clean), a.max(b).min(clean));
            if let Some(inner) = map.raw_range(start..end) {
                let outer = map.raw_range(0..clean).unwrap();
                prop_assert!(outer.start <= inner.start && inner.end <= outer.end);
            }
        }

        #[test]
        fn going_there_and_back_covers_the_start((map, clean, _) in any_map(), a in 0..40_u64, b in 0..40_u64) {
            let (start, end) = (a.min(b).min(clean), a.max(b).min(clean));
            if let Some(raw) = map.raw_range(start..end) {
                let back = map.clean_range(raw).unwrap();
                for segment in map.segments() {
                    let (from, to) = (segment.clean.max(start), segment.clean_end().min(end));
                    prop_assert!(from >= to || (back.start <= from && to <= back.end));
                }
            }
        }

        #[test]
        fn composition_of_copies_agrees_with_two_steps(
            (first, clean, _) in map_of(&[0, 2, 3]),
            (second, _, _) in map_of(&[0, 2, 3]),
            at in 0..40_u64,
        ) {
            let at = at.min(clean);
            let whole = first.then(&second).raw_range(at..at + 1);
            prop_assert_eq!(whole, first.raw_range(at..at + 1).and_then(|middle| second.raw_range(middle)));
        }

        #[test]
        fn a_composition_starts_and_ends_where_its_parts_do((first, clean, _) in any_map(), (second, _, _) in any_map()) {
            let whole = spread(first.then(&second).raw_range(0..clean));
            let parts = first.segments().iter().filter_map(|segment| second.raw_range(segment.raw..segment.raw_end()));
            prop_assert!(parts.flatten().all(|byte| whole.contains(&byte)));
        }

        #[test]
        fn composing_with_the_identity_changes_nothing((map, clean, raw) in any_map()) {
            prop_assert_eq!(map.then(&OffsetMap::identity(raw)), map.clone());
            prop_assert_eq!(OffsetMap::identity(clean).then(&map), map);
        }

        #[test]
        fn a_slice_maps_as_the_whole_does((map, clean, _) in any_map(), a in 0..40_u64, b in 0..40_u64, at in 0..40_u64) {
            let (start, end) = (a.min(b).min(clean), a.max(b).min(clean));
            let slice = map.slice(start..end);
            prop_assert_eq!(slice.raw_range(0..end - start), map.raw_range(start..end));
            if start + at < end {
                let (part, whole) = (slice.raw_range(at..at + 1), map.raw_range(start + at..start + at + 1));
                prop_assert_eq!(part.is_some(), whole.is_some());
                // Within the segment's raw bytes; less than all of them where the cut made both sides equally long.
                prop_assert!(part.zip(whole).is_none_or(|(part, whole)| whole.start <= part.start && part.end <= whole.end));
            }
        }

        #[test]
        fn a_slice_of_copies_maps_every_byte_as_the_whole_does(
            (map, clean, _) in map_of(&[0, 2, 3]),
            a in 0..40_u64,
            b in 0..40_u64,
            at in 0..40_u64,
        ) {
            let (start, end) = (a.min(b).min(clean), a.max(b).min(clean));
            if start + at < end {
                prop_assert_eq!(map.slice(start..end).raw_range(at..at + 1), map.raw_range(start + at..start + at + 1));
            }
        }
    }

    #[test]
    fn an_entity_stands_for_all_its_bytes() {
        // clean "a&b" from raw "a&amp;b"
        let mut map = OffsetMap::identity(1);
        map.push(Segment { clean: 1, clean_length: 1, raw: 1, raw_length: 5 }).unwrap();
        map.push(Segment { clean: 2, clean_length: 1, raw: 6, raw_length: 1 }).unwrap();
        assert_eq!(map.raw_range(1..2), Some(1..6));
        assert_eq!(map.raw_range(0..3), Some(0..7));
        assert_eq!(map.clean_range(2..4), Some(1..2));
    }

    #[test]
    fn segments_out_of_order_are_refused() {
        let segments = vec![
            Segment { clean: 0, clean_length: 2, raw: 5, raw_length: 2 },
            Segment { clean: 2, clean_length: 2, raw: 3, raw_length: 2 },
        ];
        assert_eq!(OffsetMap::try_from(segments), Err(OffsetMapError { index: 1 }));
    }
}
