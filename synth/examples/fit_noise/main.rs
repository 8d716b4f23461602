//! Fits the recognition channel to aligned pairs and measures how far its errors lie from real ones.
//!
//! `cargo run --release -p synth --example fit_noise -- DIR > synth/language/ocr.toml` fits the train files of `ocr_polifonia` in DIR;
//! `-- DIR levels` prints the file's last line, `levels`, again: damage under which the channel as it now is has the error rates of real segments;
//! `-- DIR measure` prints the distance between the error-rate histograms of real and made pairs, on train and on development files.

mod edits;

use std::error::Error;
use std::fs;
use std::path::Path;

use edits::{Seen, align, error_rate};
use rayon::prelude::*;

const TRAIN: [&str; 4] = ["guten_ht_high_dev", "guten_ht_high_test", "guten_ht_low_dev", "ICDAR2017_eng_periodical_train"];
const DEVELOPMENT: [&str; 3] = ["guten_ht_low_test", "ICDAR2017_eng_periodical_dev", "ICDAR2017_eng_monograph_dev"];
/// Pairs that differ in more than this share of their characters are cut wrong, not read wrong.
const MOST_DAMAGED: f64 = 0.4;
/// Longest text that is aligned, in characters.
const LONGEST: usize = 400;
/// Fewest times a confusion must be seen, and most that are kept.
const SEEN: (usize, usize) = (4, 400);
/// Upper ends of the histogram's bins of the character error rate.
const BINS: [f64; 9] = [0.002, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.25, 0.4];

/// The same for fitting and for a second look: a segment without error apart, then equal steps of a hundredth and wider ones.
const FINE: [f64; 25] = [
    0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.175, 0.2, 0.225, 0.25,
    0.3, 0.35, 0.4,
];
/// Segments that show how a level spreads, levels that are tried, rounds of the fit (few: many would put all weight on single levels), and steps of
/// the result.
const SEGMENTS: usize = 2_000;
const LEVELS: usize = 60;
const ROUNDS: usize = 100;
const QUANTILES: usize = 100;

type Pair = (Vec<char>, Vec<char>);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(arguments.first().ok_or("name the folder of ocr_polifonia")?);
    if arguments.len() == 1 {
        fit(&pairs(dir, &TRAIN)?);
    } else if arguments[1] == "levels" {
        levels(&pairs(dir, &TRAIN)?)?;
    } else {
        measure("train", &pairs(dir, &TRAIN)?)?;
        measure("development", &pairs(dir, &DEVELOPMENT)?)?;
    }
    Ok(())
}

/// True and read text of every pair, white space in single spaces.
fn pairs(dir: &Path, names: &[&str]) -> Result<Vec<Pair>, Box<dyn Error>> {
    let mut out = Vec::new();
    for name in names {
        let text = fs::read_to_string(dir.join(format!("{name}.tsv")))?;
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let single =
                |text: &str| text.replace("\\\"", "\"").split_whitespace().collect::<Vec<_>>().join(" ").chars().collect::<Vec<char>>();
            if let [_, read, truth, ..] = fields[..] {
                let (truth, read) = (single(truth), single(read));
                if (20..=LONGEST).contains(&truth.len()) && read.len() <= LONGEST {
                    out.push((truth, read));
                }
            }
        }
    }
    Ok(out)
}

