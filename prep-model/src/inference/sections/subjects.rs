//! Long running text that no heading divides, as print without layout, transcripts and texts pasted together are: its sections begin where it
//! changes its subject, not where the one before is full. Paragraphs that a writer set apart stay whole where they fit; tables, lists and code are
//! no running text. What has headings is left as its writer divided it.

use std::ops::Range;

use records::Role;

use super::{Block, LEAST_BYTES, SECTION_BYTES};
use crate::inference::evidence::is_statement;
use crate::model::{Limits, Topics, Unit, cut_units};

/// A printed text has headings of its own if there is one for so much of it, in bytes; fewer may be lines that were taken for some.
const HEADING_BYTES: usize = 4 * SECTION_BYTES;

/// The blocks, those of long undivided text cut so that each part of one subject begins a section.
pub(super) fn by_subject(blocks: Vec<Block>, is_plain: bool, topics: &Topics) -> Vec<Block> {
    if has_headings(&blocks, is_plain) {
        return blocks;
    }
    let mut out = Vec::with_capacity(blocks.len());
    let mut run: Vec<Block> = Vec::new();
    for block in blocks {
        if is_prose(&block, is_plain) {
            run.push(block);
        } else {
            out.append(&mut divided(std::mem::take(&mut run), is_plain, topics));
            out.push(block);
        }
    }
    out.append(&mut divided(run, is_plain, topics));
    out
}

/// In mark-up a heading is one; in print it is an opinion, and one alone over pages of text divides nothing.
fn has_headings(blocks: &[Block], is_plain: bool) -> bool {
    let headings = blocks.iter().filter(|block| block.role == Role::Heading).count();
    let bytes: usize = blocks.iter().map(|block| block.piece.text.len()).sum();
    headings > 0 && (!is_plain || headings * HEADING_BYTES >= bytes)
}

/// Whether a block is running text. What print has for a note or a date and is a whole sentence is part of it.
fn is_prose(block: &Block, is_plain: bool) -> bool {
    let may_be = matches!(block.role, Role::Metadata | Role::Footnote | Role::Reference | Role::Caption);
    block.table.is_none() && (block.role == Role::Paragraph || is_plain && may_be && is_statement(&block.piece.text))
}

/// One run of text with its parts; as it is where it fits a section.
fn divided(run: Vec<Block>, is_plain: bool, topics: &Topics) -> Vec<Block> {
    let length: usize = run.iter().map(|block| block.piece.text.len() + 1).sum();
    if length <= SECTION_BYTES {
        return run;
    }
    let (units, owners) = units(&run, is_plain, topics);
    let limits = Limits { least: LEAST_BYTES, most: SECTION_BYTES };
    let begins = cut_units(&units, topics.config.penalty, limits);
    let mut cuts: Vec<Vec<usize>> = vec![Vec::new(); run.len()];
    for ((unit, owner), begins) in units.iter().zip(owners).zip(begins).skip(1) {
        if begins {
            cuts[owner.0].push(unit.place.start - owner.1);
        }
    }
    let mut out = Vec::with_capacity(run.len());
    for (at, (block, cuts)) in run.into_iter().zip(cuts).enumerate() {
        let starts_section = if at == 0 { block.starts_section } else { cuts.first() == Some(&0) };
        parts(Block { role: Role::Paragraph, starts_section, ..block }, &cuts, &mut out);
    }
    out
}

/// The sentences of a run, and which block each stands in and where that begins in the run.
fn units(run: &[Block], is_plain: bool, topics: &Topics) -> (Vec<Unit>, Vec<(usize, usize)>) {
    let mut places: Vec<(usize, usize, Range<usize>)> = Vec::new();
    let mut base = 0;
    for (at, block) in run.iter().enumerate() {
        places.extend(text::sentences(&block.piece.text).into_iter().map(|range| (at, base, range)));
        base += block.piece.text.len() + 1;
    }
    let sentences = places.iter().map(|(at, base, range)| (&run[*at].piece.text[range.clone()], base + range.start..base + range.end));
    let mut units = topics.units(sentences);
    // A paragraph is what stands between blank lines; mark-up says what one is.
    let opens = |at: usize| at == 0 || places[at].0 != places[at - 1].0 && (!is_plain || run[places[at].0].is_apart);
    let mut start = 0;
    while start < units.len() {
        let end = (start + 1..units.len()).find(|next| opens(*next)).unwrap_or(units.len());
        let is_long = units[end - 1].place.end - units[start].place.start > SECTION_BYTES;
        units[start + 1..end].iter_mut().for_each(|unit| unit.may_begin = is_long);
        start = end;
    }
    (units, places.into_iter().map(|(at, base, _)| (at, base)).collect())
}

