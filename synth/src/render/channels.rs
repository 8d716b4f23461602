//! The channels of noise: every damage that a rendered document may have, by name. A preset may leave some out (`[noise] without`), so that
//! an experiment can ask what each is worth. What is drawn for one channel never depends on whether another is there.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use records::Counts;
use serde::{Deserialize, Serialize};

/// A damage of a document, named as in presets and in the counts of a manifest (`noise.confusions`). Whatever it does is undone by the labels:
/// damaged characters by an edit, lines that are no content by their role, line ends by their join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseChannel {
    /// Letters read as others, by the table fitted to real recognition (`rnain` for `main`). Level: share of damaged words, `words`.
    Confusions,
    /// A space inside a word (`inter nal`). Level: as above, by the mixture of real recognition.
    BrokenWords,
    /// The space between two words lost (`ofthe`). Level: as above.
    JoinedWords,
    /// A word all in capitals, or a capital in small. Level: as above.
    ChangedCase,
    /// Signs that were stored in one encoding and read in another (`â€™` for `'`). Level: share of such signs; documents: `mojibake`.
    Mojibake,
    /// `fi`, `fl`, `ff`, `ffi`, `ffl` as one sign, as fonts print them. Level: share of such places; paged documents: `ligatures`.
    Ligatures,
    /// Wide gaps, tabs and no-break spaces between words, spaces before marks. Level: share of the spaces; documents: `white_space`.
    WhiteSpace,
    /// Words cut at line ends, at a hyphen of their own or a new one. Level: share of the lines that leave room.
    Hyphenation,
    /// The lines of a narrow column at the side (advertisements, notices) read between those of the text. Level: how many lines it has;
    /// paged documents: `columns`.
    ColumnInterleaving,
    /// The line that stands at the head of every page.
    RunningHeaders,
    /// The line that stands at the foot of every page (paged documents: `footers`), below a web page, a Markdown file or an e-mail.
    Footers,
    /// The number of every page.
    PageNumbers,
    /// Menus, breadcrumbs and link lists around HTML and Markdown.
    Navigation,
    /// The banner that asks a visitor of a web page for consent, and its buttons.
    CookieBanners,
}

impl NoiseChannel {
    /// Every channel.
    pub const ALL: [Self; 14] = [
        Self::Confusions,
        Self::BrokenWords,
        Self::JoinedWords,
        Self::ChangedCase,
        Self::Mojibake,
        Self::Ligatures,
        Self::WhiteSpace,
        Self::Hyphenation,
        Self::ColumnInterleaving,
        Self::RunningHeaders,
        Self::Footers,
        Self::PageNumbers,
        Self::Navigation,
        Self::CookieBanners,
    ];

    /// Name in presets and counts.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// A generator of the channel's own, beside the one of the document.
    pub(crate) fn random(self, document: &ChaCha8Rng) -> ChaCha8Rng {
        let mut own = document.clone();
        own.set_stream(1 + self as u64);
        own.set_word_pos(0);
        own
    }
}

/// What the channels left in a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    without: BTreeSet<NoiseChannel>,
    counts: [u64; NoiseChannel::ALL.len()],
}

impl Marks {
    pub fn new(without: &BTreeSet<NoiseChannel>) -> Self {
        Self { without: without.clone(), ..Self::default() }
    }

    pub fn has(&self, channel: NoiseChannel) -> bool {
        !self.without.contains(&channel)
    }

    pub fn count(&mut self, channel: NoiseChannel) {
        self.counts[channel as usize] += 1;
    }

    /// Adds the counts to those of a run.
    pub fn add_to(&self, counts: &mut Counts) {
        for (channel, number) in NoiseChannel::ALL.into_iter().zip(self.counts).filter(|(_, number)| *number > 0) {
            *counts.entry(format!("noise.{}", channel.name())).or_default() += number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_stands_in_the_list_at_its_own_place() {
        assert!(NoiseChannel::ALL.into_iter().enumerate().all(|(at, channel)| channel as usize == at));
        assert_eq!(NoiseChannel::ColumnInterleaving.name(), "column_interleaving");
    }
}
