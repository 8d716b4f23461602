//! Repairs. The edit head runs on the lines that the line pass finds damaged and proposes changes; a change is made only if the head is sure
//! enough and a word nobody knows becomes one that somebody does. Numbers are facts and names are nobody's to spell: both are never rewritten.

use burn::tensor::{Device, Int, Tensor, TensorData};
use records::Line;

use super::decide::{best, softmax};
use super::piece::Change;
use crate::data::{DELETE, INSERT, KEEP, NOTHING, REPLACE};
use crate::model::{END, INSERTIONS, ModelConfig, OPERATIONS, PAD, PrepModel, Vocabulary, class, form, writable, written};

/// Stretches of characters that go through the edit head at once; bounds its memory.
const STRETCHES_AT_ONCE: usize = 32;
/// Characters that the stretches of one long line share, so that each change has context on both sides.
const OVERLAP: usize = 16;

/// A change that the head proposes and the vocabulary bears out.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// The lowest probability of its parts.
    pub probability: f32,
    /// Whether signs that no writer puts there speak for it, so that it does not hang on which words are known.
    pub is_evident: bool,
}

/// What the head says about one character.
#[derive(Clone, Copy, Debug)]
struct Edit {
    operation: usize,
    insertion: usize,
    probability: f32,
}

const UNCHANGED: Edit = Edit { operation: KEEP as usize, insertion: NOTHING as usize, probability: 1.0 };

/// Proposed changes for each of the lines, sorted and disjoint within a line.
#[must_use]
pub fn propose(
    model: &PrepModel,
    config: &ModelConfig,
    lines: &[&Line],
    vocabulary: Vocabulary<'_>,
    device: &Device,
) -> Vec<Vec<Proposal>> {
    let mut edits: Vec<Vec<Edit>> = lines.iter().map(|line| vec![UNCHANGED; line.text.chars().count() + 1]).collect();
    let mut stretches: Vec<(usize, usize, Vec<u8>, Vec<u8>)> = Vec::new();
    let step = config.edit_window.saturating_sub(OVERLAP).max(1);
    for (at, line) in lines.iter().enumerate() {
        let characters: Vec<u8> = line.text.chars().map(class).chain([END]).collect();
        let knowledge = vocabulary.knowledge(&line.text);
        for start in (0..characters.len()).step_by(step) {
            let range = start..(start + config.edit_window).min(characters.len());
            if start > 0 && range.len() <= OVERLAP {
                break;
            }
            stretches.push((at, start, characters[range.clone()].to_vec(), knowledge[range].to_vec()));
        }
    }
    // Stretches of the same length together waste no padding; the sort is stable, so the result does not depend on anything else.
    stretches.sort_by_key(|(_, _, characters, _)| characters.len());
    for group in stretches.chunks(STRETCHES_AT_ONCE) {
        run(model, group, &mut edits, device);
    }
    lines.iter().zip(&edits).map(|(line, edits)| proposals(&line.text, edits, vocabulary)).collect()
}

/// A stretch of a line for the character head: number of the line, first character, the characters' codes, what is known of their words.
type Stretch = (usize, usize, Vec<u8>, Vec<u8>);

fn run(model: &PrepModel, group: &[Stretch], edits: &mut [Vec<Edit>], device: &Device) {
    let length = group.iter().map(|(_, _, characters, _)| characters.len()).max().unwrap_or(1).next_multiple_of(16);
    let tensor = |values: &dyn Fn(&Stretch) -> Vec<u8>| {
        let mut flat: Vec<i32> = Vec::with_capacity(group.len() * length);
        for stretch in group {
            let end = flat.len() + length;
            flat.extend(values(stretch).iter().map(|value| i32::from(*value)));
            flat.resize(end, i32::from(PAD));
        }
        Tensor::<2, Int>::from_data(TensorData::new(flat, [group.len(), length]), device)
    };
    let (operation, insertion) = model.edits(tensor(&|stretch| stretch.2.clone()), tensor(&|stretch| stretch.3.clone()));
    let (operation, insertion) = (operation.into_data().convert::<f32>(), insertion.into_data().convert::<f32>());
    let (Ok(operation), Ok(insertion)) = (operation.as_slice::<f32>(), insertion.as_slice::<f32>()) else { return };
    for (row, (line, start, characters, _)) in group.iter().enumerate() {
        // Of the shared characters each stretch answers for the half next to its middle.
        let skip = if *start > 0 { OVERLAP / 2 } else { 0 };
        for at in skip..characters.len() {
            let place = row * length + at;
            edits[*line][start + at] = edit(&operation[place * OPERATIONS..][..OPERATIONS], &insertion[place * INSERTIONS..][..INSERTIONS]);
        }
    }
}

