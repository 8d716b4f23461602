//! The pass of a run where the teacher enters: after the rules have drawn their triples and before these are searched for and written. A share
//! of the natural, paraphrase and unanswerable questions is said in other words (the unanswerable ones too, or the wording alone would tell
//! that there is an answer), questions on picked sections are added, and the judge filters both. A question that is lost on the way stays as
//! the rules made it; one that was asked in addition is dropped.
//!
//! The work goes in windows of fixed size, whatever the number of workers: a window's questions are made, then judged, so that a budget that
//! ends leaves whole questions, and the same ones for any number of workers.

use std::path::Path;

use indicatif::ProgressBar;
use records::{Answer, Counts, Kind, Question, Section, Split};

use super::Teacher;
use super::client::{Called, Client, Refusal, Request};
use super::draft::{self, Rejection};
use super::ledger::{Ledger, Sample};
use super::prompt::Job;
use super::reply::{Answer as _, Asked, Judged, Reworded};
use super::shelf::{Shelf, hash};
use crate::SynthError;
use crate::candidates::Triple;

/// Tasks whose requests are under way together.
const WINDOW: usize = 256;
/// Bytes a judge's request may have beyond the sentence that was asked about: prompt, place, question and answer.
const JUDGE_BYTES: usize = 3_000;

/// Whether a question with its answer may stand in the data set.
pub(crate) type Keep<'a> = dyn Fn(&Question, &Answer) -> bool + 'a;

/// The teacher's part in a run; without a teacher nothing happens.
pub(crate) struct Lesson<'a> {
    class: Option<Class<'a>>,
}

struct Class<'a> {
    teacher: &'a Teacher,
    client: Client,
    keep: &'a Keep<'a>,
    seed: u64,
    shelf: Shelf,
    ledger: Ledger,
}

/// One question to be made.
#[derive(Clone, Copy)]
enum Task<'t> {
    /// The triple with this number in other words.
    Reword(usize),
    /// One on this section.
    Ask(&'t Section, Split),
}

/// A question that the teacher made, before it is judged.
struct Draft<'t> {
    task: Task<'t>,
    triple: Triple,
    sample: Sample,
}

/// What the judge says of a draft, with its reason where that is no.
type Verdict = Result<(), (Rejection, String)>;

impl<'a> Lesson<'a> {
    /// # Errors
    /// If the teacher's settings make no sense.
    pub fn new(teacher: Option<&'a Teacher>, seed: u64, keep: &'a Keep<'a>) -> Result<Self, SynthError> {
        let Some(teacher) = teacher else { return Ok(Self { class: None }) };
        let client = teacher.client()?;
        Ok(Self { class: Some(Class { teacher, client, keep, seed, shelf: Shelf::default(), ledger: Ledger::default() }) })
    }

    /// A part of the documents begins, of which so many triples are wanted.
    pub fn begin(&mut self, triples: u64) {
        if let Some(class) = &mut self.class {
            class.shelf = Shelf::new((triples as f64 * class.teacher.config.ask).round() as usize);
        }
    }

    /// A section of this part goes by.
    pub fn look(&mut self, section: &Section, split: Split) {
        if let Some(class) = &mut self.class {
            class.shelf.look(section, split, class.seed);
        }
    }

    /// The triples of this part as they are to be written; those asked in addition at the end.
    ///
    /// # Errors
    /// If the cache cannot be written. What a server does is no error but counted.
    pub fn teach(&mut self, triples: Vec<Triple>, progress: &ProgressBar) -> Result<Vec<Triple>, SynthError> {
        match &mut self.class {
            None => Ok(triples),
            Some(class) => class.teach(triples, progress),
        }
    }

    /// Adds what was asked to the counts of the run, and leaves samples in its folder.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn close(self, out: &Path, counts: &mut Counts) -> Result<(), SynthError> {
        match self.class {
            None => Ok(()),
            Some(class) => class.ledger.close(class.client.spent(), out, counts),
        }
    }
}

