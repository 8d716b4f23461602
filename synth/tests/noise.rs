//! What must hold for the channels of noise, checked on small worlds from the outside.

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use records::{Document, Join, LineLabel, Role, Row, Section, read_table};
use synth::world::{NoiseChannel, WorldPreset, generate};

const TRIPLES: usize = 600;

fn rows<R: Row + 'static>(dir: &Path) -> Vec<R> {
    read_table::<R>(dir).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_channel_that_is_left_out_leaves_no_mark_and_takes_none_of_the_others() {
    let made = |without: Option<NoiseChannel>| {
        let dir = tempfile::tempdir().unwrap();
        let mut preset = WorldPreset::named("small").unwrap();
        preset.noise.without = without.into_iter().collect();
        let counts = generate(&preset, dir.path(), TRIPLES, 5, &ProgressBar::hidden()).unwrap().counts;
        let report = synth::check::spans(dir.path()).unwrap();
        assert_eq!(report.invalid, 0, "{without:?} {:#?}", report.examples);
        let texts: Vec<String> = rows::<Section>(dir.path()).into_iter().map(|section| section.text).collect();
        (counts, texts)
    };
    let marks = |counts: &records::Counts, channel: NoiseChannel| counts.get(&format!("noise.{}", channel.name())).copied().unwrap_or(0);
    let (all, clean) = made(None);
    for channel in NoiseChannel::ALL {
        let (rest, same) = made(Some(channel));
        assert!(marks(&all, channel) > 0 && marks(&rest, channel) == 0, "{channel:?}: {} marks", marks(&rest, channel));
        assert_eq!(clean, same, "{channel:?}");
        for other in NoiseChannel::ALL.into_iter().filter(|other| *other != channel) {
            let (before, after) = (marks(&all, other) as f64, marks(&rest, other) as f64);
            // Where a word is no longer damaged another channel may find its place, and a line may end elsewhere.
            assert!((0.8..1.25).contains(&(after / before)), "without {channel:?} {other:?} has {after} marks, not {before}");
        }
    }
}

#[test]
fn furniture_of_a_channel_that_is_left_out_stands_in_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut preset = WorldPreset::named("small").unwrap();
    preset.noise.without =
        [NoiseChannel::Navigation, NoiseChannel::CookieBanners, NoiseChannel::PageNumbers, NoiseChannel::Hyphenation].into();
    generate(&preset, dir.path(), TRIPLES, 5, &ProgressBar::hidden()).unwrap();
    let labels = rows::<LineLabel>(dir.path());
    assert!(labels.iter().all(|label| !matches!(label.role, Role::Navigation | Role::PageNumber)));
    assert!(labels.iter().all(|label| matches!(label.join, Join::Break | Join::Space)));
    assert!(labels.iter().any(|label| label.role == Role::RunningHeader));
    for document in rows::<Document>(dir.path()) {
        assert!(!fs::read_to_string(dir.path().join("raw").join(&document.path)).unwrap().contains("cookie-banner"));
    }
}
