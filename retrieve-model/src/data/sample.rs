//! What one training step reads: questions with their gold section and hard negatives, read together. A batch is a pure function of seed and step, so that a resumed run sees the same ones.

use std::ops::Range;
use std::sync::Arc;

use backbone::BatchSource;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use records::Split;

use super::batch::{BatchConfig, Group, ReadBatch, ReadRow, Target, TripleBatch};
use super::{Encoder, Example, Limits, Triples, follow_up, header};

/// Negatives are drawn from this many of the best keyword hits.
const HARD_NEGATIVES: usize = 12;
/// Batches whose questions are sorted by length together.
const SORTED_TOGETHER: usize = 16;

/// Samples batches from triples.
pub struct TripleBatches {
    triples: Arc<Triples>,
    encoder: Encoder,
    config: BatchConfig,
    seed: u64,
    /// Example and hop.
    items: Vec<(u32, u8)>,
    /// The epoch that `order` belongs to.
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl TripleBatches {
    /// A sampler over the training questions that are not held back.
    #[must_use]
    pub fn new(triples: Arc<Triples>, encoder: Encoder, config: BatchConfig, seed: u64) -> Self {
        Self::of(triples, encoder, config, seed, &|example| example.split == Split::Train && !example.is_held_back())
    }

    /// A sampler over the questions that `wanted` picks; over all where it picks none.
    #[must_use]
    pub fn of(triples: Arc<Triples>, encoder: Encoder, config: BatchConfig, seed: u64, wanted: &dyn Fn(&Example) -> bool) -> Self {
        let hops = |(number, example): (usize, &Example)| (0..example.hops.len().max(1)).map(move |hop| (number as u32, hop as u8));
        let mut items: Vec<(u32, u8)> = triples.examples.iter().enumerate().filter(|(_, e)| wanted(e)).flat_map(hops).collect();
        if items.is_empty() {
            items = triples.examples.iter().enumerate().flat_map(hops).collect();
        }
        let items = shared(items, config.written, |item| triples.examples[item.0 as usize].written);
        Self { triples, encoder, config, seed, items, epoch: None, order: Vec::new() }
    }

    /// Number of question/hop items in an epoch.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// Puts the items of an epoch in a random order in which items of like length stand together, batch by batch.
    fn arrange(&mut self, epoch: u64) {
        if self.epoch == Some(epoch) {
            return;
        }
        let mut random = random(self.seed, epoch, 1);
        let mut order: Vec<u32> = (0..self.items.len() as u32).collect();
        order.shuffle(&mut random);
        let size = self.config.questions.max(1);
        let length = |item: &u32| {
            let (example, hop) = self.items[*item as usize];
            let example = &self.triples.examples[example as usize];
            let section = example.hops.get(hop as usize).map(|hop| hop.section).or(example.candidates.first().map(|hit| hit.0));
            section.map_or(0, |section| self.triples.sections[section as usize].text.len())
        };
        for block in order.chunks_mut(size * SORTED_TOGETHER) {
            block.sort_by_key(length);
            let mut batches: Vec<Vec<u32>> = block.chunks(size).map(<[u32]>::to_vec).collect();
            batches.shuffle(&mut random);
            batches.into_iter().flatten().zip(block).for_each(|(item, place)| *place = item);
        }
        self.order = order;
        self.epoch = Some(epoch);
    }

    fn item(&mut self, position: u64) -> (u32, u8) {
        let count = self.items.len() as u64;
        self.arrange(position / count);
        self.items[self.order[(position % count) as usize] as usize]
    }

    /// The rows of one question and hop: the gold section first where there is one, then negatives.
    fn group(&self, item: (u32, u8), random: &mut ChaCha8Rng) -> Vec<ReadRow> {
        let example = &self.triples.examples[item.0 as usize];
        let limits = Limits::of(self.config.read_tokens);
        let evidence = evidence(&self.triples, example, item.1 as usize);
        let idf = |term: &str| self.triples.keywords.idf(term);
        let read = |number: u32, from: usize| {
            let section = &self.triples.sections[number as usize];
            self.encoder.reading(&example.question, &evidence, &header(section), &section.text[from..], limits, &idf)
        };
        let mut rows = Vec::with_capacity(1 + self.config.negatives);
        if let Some(hop) = example.hops.get(item.1 as usize) {
            let mut from = self.window(hop.section, Some(&hop.sentence), &evidence, random);
            let mut reading = read(hop.section, from);
            if reading.offsets.last().is_none_or(|last| last.end + from < hop.sentence.end) {
                // The estimate was too long for this text: start where the fact does.
                from = hop.sentence.start;
                reading = read(hop.section, from);
            }
            let moved = |range: &Range<usize>| range.start - from..range.end - from;
            let sentence = reading.sentence_of(&moved(&hop.sentence));
            // Each item of a list answers.
            let answers = item.1 as usize + 1 == example.hops.len() || !example.items().is_empty();
            // A lead is no answer to the question: pointing at it would teach to point at a name whatever is asked for.
            let span = reading.tokens_of(&moved(&hop.value)).filter(|_| answers && sentence.is_some());
            rows.push(ReadRow { reading, target: Target { relevant: true, answers, sentence, span } });
        }
        let wanted = 1 + self.config.negatives - rows.len();
        for number in self.negatives(example, item.1 as usize, &evidence, wanted, random) {
            let from = self.window(number, None, &evidence, random);
            rows.push(ReadRow { reading: read(number, from), target: Target::default() });
        }
        rows
    }

    /// Where in a section that is longer than training reads the reading starts: at a sentence, such that `told` is read too.
    fn window(&self, section: u32, told: Option<&Range<usize>>, evidence: &str, random: &mut ChaCha8Rng) -> usize {
        let text = &self.triples.sections[section as usize].text;
        // Question and header take about forty tokens; a token of plain text holds about three and a half bytes.
        let room = (self.config.read_tokens.saturating_sub(40) * 7 / 2).saturating_sub(evidence.len()).max(self.config.read_tokens);
        if text.len() <= room {
            return 0;
        }
        let latest = told.map_or(text.len() - room / 2, |told| told.start);
        let earliest = told.map_or(0, |told| told.end.saturating_sub(room));
        let starts = text::sentences(text).into_iter().map(|sentence| sentence.start).filter(|start| (earliest..=latest).contains(start));
        let starts: Vec<usize> = starts.collect();
        match starts.len() {
            // A sentence longer than the room: read from its start.
            0 => told.map_or(0, |told| told.start),
            count => starts[random.random_range(0..count)],
        }
    }

    /// Sections that do not tell the wanted fact: those a search ranks high first, then any.
    fn negatives(&self, example: &Example, hop: usize, evidence: &str, wanted: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
        let later = example.hops.get(hop..).unwrap_or_default();
        let fits = |section: &u32| !later.iter().any(|hop| hop.section == *section);
        let mut hard: Vec<u32> = if example.is_vague() {
            Vec::new()
        } else if hop == 0 {
            example.candidates.iter().map(|hit| hit.0).filter(fits).take(HARD_NEGATIVES).collect()
        } else {
            let query = follow_up(&example.question, evidence, "", &|term| self.triples.keywords.idf(term));
            let hits = self.triples.keywords.search(&text::terms(&query), HARD_NEGATIVES);
            hits.into_iter().map(|hit| hit.0 as u32).filter(fits).collect()
        };
        hard.shuffle(random);
        hard.truncate(wanted);
        let sections = self.triples.sections.len() as u32;
        for _ in 0..wanted * 8 {
            if hard.len() >= wanted || sections == 0 {
                break;
            }
            let any = random.random_range(0..sections);
            if fits(&any) && !hard.contains(&any) {
                hard.push(any);
            }
        }
        // A corpus of one or two sections: an empty text is no answer either, and a repeated negative does no harm.
        while hard.len() < wanted {
            hard.push(hard.first().copied().unwrap_or(0));
        }
        hard
    }
}

/// The items, some of them again, such that those that `is` picks make up `share` of them where there are any of both sorts.
fn shared<T: Clone>(items: Vec<T>, share: f64, is: impl Fn(&T) -> bool) -> Vec<T> {
    let (picked, others): (Vec<T>, Vec<T>) = items.into_iter().partition(is);
    if picked.is_empty() || others.is_empty() || share <= 0.0 {
        return [picked, others].concat();
    }
    if share >= 1.0 {
        return picked;
    }
    let all = (picked.len() as f64 / share).max(others.len() as f64 / (1.0 - share));
    let again = |items: Vec<T>, share: f64| items.into_iter().cycle().take((all * share).round() as usize).collect::<Vec<T>>();
    [again(picked, share), again(others, 1.0 - share)].concat()
}

/// The sentences of the facts before `hop`, as the controller would have quoted them.
#[must_use]
pub fn evidence(triples: &Triples, example: &Example, hop: usize) -> String {
    let told = example.hops.iter().take(hop).map(|hop| &triples.sections[hop.section as usize].text[hop.sentence.clone()]);
    told.collect::<Vec<_>>().join(" ")
}

fn random(seed: u64, number: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    random.set_stream(stream);
    random
}

impl BatchSource for TripleBatches {
    type Batch = TripleBatch;