fn edit(operation: &[f32], insertion: &[f32]) -> Edit {
    let (what, put) = (best(operation), best(insertion));
    if what == KEEP as usize && put == NOTHING as usize {
        return UNCHANGED;
    }
    let mut probability = 1.0_f32;
    if what != KEEP as usize {
        probability = probability.min(softmax(operation)[what]);
    }
    if put != NOTHING as usize {
        probability = probability.min(softmax(insertion)[put]);
    }
    Edit { operation: what, insertion: put, probability }
}

/// The changes of one line, those around the same words taken or left together.
fn proposals(text: &str, edits: &[Edit], vocabulary: Vocabulary<'_>) -> Vec<Proposal> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let changes = |at: usize| edits[at].operation != KEEP as usize || edits[at].insertion != NOTHING as usize;
    let is_gap = |at: usize| characters[at].1.is_whitespace() && !changes(at);
    let mut out = Vec::new();
    let mut at = 0;
    while at < edits.len() {
        if !changes(at) {
            at += 1;
            continue;
        }
        let mut start = at.min(characters.len());
        while start > 0 && !is_gap(start - 1) {
            start -= 1;
        }
        let mut end = at;
        while end < characters.len() && !is_gap(end) {
            end += 1;
        }
        // The place behind the last character belongs to the last word.
        let last = if end == characters.len() { edits.len() } else { end };
        // A whitespace-insertion in front of the gap itself still belongs to this word.
        out.extend(proposal(text, &characters, start..last, edits, vocabulary));
        at = last.max(at + 1);
    }
    out
}

fn proposal(
    text: &str,
    characters: &[(usize, char)],
    words: std::ops::Range<usize>,
    edits: &[Edit],
    vocabulary: Vocabulary<'_>,
) -> Option<Proposal> {
    let byte = |at: usize| characters.get(at).map_or(text.len(), |(byte, _)| *byte);
    let changed = |at: &usize| edits[*at].operation != KEEP as usize || edits[*at].insertion != NOTHING as usize;
    let first = words.clone().find(changed)?;
    let last = words.clone().rev().find(changed)?;
    // An insertion alone changes the place in front of its character, not the character.
    let end = if edits[last].operation == KEEP as usize { last } else { last + 1 }.min(characters.len()).max(first);
    let mut new = String::new();
    for (at, edit) in edits.iter().enumerate().take(last + 1).skip(first) {
        if edit.insertion >= INSERT as usize {
            new.extend(written(edit.insertion - INSERT as usize));
        }
        let Some((_, character)) = characters.get(at).filter(|_| at < end) else { continue };
        match edit.operation as i16 {
            KEEP => new.push(*character),
            DELETE => {}
            replaced => new.extend(written((replaced - REPLACE) as usize)),
        }
    }
    let change = Change { range: byte(first)..byte(end), text: new };
    let probability = edits[first..=last].iter().map(|edit| edit.probability).fold(1.0, f32::min);
    let (from, to) = (byte(words.start), byte(words.end));
    let repaired = format!("{}{}{}", &text[from..change.range.start], change.text, &text[change.range.end..to.max(change.range.end)]);
    is_borne_out(&text[from..to], &repaired, vocabulary).then_some(Proposal {
        change,
        probability,
        is_evident: is_garbled(&text[from..to]),
    })
}

