//! The workflow from question to draft: search, read, perhaps search again with the names found, pick the answer, quote, or abstain.

use std::ops::Range;
use std::sync::Arc;

use records::{Citation, Report, Search, Section, Statement, Status, UserQuestion};
use retrieve_model::inference::SourceError;

use super::answer::{Picked, best_match, pick};
use super::decide::{choose, decide};
use super::evidence::{Need, Scored, score_sentences};
use super::retrieval::{ReadSpan, Searcher};
use super::spans::Shape;
use super::{Expected, Found, WorkflowConfig};

/// Sentences of the first search whose names are followed.
const LEADS: usize = 2;
/// Names of a sentence that are followed.
const NAMES: usize = 2;
/// Fit of the expected type from which a sentence may hold the answer.
const ENOUGH: f32 = 0.6;

/// The workflow with its knobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// The knobs.
    pub config: WorkflowConfig,
}

/// What the workflow found, before it is written as a report.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The answer, also where it will not be given.
    pub answer: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Whether the confidence reaches the threshold.
    pub answered: bool,
    /// Quoted sentences: the chunk and bytes of its text.
    pub quotes: Vec<(Section, Range<usize>)>,
    /// Searches made.
    pub searches: Vec<Search>,
    /// The chunks of the first search, best first.
    pub ranked: Vec<(Section, f32)>,
}

/// A scored sentence, what found it, and the sentence that led there in a second search.
#[derive(Clone)]
struct Evidence {
    found: Arc<Found>,
    scored: Scored,
    lead: Option<Scored>,
}

