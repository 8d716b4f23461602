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
    let segments =
        vec![Segment { clean: 0, clean_length: 2, raw: 5, raw_length: 2 }, Segment { clean: 2, clean_length: 2, raw: 3, raw_length: 2 }];
    assert_eq!(OffsetMap::try_from(segments), Err(OffsetMapError { index: 1 }));
}
