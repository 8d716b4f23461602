//! Turns a draft into a raw file and remembers, for every block, where each clean byte went.

mod canvas;
mod channels;
mod column;
mod damage;
mod html;
mod markdown;
pub(crate) mod noise;
mod pages;

use rand_chacha::ChaCha8Rng;
use records::{LineLabel, OffsetMap};

use crate::world::NoiseShares;
use crate::world::compose::Draft;
use crate::world::genre::Format;
use canvas::Canvas;
use channels::Marks;
pub use channels::NoiseChannel;
use damage::Damages;
use noise::Channel;

/// A raw file with the map of every block of its draft.
pub(crate) struct Rendered {
    pub raw: String,
    pub media_type: &'static str,
    pub extension: &'static str,
    /// One per block of the draft.
    pub placed: Vec<Placed>,
    /// Without `doc_id`, which is the hash of `raw`.
    pub labels: Vec<LineLabel>,
    /// Share of content characters that were damaged.
    pub noise_level: f32,
    /// What each channel did.
    pub marks: Marks,
}

/// Where a block stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub map: OffsetMap,
    pub page: Option<u32>,
}

/// Renders a draft in the format of its genre; `words` is the share of words that recognition damages, `shares` the rest of the noise.
pub(crate) fn render(draft: &Draft, channel: &Channel, words: f64, shares: &NoiseShares, rng: &mut ChaCha8Rng) -> Rendered {
    let damages = Damages::draw(draft, channel, words, shares, rng);
    let mut canvas = Canvas::new(&draft.blocks, damages, Marks::new(&shares.without));
    let (media_type, extension) = match draft.format {
        Format::Html => {
            html::write(&mut canvas, draft, rng);
            ("text/html", "html")
        }
        Format::Markdown => {
            markdown::write(&mut canvas, draft, rng);
            ("text/markdown", "md")
        }
        Format::Text => {
            pages::write(&mut canvas, draft, shares, rng);
            ("text/plain", "txt")
        }
    };
    let noise_level = canvas.noise_level();
    let Canvas { raw, labels, placed, marks, .. } = canvas;
    Rendered { raw, media_type, extension, placed, labels, noise_level, marks }
}