    fn batch(&mut self, step: u64) -> TripleBatch {
        if self.items.is_empty() {
            return TripleBatch::default();
        }
        let questions = self.config.questions.max(1) as u64;
        let items: Vec<(u32, u8)> = (0..questions).map(|n| self.item(step * questions + n)).collect();
        // Tokenizing takes one thread too long beside a GPU; every group draws from numbers of its own, so the threads change nothing.
        let own = |(number, item): (usize, &(u32, u8))| self.group(*item, &mut random(self.seed, step * questions + number as u64, 3));
        let groups: Vec<Vec<ReadRow>> = items.par_iter().enumerate().map(own).collect();
        let rows: Vec<ReadRow> = groups.into_iter().flatten().collect();
        TripleBatch { read: ReadBatch::new(rows.iter().map(|row| &row.reading)), targets: Group::new(&rows, 1 + self.config.negatives) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    fn batches(seed: u64) -> TripleBatches {
        TripleBatches::new(Arc::new(fixture::triples(24)), fixture::encoder(), fixture::batch_config(), seed)
    }

    #[test]
    fn a_batch_depends_on_seed_and_step_alone() {
        let (mut one, mut other) = (batches(5), batches(5));
        let later = one.batch(40);
        assert_eq!(one.batch(3), other.batch(3));
        assert_eq!(later, other.batch(40));
        assert_ne!(batches(6).batch(3), other.batch(3));
    }

    #[test]
    fn only_training_questions_that_are_not_held_back_are_read() {
        let batches = batches(1);
        let wanted = |example: &Example| example.split == Split::Train && !example.is_held_back();
        assert!(batches.items.iter().all(|item| wanted(&batches.triples.examples[item.0 as usize])));
        assert!(batches.items() > 0);
    }

    #[test]
    fn a_share_is_reached_by_repeating_what_is_rare_and_nothing_is_lost() {
        let count = |items: &[u32]| items.iter().filter(|item| **item < 10).count();
        for (others, share) in [(90, 0.5), (2, 0.5), (90, 0.1), (1_000, 0.75)] {
            let items = shared((0..10 + others).collect(), share, |item| *item < 10);
            assert!((count(&items) as f64 / items.len() as f64 - share).abs() < 0.01, "{share} of {}", items.len());
            assert!((0..10 + others).all(|item| items.contains(&item)));
        }
        let all: Vec<u32> = (0..30).collect();
        assert_eq!(shared(all.clone(), 0.0, |item| *item < 10), all);
        assert_eq!(shared(all.clone(), 0.5, |_| false), all);
        assert_eq!(shared(all, 1.0, |item| *item < 10), (0..10).collect::<Vec<u32>>());
    }

    #[test]
    fn a_long_section_is_read_where_the_fact_is_told() {
        let mut triples = fixture::triples(12);
        let filler = "Nothing of this matters to anyone who asks about it. ".repeat(20);
        for section in &mut triples.sections {
            section.text = format!("{filler}{}{filler}", section.text);
        }
        for hop in triples.examples.iter_mut().flat_map(|example| &mut example.hops) {
            hop.sentence = hop.sentence.start + filler.len()..hop.sentence.end + filler.len();
            hop.value = hop.value.start + filler.len()..hop.value.end + filler.len();
        }
        let config = BatchConfig { read_tokens: 160, ..fixture::batch_config() };
        let mut batches = TripleBatches::new(Arc::new(triples), fixture::encoder(), config, 1);
        for step in 0..4 {
            let targets = batches.batch(step).targets;
            assert_eq!(targets.answers.iter().sum::<f32>(), targets.has_span.iter().sum::<f32>());
        }
    }

    #[test]
    fn the_gold_section_stands_first_and_no_negative_tells_the_fact() {
        let mut batches = batches(2);
        for step in 0..6 {
            let batch = batches.batch(step);
            for group in batch.targets.relevant.chunks(batch.targets.size) {
                assert!(group[1..].iter().all(|relevant| *relevant == 0.0));
            }
            assert_eq!(batch.targets.relevant.len(), batch.read.sequences.rows);
        }
    }
}