/// A block in parts, each of which begins a section.
fn parts(block: Block, cuts: &[usize], out: &mut Vec<Block>) {
    let length = block.piece.text.len();
    let mut ends: Vec<usize> = cuts.iter().filter(|cut| **cut > 0).map(|cut| block.piece.safe_cut(*cut)).collect();
    ends.push(length);
    let mut start = 0;
    for end in ends {
        let whole = &block.piece.text[start..end];
        let first = start + (whole.len() - whole.trim_start().len());
        let last = if end == length { end } else { block.piece.safe_cut(start + whole.trim_end().len()) };
        if first < last {
            let starts_section = block.starts_section || start > 0;
            out.push(Block { piece: block.piece.slice(first..last), starts_section, ..block.like() });
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use records::{Join, Section};

    use super::*;
    use crate::inference::decide::{Decision, decide_clean};
    use crate::inference::piece::Piece;
    use crate::inference::sections;
    use crate::model::TopicConfig;
    use crate::read::{MediaType, ReadLimits, read_bytes};

    fn topics() -> Topics {
        let words = ["the", "ship", "harbour", "tax", "budget"].map(str::to_owned);
        let vectors = vec![0.0, 0.0, 1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.1, 0.9];
        let config = TopicConfig { unknown: 0.0, meaning: 0.5, penalty: 0.8, ..TopicConfig::new(5, 2) };
        Topics::new(config, &words, vectors, vec![0.0, 0.4, 0.4, 0.4, 0.4])
    }

    /// Five sentences each about ships, taxes and ships again.
    fn sentences() -> Vec<String> {
        let about =
            |words: &'static str| (0..5).map(move |n| format!("Number {n} of them says that the {words} was good to all who came by."));
        about("ship in the harbour").chain(about("tax in the budget")).chain(about("ship in the harbour")).collect()
    }

    /// The sections of a text with roles by line; each is checked against its bytes.
    fn of(media_type: MediaType, text: &str, role: impl Fn(&str) -> Role, join: Join) -> Vec<Section> {
        let reading = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
        let decided = decide_clean(&reading.lines).into_iter().zip(&reading.lines);
        let decisions: Vec<Decision> = decided.map(|(decision, line)| Decision { content: role(&line.text), join, ..decision }).collect();
        let pieces = || reading.lines.iter().map(Piece::of).collect();
        let (found, _) = sections("p", &reading, &decisions, pieces(), Some(&topics()));
        for section in &found {
            assert!(section.text.len() <= SECTION_BYTES);
            let raw = section.spans.raw_range(0..section.text.len() as u64).unwrap();
            let raw = &text[raw.start as usize..raw.end as usize];
            assert_eq!(raw.split_whitespace().collect::<Vec<_>>(), section.text.split_whitespace().collect::<Vec<_>>());
        }
        let words = |sections: &[Section]| sections.iter().flat_map(|s| s.text.split_whitespace().map(str::to_owned)).collect::<Vec<_>>();
        let (before, _) = sections("p", &reading, &decisions, pieces(), None);
        assert_eq!(words(&found), words(&before), "nothing is lost or added");
        found
    }

    fn numbers(sections: &[Section]) -> Vec<(usize, bool)> {
        sections.iter().map(|section| (section.text.matches("Number").count(), section.text.contains("tax"))).collect()
    }

    const SUBJECTS: [(usize, bool); 3] = [(5, false), (5, true), (5, false)];

    #[test]
    fn running_text_is_cut_where_its_subject_changes_whether_a_paragraph_or_lines() {
        let prose = |_: &str| Role::Paragraph;
        assert_eq!(numbers(&of(MediaType::Text, &sentences().join("\n"), prose, Join::Break)), SUBJECTS);
        assert_eq!(numbers(&of(MediaType::Text, &sentences().join("\n"), prose, Join::Space)), SUBJECTS);
        assert_eq!(numbers(&of(MediaType::Text, &sentences().join(" "), prose, Join::Break)), SUBJECTS);
        let html: String = sentences().iter().map(|sentence| format!("<p>{sentence}</p>")).collect();
        let reading = read_bytes(MediaType::Html, html.as_bytes(), &ReadLimits::default()).unwrap();
        let pieces = reading.lines.iter().map(Piece::of).collect();
        assert_eq!(numbers(&sections("p", &reading, &decide_clean(&reading.lines), pieces, Some(&topics())).0), SUBJECTS);
    }

    #[test]
    fn a_sentence_taken_for_a_date_is_part_of_the_text_around_it() {
        let role = |line: &str| if line.starts_with("Number 2") { Role::Metadata } else { Role::Paragraph };
        let found = of(MediaType::Text, &sentences().join("\n"), role, Join::Break);
        assert_eq!(numbers(&found), SUBJECTS);
        assert!(found.iter().all(|section| section.role == Role::Paragraph));
    }

    #[test]
    fn what_is_divided_already_short_or_no_prose_stays_as_it_is() {
        let same = |media_type, text: &str, role: &dyn Fn(&str) -> Role| {
            let reading = read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap();
            let decided = decide_clean(&reading.lines).into_iter().zip(&reading.lines);
            let decisions: Vec<Decision> =
                decided.map(|(decision, line)| Decision { content: role(&line.text), level: 1, ..decision }).collect();
            let run = |topics| sections("p", &reading, &decisions, reading.lines.iter().map(Piece::of).collect(), topics);
            assert_eq!(run(Some(&topics())), run(None), "{media_type:?} {text:.60}");
        };
        let prose = sentences().join("\n\n");
        let heading = |line: &str| if line.starts_with("Head") { Role::Heading } else { Role::Paragraph };
        same(MediaType::Markdown, &format!("# Head\n\n{prose}"), &heading);
        same(MediaType::Text, &format!("Head\n\n{prose}"), &heading);
        same(MediaType::Clean, &prose, &|_| Role::Paragraph);
        same(MediaType::Text, &sentences()[3..8].join("\n"), &|_| Role::Paragraph);
        for role in [Role::ListItem, Role::Code, Role::TableRow] {
            same(MediaType::Text, &sentences().join("\n"), &|_| role);
        }
    }

    #[test]
    fn a_paragraph_that_its_writer_set_apart_stays_whole() {
        let sentences = sentences();
        // The second paragraph ends with two sentences about taxes, which go with it.
        let text = format!("{}\n\n{}\n\n{}", sentences[..3].join(" "), sentences[3..7].join(" "), sentences[7..].join(" "));
        let found = of(MediaType::Text, &text, |_| Role::Paragraph, Join::Break);
        let together = |a: &str, b: &str| found.iter().any(|section| section.text.contains(a) && section.text.contains(b));
        assert!(together(&sentences[3], &sentences[6]), "{found:#?}");
    }
}
