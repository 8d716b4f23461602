//! A paragraph longer than a section, in pieces.

use crate::inference::piece::Piece;

/// A block in parts of at most `room` bytes, cut between sentences, else at spaces, else between characters.
pub(super) fn cut(block: &Piece, room: usize) -> Vec<Piece> {
    if block.text.len() <= room {
        return vec![block.clone()];
    }
    let mut ends: Vec<usize> = text::sentences(&block.text).into_iter().map(|sentence| block.safe_cut(sentence.end)).collect();
    ends.push(block.text.len());
    let mut parts = Vec::new();
    let mut start = 0;
    while start < block.text.len() {
        let limit = start + room;
        let first_over = ends.partition_point(|end| *end <= limit);
        let end = match ends[..first_over].last() {
            Some(end) if *end > start => *end,
            _ => hard_cut(block, start, limit),
        };
        let end = end + (block.text[end..].len() - block.text[end..].trim_start().len());
        let part = block.slice(start..end);
        let kept = part.text.trim_end().len();
        if kept > 0 {
            parts.push(part.slice(0..part.safe_cut(kept)));
        }
        start = end;
    }
    parts
}

/// Where a sentence longer than a section is cut.
fn hard_cut(block: &Piece, start: usize, limit: usize) -> usize {
    let limit = block.text.floor_char_boundary(limit.min(block.text.len()));
    let space = block.text[start..limit].rfind(char::is_whitespace).filter(|space| *space > 0).map(|space| start + space);
    block.safe_cut(space.unwrap_or(limit)).max(block.text.ceil_char_boundary(start + 1))
}
