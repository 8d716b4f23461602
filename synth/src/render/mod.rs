//! Turns a draft into a raw file and remembers, for every block, where each clean byte went.

mod canvas;
mod html;
mod markdown;
pub(crate) mod noise;
mod pages;

use rand_chacha::ChaCha8Rng;
use records::{LineLabel, OffsetMap};

use crate::world::compose::Draft;
use crate::world::genre::Format;
use canvas::Canvas;
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
}

/// Where a block stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub map: OffsetMap,
    pub page: Option<u32>,
}

/// Renders a draft in the format of its genre; `damage` is the share of damaged words.
pub(crate) fn render(draft: &Draft, channel: &Channel, damage: f64, rng: &mut ChaCha8Rng) -> Rendered {
    let mut canvas = Canvas::new(&draft.blocks, channel, damage);
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
            pages::write(&mut canvas, draft, rng);
            ("text/plain", "txt")
        }
    };
    let noise_level = canvas.noise_level();
    let Canvas { raw, labels, placed, .. } = canvas;
    Rendered { raw, media_type, extension, placed, labels, noise_level }
}