impl Class<'_> {
    fn teach(&mut self, mut triples: Vec<Triple>, progress: &ProgressBar) -> Result<Vec<Triple>, SynthError> {
        let Self { teacher, client, keep, seed, shelf, ledger } = self;
        let room = Room { teacher, client, keep: *keep, seed: *seed, shelf };
        let mut more = Vec::new();
        for window in room.tasks(&triples).chunks(WINDOW) {
            for Draft { task, triple, .. } in room.window(window, &triples, ledger, progress)? {
                match task {
                    Task::Reword(at) => triples[at] = triple,
                    Task::Ask(..) => more.push(triple),
                }
            }
        }
        triples.extend(more);
        Ok(triples)
    }
}

/// What a window's questions are made with.
struct Room<'a> {
    teacher: &'a Teacher,
    client: &'a Client,
    keep: &'a Keep<'a>,
    seed: u64,
    shelf: &'a Shelf,
}

impl<'a> Room<'a> {
    /// Everything to be made, both kinds of it mixed evenly, so that a budget which ends early has served both.
    fn tasks(&self, triples: &[Triple]) -> Vec<Task<'a>> {
        let share = self.teacher.config.reword;
        let drawn = |question: &str| (hash(&format!("reword/{}/{question}", self.seed)) as f64 / u64::MAX as f64) < share;
        let fits = |question: &Question| matches!(question.kind, Kind::Natural | Kind::Paraphrase | Kind::Unanswerable);
        let reword = triples.iter().enumerate().filter(|(_, triple)| fits(&triple.question) && drawn(&triple.question.question));
        let reword: Vec<Task> = reword.map(|(at, _)| Task::Reword(at)).collect();
        let ask: Vec<Task> = self.shelf.picked().into_iter().map(|(section, split)| Task::Ask(section, *split)).collect();
        let place = |tasks: Vec<Task<'a>>| {
            let all = tasks.len() as f64;
            tasks.into_iter().enumerate().map(move |(at, task)| ((at as f64 + 0.5) / all, task)).collect::<Vec<_>>()
        };
        let mut mixed = [place(reword), place(ask)].concat();
        mixed.sort_by(|a, b| a.0.total_cmp(&b.0));
        mixed.into_iter().map(|(_, task)| task).collect()
    }

    /// The questions of a window that came through.
    fn window(
        &self,
        tasks: &[Task<'a>],
        triples: &[Triple],
        ledger: &mut Ledger,
        progress: &ProgressBar,
    ) -> Result<Vec<Draft<'a>>, SynthError> {
        let requests: Vec<Result<Request, Refusal>> = tasks.iter().map(|task| self.request(*task, triples)).collect::<Result<_, _>>()?;
        let follow_up = if self.teacher.config.judge { self.client.reserve(JUDGE_BYTES) } else { 0 };
        let called = self.client.call(&requests, follow_up, progress)?;
        let mut drafts = Vec::new();
        for (task, called) in tasks.iter().zip(called) {
            ledger.called(task.job(), &called);
            let (Called::Cached(completion) | Called::Made(completion)) = called else { continue };
            let before = task.before(triples);
            match self.draft(*task, triples, &completion.content) {
                Ok(triple) => {
                    let sample = sample_of(before, &triple);
                    drafts.push(Draft { task: *task, triple, sample });
                }
                Err(rejection) => {
                    let sample = Sample { before, question: completion.content, answer: String::new(), reason: String::new() };
                    ledger.rejected(task.job(), rejection.name(), sample);
                }
            }
        }
        let verdicts = self.judge(&drafts, ledger, progress)?;
        let mut kept = Vec::new();
        for (mut draft, verdict) in drafts.into_iter().zip(verdicts) {
            let (job, sample) = (draft.task.job(), &mut draft.sample);
            match verdict {
                Ok(()) => {
                    ledger.used(job, sample.clone());
                    kept.push(draft);
                }
                Err((rejection, reason)) => ledger.rejected(job, rejection.name(), Sample { reason, ..sample.clone() }),
            }
        }
        Ok(kept)
    }

    fn request(&self, task: Task, triples: &[Triple]) -> Result<Result<Request, Refusal>, SynthError> {
        let data = match task {
            Task::Reword(at) => {
                let Triple { question, answer, .. } = &triples[at];
                [("question", question.question.as_str()), ("sentence", answer.facts.first().map_or("", |fact| &fact.sentence))]
            }
            Task::Ask(section, _) => [("place", self.shelf.place(&section.doc_id, section.section)), ("section", section.text.as_str())],
        };
        self.rendered(task.job(), &data)
    }

    fn rendered(&self, job: Job, data: &[(&str, &str)]) -> Result<Result<Request, Refusal>, SynthError> {
        match self.teacher.prompts.render(job, data) {
            Some(messages) => self.client.request(job == Job::Judge, &messages).map(Ok),
            None => Ok(Err(Refusal::ControlMarks)),
        }
    }

    /// The question in an answer, if it holds.
    fn draft(&self, task: Task, triples: &[Triple], content: &str) -> Result<Triple, Rejection> {
        let triple = match task {
            Task::Reword(at) => draft::reworded(&triples[at], Reworded::read(content).ok_or(Rejection::NotTheSchema)?)?,
            Task::Ask(section, split) => {
                let id = format!("teacher-{:016x}", hash(&format!("{}/{}/{}", self.seed, section.doc_id, section.section)));
                let triple = draft::asked(section, split, Asked::read(content).ok_or(Rejection::NotTheSchema)?, id)?;
                if triple.answer.facts.iter().any(|fact| self.shelf.is_repeated(&fact.sentence)) {
                    return Err(Rejection::Repeated);
                }
                triple
            }
        };
        if (self.keep)(&triple.question, &triple.answer) { Ok(triple) } else { Err(Rejection::Excluded) }
    }

    /// What the judge says of each draft, with its reason where that is no; a question that nothing answers is not shown.
    fn judge(&self, drafts: &[Draft], ledger: &mut Ledger, progress: &ProgressBar) -> Result<Vec<Verdict>, SynthError> {
        let mut verdicts: Vec<Verdict> = drafts.iter().map(|_| Ok(())).collect();
        if !self.teacher.config.judge {
            return Ok(verdicts);
        }
        let (mut shown, mut requests) = (Vec::new(), Vec::new());
        for (at, Draft { triple, .. }) in drafts.iter().enumerate() {
            let (Some(fact), Some((doc_id, section)), Some(answer)) =
                (triple.answer.facts.first(), triple.gold.first(), triple.answer.aliases.first())
            else {
                continue;
            };
            let place = self.shelf.place(doc_id, *section);
            let data = [("question", triple.question.question.as_str()), ("place", place), ("quote", &fact.sentence), ("answer", answer)];
            shown.push(at);
            requests.push(self.rendered(Job::Judge, &data)?);
        }
        for (at, called) in shown.into_iter().zip(self.client.call(&requests, 0, progress)?) {
            ledger.called(Job::Judge, &called);
            let heard = match &called {
                Called::Cached(completion) | Called::Made(completion) => Judged::read(&completion.content),
                Called::Refused(_) | Called::Failed(_) => None,
            };
            verdicts[at] = match heard {
                Some(Judged { answered: true, .. }) => Ok(()),
                Some(Judged { reason, .. }) => Err((Rejection::JudgedNo, reason)),
                None => Err((Rejection::Unjudged, String::new())),
            };
        }
        Ok(verdicts)
    }
}

impl Task<'_> {
    fn job(self) -> Job {
        match self {
            Self::Reword(_) => Job::Paraphrase,
            Self::Ask(..) => Job::Ask,
        }
    }

    /// The question as it was.
    fn before(self, triples: &[Triple]) -> String {
        match self {
            Self::Reword(at) => triples[at].question.question.clone(),
            Self::Ask(..) => String::new(),
        }
    }
}

fn sample_of(before: String, triple: &Triple) -> Sample {
    let answer = triple.answer.aliases.first().cloned().unwrap_or_default();
    Sample { before, question: triple.question.question.clone(), answer, reason: String::new() }
}