impl Workflow {
    /// Answers a question from a store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn draft(&self, searcher: &Searcher<'_>, question: &str) -> Result<Draft, SourceError> {
        let rules = &self.config;
        let expected = Expected::of(question);
        let decides = matches!(expected, Expected::YesNo | Expected::Choice { .. });
        let mut need = Need::of(question, &|term| searcher.idf(term), rules.sentences.idf_power);
        if decides {
            // Such a question is about two things, a sentence about one of them.
            need.names.clear();
        }
        let first = searcher.find(question)?;
        let ranked = first.fused(&rules.retrieval);
        let read = &ranked[..ranked.len().min(rules.retrieval.read)];
        let scored = score_sentences(&need, &expected, &first, read, &rules.sentences);
        let mut searches = vec![Search { query: question.to_owned(), hits: read.len() as u32 }];
        let mut evidence: Vec<Evidence> =
            scored.iter().map(|scored| Evidence { found: Arc::clone(&first), scored: *scored, lead: None }).collect();
        if rules.retrieval.follow_up > 0.0 && !decides {
            for lead in scored.iter().take(LEADS) {
                evidence.extend(self.follow(searcher, &need, &expected, &first, *lead, &mut searches)?);
            }
            evidence.sort_by(|a, b| b.scored.score.total_cmp(&a.scored.score));
        }
        let list: Vec<(&Found, Scored)> = evidence.iter().map(|one| (&*one.found, one.scored)).collect();
        let picked = match &expected {
            Expected::YesNo => decide(&need, question, &list),
            Expected::Choice { options, larger } => choose(options, *larger, &list),
            _ => pick(&need, &expected, &list, &rules.answers),
        };
        let top = ranked.iter().take(10).map(|(at, score)| (first.chunks[*at].section.clone(), *score)).collect();
        Ok(self.compose(picked, &evidence, searches, top))
    }

    /// The chunks of a search in order, without reading them for an answer.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn search(&self, searcher: &Searcher<'_>, query: &str, k: usize) -> Result<Vec<(Section, f32)>, SourceError> {
        let found = searcher.find(query)?;
        let ranked = found.fused(&self.config.retrieval);
        Ok(ranked.into_iter().take(k).map(|(at, score)| (found.chunks[at].section.clone(), score)).collect())
    }

    /// Second searches: the terms that the lead leaves open, with each name it brings in.
    fn follow(
        &self,
        searcher: &Searcher<'_>,
        need: &Need,
        expected: &Expected,
        first: &Arc<Found>,
        lead: Scored,
        searches: &mut Vec<Search>,
    ) -> Result<Vec<Evidence>, SourceError> {
        let chunk = &first.chunks[lead.chunk];
        let sentence = &chunk.read().sentences[lead.sentence];
        let words = &chunk.section.text[sentence.range.clone()];
        let holds = |term: &str| sentence.terms.iter().any(|(other, _)| other == term);
        if best_match(expected, need, words, &sentence.spans) >= ENOUGH {
            // The lead itself may hold the answer.
            return Ok(Vec::new());
        }
        let open: Vec<(String, f32)> = need.terms.iter().filter(|(term, _)| !holds(term)).cloned().collect();
        let mut out = Vec::new();
        if open.is_empty() || open.len() == need.terms.len() {
            return Ok(out);
        }
        let is_name = |span: &&ReadSpan| span.shape == Shape::Name && span.terms.iter().all(|term| !need.asks(term));
        let mut names: Vec<&ReadSpan> = sentence.spans.iter().filter(is_name).collect();
        names.sort_by_key(|span| std::cmp::Reverse(span.terms.len().min(3)));
        for name in names.into_iter().take(NAMES) {
            let weight = open.iter().map(|(_, weight)| weight).sum::<f32>();
            let share = weight / name.terms.len().max(1) as f32;
            let weighted = open.iter().cloned().chain(name.terms.iter().map(|term| (term.clone(), share))).collect();
            let second_need = Need { names: vec![name.terms.clone()], ..Need::weighted(weighted, Vec::new()) };
            let asked: Vec<&str> = open.iter().map(|(term, _)| term.as_str()).collect();
            let query = format!("{} {}", &words[name.range.clone()], asked.join(" "));
            let found = searcher.find(&query)?;
            let ranked = found.fused(&self.config.retrieval);
            let read = &ranked[..ranked.len().min(self.config.retrieval.read)];
            searches.push(Search { query, hits: read.len() as u32 });
            // Both sentences together: what the first covers, and what the second adds to it.
            let together = |one: &Scored| (self.config.retrieval.follow_up * (lead.score + weight * one.score)).clamp(0.0, 1.0);
            let text_of = |one: &Scored| {
                let chunk = &found.chunks[one.chunk];
                &chunk.section.text[chunk.read().sentences[one.sentence].range.clone()]
            };
            let scored = score_sentences(&second_need, expected, &found, read, &self.config.sentences);
            let fits = |one: &Scored| {
                let own = &found.chunks[one.chunk].read().sentences[one.sentence];
                best_match(expected, &second_need, text_of(one), &own.spans) >= ENOUGH
            };
            let new = scored.into_iter().take(6).filter(|one| text_of(one) != words && fits(one));
            out.extend(new.map(|one| Evidence {
                found: Arc::clone(&found),
                scored: Scored { score: together(&one), ..one },
                lead: Some(lead),
            }));
        }
        Ok(out)
    }

    fn compose(&self, picked: Option<Picked>, evidence: &[Evidence], searches: Vec<Search>, ranked: Vec<(Section, f32)>) -> Draft {
        let rules = &self.config.answers;
        let Some(picked) = picked else {
            return Draft { answer: String::new(), confidence: 0.0, answered: false, quotes: Vec::new(), searches, ranked };
        };
        let mut quotes: Vec<(Section, Range<usize>)> = Vec::new();
        let mut add = |found: &Found, scored: &Scored| {
            let chunk = &found.chunks[scored.chunk];
            let range = chunk.read().sentences[scored.sentence].range.clone();
            let raw = |section: &Section, range: &Range<usize>| section.spans.raw_range(range.start as u64..range.end as u64);
            let known = quotes
                .iter()
                .any(|(section, other)| section.path == chunk.section.path && raw(section, other) == raw(&chunk.section, &range));
            if !known && quotes.len() < rules.quotes.max(1) {
                quotes.push((chunk.section.clone(), range));
            }
        };
        let source = &evidence[picked.from];
        add(&source.found, &source.scored);
        if let Some(lead) = &source.lead
            && let Some(first) = evidence.iter().find(|one| one.lead.is_none())
        {
            add(&first.found, lead);
        }
        let best = evidence.first().map_or(0.0, |one| one.scored.score);
        let close = |one: &&Evidence| one.scored.score >= rules.quote_share * best;
        evidence.iter().filter(close).for_each(|one| add(&one.found, &one.scored));
        let confidence = (0.5 * (source.scored.score + picked.score)).clamp(0.0, 1.0);
        Draft { answer: picked.text, confidence, answered: confidence >= rules.threshold, quotes, searches, ranked }
    }
}

