//! TextTiling (Hearst 1997), the segmenter that every other is compared with: blocks of stems left and right of each gap, a boundary where their
//! likeness dips. Beside the rules in the task of segmentation alone; no workflow cuts its chunks so.

use std::collections::HashMap;
use std::ops::Range;

/// Terms of a token sequence, the unit that Hearst takes instead of sentences.
const SEQUENCE: usize = 20;

/// First bytes of the parts that TextTiling cuts a text into; boundaries stand at the nearest sentence. `block` token sequences are compared on
/// either side (Hearst's k). The cutoff is her liberal one, mean less half a standard deviation of the depths.
#[must_use]
pub fn tiles(text: &str, block: usize) -> Vec<u64> {
    let sentences = text::sentences(text);
    let mut terms: Vec<(usize, String)> = Vec::new();
    for range in text::words(text) {
        if let Some(term) = text::term(&text[range.clone()]) {
            terms.push((range.start, term));
        }
    }
    let sequences: Vec<&[(usize, String)]> = terms.chunks(SEQUENCE).collect();
    let likeness: Vec<f64> = (1..sequences.len())
        .map(|gap| cosine(&counts(&sequences, before(gap, block)), &counts(&sequences, behind(gap, block, sequences.len()))))
        .collect();
    let depths: Vec<f64> = (0..likeness.len()).map(|gap| depth(&likeness, gap)).collect();
    let mean = depths.iter().sum::<f64>() / depths.len().max(1) as f64;
    let deviation = (depths.iter().map(|depth| (depth - mean).powi(2)).sum::<f64>() / depths.len().max(1) as f64).sqrt();
    let mut out: Vec<u64> = sentences.first().map(|first| first.start as u64).into_iter().collect();
    for (gap, depth) in depths.iter().enumerate() {
        let is_peak = |other: Option<&f64>| other.is_none_or(|other| depth >= other);
        let is_boundary =
            *depth > mean - deviation / 2.0 && is_peak(gap.checked_sub(1).map(|at| &depths[at])) && is_peak(depths.get(gap + 1));
        if is_boundary && *depth > 0.0 {
            let place = sequences[gap + 1][0].0;
            let nearest = sentences.iter().map(|sentence| sentence.start).min_by_key(|start| start.abs_diff(place));
            out.extend(nearest.map(|start| start as u64));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn before(gap: usize, block: usize) -> Range<usize> {
    gap.saturating_sub(block)..gap
}

fn behind(gap: usize, block: usize, all: usize) -> Range<usize> {
    gap..(gap + block).min(all)
}

fn counts<'a>(sequences: &[&'a [(usize, String)]], range: Range<usize>) -> HashMap<&'a str, f64> {
    let mut out = HashMap::new();
    for (_, term) in sequences[range].iter().copied().flatten() {
        *out.entry(term.as_str()).or_default() += 1.0;
    }
    out
}

fn cosine(a: &HashMap<&str, f64>, b: &HashMap<&str, f64>) -> f64 {
    // Counts are whole numbers, so that these sums are the same in any order.
    let shared: f64 = a.iter().filter_map(|(term, count)| Some(count * b.get(term)?)).sum();
    let square = |counts: &HashMap<&str, f64>| counts.values().map(|count| count * count).sum::<f64>();
    if shared > 0.0 { shared / (square(a) * square(b)).sqrt() } else { 0.0 }
}

/// How far the likeness falls from the nearest heights on either side.
fn depth(likeness: &[f64], gap: usize) -> f64 {
    let mut left = gap;
    while left > 0 && likeness[left - 1] >= likeness[left] {
        left -= 1;
    }
    let mut right = gap;
    while right + 1 < likeness.len() && likeness[right + 1] >= likeness[right] {
        right += 1;
    }
    likeness[left] + likeness[right] - 2.0 * likeness[gap]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_begin_where_the_words_change() {
        let about = |words: &str| format!("{words} {words} {words} {words} {words}. ").repeat(8);
        let text = format!("{}{}", about("Ferry harbour captain anchor"), about("Bakery flour oven bread"));
        let change = text.find("Bakery").unwrap() as u64;
        let found = tiles(&text, 4);
        assert!(found.contains(&change) && found.contains(&0), "{found:?} {change}");
        assert!(tiles("", 4).is_empty());
        assert_eq!(tiles("One sentence.", 4), [0]);
    }
}