/// A character that English text is not written with: what wrong encodings and typesetting leave behind.
fn is_strange(character: char) -> bool {
    let is_sign =
        writable(character).is_none() && !character.is_alphabetic() && !character.is_whitespace() && !text::is_invisible(character);
    is_sign || is_ligature(character) || matches!(character, 'â' | 'Ã' | 'Â')
}

fn is_ligature(character: char) -> bool {
    matches!(character, 'ﬁ' | 'ﬂ' | 'ﬀ' | 'ﬃ' | 'ﬄ')
}

/// Whether a text holds signs that typesetting or a wrong encoding left behind: a ligature, or the two halves of one character.
pub(super) fn is_garbled(text: &str) -> bool {
    let halves = |(first, second): (char, char)| matches!(first, 'â' | 'Ã' | 'Â') && !second.is_ascii() && !second.is_alphabetic();
    text.chars().any(is_ligature) || text.chars().zip(text.chars().skip(1)).any(halves)
}

/// Whether a word is nobody's to change: one with a capital may be a name, one with a letter beyond English is of another language.
fn is_foreign(word: &str) -> bool {
    word.contains(char::is_uppercase) || word.chars().any(|c| c.is_alphabetic() && !c.is_ascii() && !is_ligature(c))
}

/// Whether a line holds anything that a repair could be borne out for.
pub(super) fn may_be_repaired(text: &str, vocabulary: Vocabulary<'_>) -> bool {
    text.chars().any(is_strange) || text::words(text).map(|word| &text[word]).any(|word| !vocabulary.knows(word) && !is_name(word))
}

/// Whether a word is written like an abbreviation, a code or a name made of two (`GSA`, `0s`, `ServiceNow`): no list knows those, and none is
/// wrong for that.
fn is_name(word: &str) -> bool {
    let count = |is: fn(char) -> bool| word.chars().filter(|character| is(*character)).count();
    let (small, capital, digits) = (count(char::is_lowercase), count(char::is_uppercase), count(char::is_numeric));
    let inner_capital = word.chars().zip(word.chars().skip(1)).any(|(before, after)| before.is_lowercase() && after.is_uppercase());
    inner_capital || small < capital || digits * 4 > small
}

/// Whether an unknown word, or a character that no text is written with, becomes known words, and all numbers stay.
fn is_borne_out(original: &str, repaired: &str, vocabulary: Vocabulary<'_>) -> bool {
    let words = |text: &str| -> Vec<String> { text::words(text).map(|range| text[range].to_lowercase()).collect() };
    let names: Vec<String> =
        text::words(original).map(|word| &original[word]).filter(|word| is_name(word)).map(str::to_lowercase).collect();
    let (before, after) = (words(original), words(repaired));
    let numbers = |words: &[String]| -> Vec<String> { words.iter().filter(|word| !word.contains(char::is_alphabetic)).cloned().collect() };
    let is_kept = |word: &&str| after.contains(&word.to_lowercase());
    let mut replaced = text::words(original).map(|word| &original[word]).filter(|word| !is_kept(word));
    if replaced.any(|word| is_foreign(word) && !is_garbled(original)) {
        return false;
    }
    let strange = original.chars().any(is_strange);
    // A misreading that comes back is still one if the document has the right word much oftener.
    let outnumbered = |word: &String| {
        let right =
            after.iter().filter(|after| !before.contains(after)).map(|after| vocabulary.document.count(&form(after))).min().unwrap_or(0);
        !vocabulary.list.contains(&form(word)) && 2 * vocabulary.document.count(&form(word)) <= right
    };
    let was_wrong = strange || before.iter().any(|word| !names.contains(word) && (!vocabulary.knows(word) || outnumbered(word)));
    let is_right = after.iter().all(|word| vocabulary.knows(word) || before.contains(word)) && !after.is_empty();
    was_wrong && is_right && before != after && numbers(&before) == numbers(&after)
}

#[cfg(test)]
mod tests;
