use records::{OffsetMap, Role, Section};

use super::*;
use crate::inference::{Passage, Quoted, Read, Value};
use crate::model::SearchConfig;

fn read(key: u64, text: &str, value: &str) -> Read {
    let section = Section {
        doc_id: "d".into(),
        path: "p".into(),
        title: None,
        section: key as u32,
        heading_path: vec![],
        role: Role::Paragraph,
        text: text.into(),
        spans: OffsetMap::identity(text.len() as u64),
        page: None,
        repairs: vec![],
        links: vec![],
        pages: Vec::new(),
    };
    let at = text.find(value).unwrap();
    Read {
        passage: Passage { key, section },
        first_stage: 1.0,
        similarity: 0.0,
        relevance: 2.0,
        answers: 1.0,
        sentences: std::iter::once(0..text.len()).collect(),
        sentence_scores: vec![0.0],
        values: vec![Value { bytes: at..at + value.len(), sentence: 0, score: -0.1, overall: -0.1 }],
        mass: 0.0,
        summary: vec![0.0; 4],
    }
}

#[test]
fn the_oracle_quotes_the_lead_searches_answers_and_stops() {
    let triples = crate::data::fixture::triples(8);
    let example = triples.examples.iter().find(|example| example.hops.len() == 2).unwrap();
    let gold = |hop: usize| &example.hops[hop];
    let tells = |key: u64, _: &std::ops::Range<usize>, hop: usize| key == u64::from(gold(hop).section);
    let section = |hop: usize| &triples.sections[gold(hop).section as usize];
    let opened = |hop: usize| read(u64::from(gold(hop).section), &section(hop).text, &section(hop).text[gold(hop).value.clone()]);
    let limits = SearchConfig::default();
    let next = |state: &State| {
        let actions = state.actions(&limits);
        actions[oracle(example, state, &actions, &tells)]
    };
    let mut state = State { reads: vec![opened(0)], searches: 1, ..State::default() };
    assert_eq!(next(&state), Action::Quote { read: 0, sentence: 0 });
    state.leads.push(Quoted { read: opened(0), sentence: 0, value: Some(0) });
    state.may_search = true;
    assert_eq!(next(&state), Action::Search);
    state = State { reads: vec![opened(1)], searches: 2, may_search: false, ..state };
    assert_eq!(next(&state), Action::Answer { read: 0, value: 0 });
    state.answers.push(Quoted { read: opened(1), sentence: 0, value: Some(0) });
    assert_eq!(next(&state), Action::Stop);
    let nothing = State { searches: 2, ..State::default() };
    assert_eq!(next(&nothing), Action::Abstain);
}

/// A question for which two texts hold an answer each.
fn several(kind: records::Kind) -> Example {
    let hop = |section| crate::data::Hop { section, sentence: 0..9, value: 0..3 };
    Example {
        id: "q".into(),
        question: "Who leads the units of Falcon?".into(),
        kind,
        split: records::Split::Train,
        written: false,
        answerable: true,
        aliases: vec!["Mara Lind; Tor Vik".into(), "Tor Vik; Mara Lind".into()],
        hops: vec![hop(1), hop(2)],
        candidates: vec![],
    }
}

#[test]
fn the_oracle_gives_every_item_of_a_list_searches_for_the_rest_and_stops() {
    let example = several(records::Kind::Aggregation);
    let tells = |key: u64, _: &std::ops::Range<usize>, hop: usize| key == hop as u64 + 1;
    let limits = SearchConfig { searches: 2, ..SearchConfig::default() };
    let next = |state: &State| {
        let actions = state.actions(&limits);
        actions[oracle(&example, state, &actions, &tells)]
    };
    let [one, other] = [(1, "Mara Lind"), (2, "Tor Vik")].map(|(key, name)| read(key, &format!("{name} leads a unit."), name));
    let wrong = read(3, "Ada Holm leads nothing.", "Ada Holm");
    let mut state = State { reads: vec![wrong.clone(), one.clone()], searches: 1, ..State::default() };
    assert_eq!(next(&state), Action::Answer { read: 1, value: 0 });
    state.answer(1, 0);
    assert_eq!(next(&state), Action::Search, "the other item was not read");
    let mut state = State { reads: vec![one, wrong.clone(), other], searches: 2, may_search: false, ..state };
    assert_eq!(next(&state), Action::More { read: 2, value: 0 });
    state.answer(2, 0);
    assert_eq!(next(&state), Action::Stop);
    assert_eq!(state.whole_answer().as_deref(), Some("Mara Lind; Tor Vik"));
    let mut wrongly = State { reads: vec![wrong], searches: 1, ..State::default() };
    wrongly.answer(0, 0);
    assert_eq!(next(&wrongly), Action::Stop, "a wrong answer is not worth a search");
}