/// Counts the edits of all pairs and prints the data file.
fn fit(pairs: &[Pair]) {
    let mut seen = Seen::default();
    let mut text = String::new();
    for (truth, read) in pairs {
        let steps = align(truth, read);
        if error_rate(&steps, truth.len()) <= MOST_DAMAGED {
            text.extend(truth);
            text.push('\n');
            seen.count(&steps);
        }
    }
    seen.shares.sort_by(f64::total_cmp);
    let mut rates: Vec<(f64, usize, String, String)> = Vec::new();
    for ((original, read), count) in seen.confusions.iter().filter(|(_, count)| **count >= SEEN.0) {
        let places = text.matches(original.as_str()).count().max(*count);
        rates.push((*count as f64 * 10_000.0 / places as f64, *count, original.clone(), read.clone()));
    }
    rates.sort_by(|a, b| b.1.cmp(&a.1).then((&a.2, &a.3).cmp(&(&b.2, &b.3))));
    rates.truncate(SEEN.1);
    println!(
        "# Fitted by `cargo run --release -p synth --example fit_noise` to the train files of ocr_polifonia (CC BY 4.0); do not edit by hand."
    );
    println!("# What stood on the page, what was read, how often per 10,000 places.\nconfusions = [");
    rates.iter().for_each(|(rate, _, original, read)| println!("  [{}, {}, {rate:.2}],", quoted(original), quoted(read)));
    let [confuse, break_word, join_words, change_case] = seen.ways;
    println!("]\nconfuse = {confuse}.0\nbreak_word = {break_word}.0\njoin_words = {join_words}.0\nchange_case = {change_case}.0");
    let again = seen.last.map(|[last, more]| format!("{:.3}", more as f64 / (last + more).max(1) as f64));
    println!("# Chance of one more edit in the word after a substitution, an insertion, a deletion.\nagain = [{}]", again.join(", "));
    let correlation = (seen.both / seen.single.max(1e-9)).max(0.0);
    println!("# Correlation of neighbouring words' damage inside a segment.\npersistence = {correlation:.3}");
    let levels: Vec<String> = (0..=40).map(|step| format!("{:.3}", seen.shares[step * (seen.shares.len() - 1) / 40])).collect();
    println!("# Shares of damaged words of a segment, from the best to the worst.\nlevels = [{}]", levels.join(", "));
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Finds the mixture of levels whose error rates are distributed as the real ones, and prints its quantiles. A level gives no error rate but a
/// spread of them (a segment has few words), so that levels matched one by one to real rates would spread them twice.
fn levels(pairs: &[Pair]) -> Result<(), Box<dyn Error>> {
    let real = histogram(&rates(pairs), &FINE);
    let some: Vec<&Pair> = pairs.iter().step_by(pairs.len() / SEGMENTS + 1).collect();
    let texts: Vec<String> = some.iter().map(|(truth, _)| truth.iter().collect()).collect();
    let grid: Vec<f64> = (0..=LEVELS).map(|step| 2.0 * (step as f64 / LEVELS as f64).powi(2)).collect();
    let made = |level: &f64| -> Result<Vec<f64>, synth::SynthError> {
        let read = synth::noise::misread_at(&texts, *level, 1)?;
        let pairs: Vec<Pair> = some.iter().zip(read).map(|((truth, _), read)| (truth.clone(), read.chars().collect())).collect();
        Ok(histogram(&rates(&pairs), &FINE))
    };
    let spreads: Vec<Vec<f64>> = grid.par_iter().map(made).collect::<Result<_, _>>()?;
    let weights = mixture(&spreads, &real);
    let quantile = |place: f64| {
        let mut sum = 0.0;
        let at = weights.iter().position(|weight| {
            sum += weight;
            sum >= place - 1e-9
        });
        grid[at.unwrap_or(LEVELS)]
    };
    let levels: Vec<String> = (0..=QUANTILES).map(|step| format!("{:.4}", quantile(step as f64 / QUANTILES as f64))).collect();
    println!("levels = [{}]", levels.join(", "));
    Ok(())
}

/// The weights under which a mixture of spreads is likeliest to give a histogram (expectation maximisation, Dempster, Laird and Rubin 1977).
fn mixture(spreads: &[Vec<f64>], real: &[f64]) -> Vec<f64> {
    let mut weights = vec![1.0 / spreads.len() as f64; spreads.len()];
    for _ in 0..ROUNDS {
        let expected: Vec<f64> = (0..real.len()).map(|bin| spreads.iter().zip(&weights).map(|(spread, w)| spread[bin] * w).sum()).collect();
        let pull = |spread: &Vec<f64>| -> f64 { (0..real.len()).map(|bin| real[bin] * spread[bin] / expected[bin].max(1e-12)).sum() };
        weights = spreads.iter().zip(&weights).map(|(spread, weight)| weight * pull(spread)).collect();
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
    }
    weights
}

/// The error rates of pairs, without those that are cut wrong.
fn rates(pairs: &[Pair]) -> Vec<f64> {
    let rates: Vec<f64> = pairs.par_iter().map(|(truth, read)| error_rate(&align(truth, read), truth.len())).collect();
    rates.into_iter().filter(|rate| *rate <= MOST_DAMAGED).collect()
}

/// Share of the rates up to each end and above the one before.
fn histogram(rates: &[f64], ends: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; ends.len()];
    for rate in rates {
        out[ends.partition_point(|end| end < rate).min(ends.len() - 1)] += 1.0 / rates.len() as f64;
    }
    out
}

/// Half the sum of the differences of two histograms, and the largest difference of what lies below an end.
fn distances(real: &[f64], made: &[f64]) -> (f64, f64) {
    let (mut variation, mut below, mut furthest) = (0.0, 0.0_f64, 0.0_f64);
    for (real, made) in real.iter().zip(made) {
        variation += (real - made).abs() / 2.0;
        below += real - made;
        furthest = furthest.max(below.abs());
    }
    (variation, furthest)
}

/// Prints the histograms of real and made error rates and their distances.
fn measure(name: &str, pairs: &[Pair]) -> Result<(), Box<dyn Error>> {
    let truths: Vec<String> = pairs.iter().map(|(truth, _)| truth.iter().collect()).collect();
    let made: Vec<Pair> =
        synth::noise::misread(&truths, 1)?.iter().zip(pairs).map(|(read, (truth, _))| (truth.clone(), read.chars().collect())).collect();
    let (real, made) = (rates(pairs), rates(&made));
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    println!("{name}: {} real segments, mean error rate {:.4} real, {:.4} made", real.len(), mean(&real), mean(&made));
    let (in_real, in_made) = (histogram(&real, &BINS), histogram(&made, &BINS));
    BINS.iter()
        .zip(in_real.iter().zip(&in_made))
        .for_each(|(end, (real, made))| println!("  up to {end:.3}: {real:.3} real, {made:.3} made"));
    for (ends, of) in [(&BINS[..], "bins"), (&FINE[..], "fine bins")] {
        let (variation, furthest) = distances(&histogram(&real, ends), &histogram(&made, ends));
        println!("  {} {of}: total variation {variation:.3}, Kolmogorov-Smirnov {furthest:.3}", ends.len());
    }
    Ok(())
}