impl Draft {
    /// The report: a statement for each quote whose place in the original is known; abstained below the threshold.
    #[must_use]
    pub fn report(&self, question: &UserQuestion, milliseconds: u64) -> Report {
        let statements: Vec<Statement> = if self.answered { self.quotes.iter().filter_map(statement).collect() } else { Vec::new() };
        let answered = self.answered && !statements.is_empty();
        Report {
            question_id: question.id.clone(),
            brief: question.brief.clone(),
            question: question.question.clone(),
            status: if answered { Status::Answered } else { Status::Abstained },
            reason: None,
            answer: if answered { self.answer.clone() } else { String::new() },
            confidence: self.confidence,
            statements,
            searches: self.searches.clone(),
            closest: Vec::new(),
            milliseconds,
        }
    }
}

fn statement((section, range): &(Section, Range<usize>)) -> Option<Statement> {
    let raw = section.spans.raw_range(range.start as u64..range.end as u64)?;
    let quote = section.unrepaired(range.clone()).split_whitespace().collect::<Vec<_>>().join(" ");
    let (doc, doc_id) = (section.path.clone(), section.doc_id.clone());
    let (page, raw) = section.on_page(raw);
    let citation = Citation { doc, doc_id, page, start: raw.start, end: raw.end, quote };
    Some(Statement { text: section.text[range.clone()].to_owned(), citations: vec![citation] })
}

#[cfg(test)]
mod tests {
    use records::SourceText;

    use super::*;
    use crate::baseline::{chunks_of_source, in_memory};

    fn ask(question: &str, texts: &[(&str, &str)]) -> Report {
        let workflow = Workflow { config: WorkflowConfig::default() };
        let sources: Vec<SourceText> =
            texts.iter().map(|(id, text)| SourceText { id: (*id).into(), title: Some((*id).into()), text: (*text).into() }).collect();
        let chunks = sources.iter().flat_map(|source| chunks_of_source(source, &workflow.config.chunks)).collect();
        let store = in_memory(chunks, None);
        let asked = UserQuestion { id: "q".into(), question: question.into(), brief: None, sources };
        workflow.draft(&Searcher::new(&store, None, 40), question).unwrap().report(&asked, 1)
    }

    const TEXTS: [(&str, &str); 4] = [
        ("Alder", "Alder is a ferry operator in the north. The director of Alder is Mira Holt."),
        ("Mira Holt", "Mira Holt was born in Lindholm in 1970. She likes bread."),
        ("Birch", "Birch is a bakery. Birch was founded in 1950."),
        ("Cedar", "Cedar is a bakery. Cedar was founded in 1931."),
    ];

    #[test]
    fn an_answer_quotes_its_sentence_at_its_bytes() {
        let report = ask("Who is the director of Alder?", &TEXTS);
        assert_eq!((report.status, report.answer.as_str()), (Status::Answered, "Mira Holt"));
        let citation = &report.statements[0].citations[0];
        assert_eq!(&TEXTS[0].1[citation.start as usize..citation.end as usize], citation.quote);
    }

    #[test]
    fn a_name_found_first_is_followed_to_a_second_document() {
        let report = ask("Where was the director of Alder born?", &TEXTS);
        assert_eq!(report.answer, "Lindholm", "{report:?}");
        assert!(report.searches.len() > 1);
        assert!(report.statements.len() == 2, "{:?}", report.statements);
    }

    #[test]
    fn comparisons_and_yes_or_no_are_decided() {
        assert_eq!(ask("Which bakery was founded first, Birch or Cedar?", &TEXTS).answer, "Cedar");
        assert_eq!(ask("Are Birch and Cedar both bakeries?", &TEXTS).answer, "yes");
    }

    #[test]
    fn a_question_that_nothing_answers_is_declined() {
        let report = ask("What is the melting point of tungsten?", &TEXTS);
        assert_eq!((report.status, report.answer.as_str(), report.statements.len()), (Status::Abstained, "", 0));
        assert_eq!(ask("", &[]).status, Status::Abstained);
    }
}