#[test]
fn the_oracle_sets_sides_that_disagree_against_each_other() {
    let example = several(records::Kind::Conflict);
    let [one, other] = [(1, "Mara Lind"), (2, "Tor Vik")].map(|(key, name)| read(key, &format!("{name} leads the unit."), name));
    let mut state = State { reads: vec![one, other], searches: 1, ..State::default() };
    state.answer(0, 0);
    let actions = state.actions(&SearchConfig::default());
    assert_eq!(actions[oracle(&example, &state, &actions, &|_, _, _| true)], Action::Conflict { read: 1, value: 0 });
    state.answer(1, 0);
    state.disagrees = true;
    assert_eq!(state.actions(&SearchConfig::default()), [Action::Stop], "what disagrees is no list");
}

#[test]
fn an_untrained_controller_gives_one_answer() {
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    let sure = |key, name| Read { relevance: 12.0, answers: 12.0, ..read(key, &format!("{name} leads the unit."), name) };
    let mut state = State { reads: vec![sure(1, "Mara Lind"), sure(2, "Tor Vik")], searches: 1, ..State::default() };
    state.answer(0, 0);
    let actions = state.actions(&SearchConfig::default());
    assert!(actions.len() > 2, "{actions:?}");
    let more = |n: usize| matches!(actions[n], Action::More { .. } | Action::Search);
    assert!(!more(likely(&actions, &Choices::new(&state, &actions, 4).probabilities(&Policy::further(4, 8, &device), &device))));
}

#[test]
fn an_untrained_controller_weighs_how_a_section_was_found() {
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    let policy = Policy::new(4, 8, &device);
    let chosen = |found: f32| {
        let other = Read { first_stage: found, relevance: 2.5, ..read(2, "It is blue.", "blue") };
        let state = State { reads: vec![read(1, "It is red.", "red"), other], searches: 1, ..State::default() };
        let actions = state.actions(&SearchConfig { searches: 1, ..SearchConfig::default() });
        actions[likely(&actions, &Choices::new(&state, &actions, 4).probabilities(&policy, &device))]
    };
    assert_eq!(chosen(1.0), Action::Answer { read: 1, value: 0 });
    assert_eq!(chosen(-3.0), Action::Answer { read: 0, value: 0 });
}

#[test]
fn the_controller_overfits_a_handful_of_decisions() {
    let dir = tempfile::tempdir().unwrap();
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    device.seed(1);
    let decision = |number: usize| {
        let row = |place: usize| {
            std::array::from_fn(|n| {
                if n == 1 + place {
                    1.0
                } else if n == 10 {
                    number as f32 / 8.0
                } else {
                    0.0
                }
            })
        };
        let choices = Choices { features: (0..3).map(row).collect(), summaries: vec![vec![0.1; 8]; 3] };
        Decision::new(choices, usize::from(number >= 4))
    };
    let decisions: Vec<Decision> = (0..8).map(decision).collect();
    let config = StageConfig { questions: 0, sections: 0, steps: 200, learning_rate: 2e-2 };
    let policy =
        train_controller(Policy::new(8, 16, &device), decisions.clone(), &config, 1, dir.path(), &device, &ProgressBar::hidden()).unwrap();
    let batch = DecisionBatch::new(&decisions.iter().collect::<Vec<_>>());
    let loss = imitation_loss(&policy, &batch, &device).into_scalar::<f32>();
    assert!(loss < 0.15, "{loss}");
}
