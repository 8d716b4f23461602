use super::*;

#[test]
fn an_advantage_is_measured_against_the_other_runs_of_the_same_question() {
    let rewards = [1.0, 0.0, 0.0, -1.0, -1.0, -1.0];
    let alone = advantages(&rewards, 3, Advantage::LeaveOneOut);
    assert_eq!(alone, [1.0, -0.5, -0.5, 0.0, 0.0, 0.0]);
    let group = advantages(&rewards, 3, Advantage::Group);
    assert!((group[..3].iter().sum::<f32>()).abs() < 1e-4 && group[0] > 1.3 && group[3..].iter().all(|x| *x == 0.0), "{group:?}");
    // Why the literature warns of it: a difference of a thousandth weighs as much as one of 2.
    let tiny = advantages(&[0.501, 0.5, 0.5], 3, Advantage::Group);
    assert!(tiny[0] > 1.0 && advantages(&[0.501, 0.5, 0.5], 3, Advantage::LeaveOneOut)[0] < 0.002);
    assert_eq!(advantages(&[0.7], 1, Advantage::LeaveOneOut), [0.0]);
}

/// A decision between two actions, the first of which was taken to its own profit in half of the rows, the second to its loss in the others.
struct TwoActions(ReinforceConfig, Policy);

impl Objective for TwoActions {
    type Model = Policy;
    type Batch = ();

    fn step(&self, model: &Policy, (): (), device: &Device) -> StepOutput {
        let decisions = [two_actions(0), two_actions(1)];
        let batch = DecisionBatch::new(&decisions.iter().collect::<Vec<_>>());
        let loss = surrogate(model, &self.1, &batch, vec![0.1, -0.1], &self.0, device).loss;
        StepOutput { loss, work: Work::tokens(1), metrics: Vec::new() }
    }
}

struct Nothing;

impl BatchSource for Nothing {
    type Batch = ();

    fn batch(&mut self, _step: u64) {}
}

fn two_actions(taken: usize) -> Decision {
    let row = |place: usize| std::array::from_fn(|n| if n == 1 + place { 1.0 } else { 0.0 });
    Decision::new(Choices { features: (0..2).map(row).collect(), summaries: vec![vec![0.1; 4]; 2] }, taken)
}

#[test]
fn what_was_rewarded_becomes_likelier_and_the_divergence_and_the_entropy_hold_it_back() {
    let device = backbone::open_device(backbone::DeviceChoice::Cpu).unwrap();
    let first = |divergence: f64, entropy_floor: f64| {
        device.seed(1);
        let config = ReinforceConfig { divergence, entropy_floor, ..crate::training::Preset::open("demo").unwrap().reinforce };
        let start = Policy::new(4, 16, &device);
        let training = ReinforceConfig { steps: 150, learning_rate: 2e-2, ..config.clone() }.training(1);
        let objective = TwoActions(config, start.clone());
        let dir = tempfile::tempdir().unwrap();
        let policy = train(&training, dir.path(), start, &objective, Nothing, &device, &ProgressBar::hidden()).unwrap();
        two_actions(0).probabilities(&policy, &device)[0]
    };
    let (free, near, spread) = (first(0.0, 0.0), first(1.0, 0.0), first(0.0, 0.6));
    assert!(free > 0.95, "{free}");
    assert!(near > 0.5 && near < 0.75, "{near}");
    assert!(spread > 0.5 && spread < 0.85, "{spread}");
}

#[test]
fn abstaining_is_sampled_only_where_nothing_else_can_be_done() {
    let answer = Action::Answer { read: 0, value: 0 };
    let (actions, probabilities) = sayable(&[answer, Action::Search, Action::Abstain], &[0.2, 0.3, 0.5]);
    assert_eq!((actions, probabilities.len()), (vec![answer, Action::Search], 2));
    assert_eq!(sayable(&[Action::Abstain], &[1.0]).0, [Action::Abstain]);
    let draws: Vec<usize> = [0.0, 0.39, 0.41, 0.99].into_iter().map(|at| sample(&probabilities, at)).collect();
    assert_eq!(draws, [0, 0, 1, 1]);
}

#[test]
fn a_gain_is_taken_only_where_the_interval_is_above_nothing() {
    let before: Vec<f64> = (0..80).map(|number| f64::from(number % 3) - 1.0).collect();
    let better: Vec<f64> = before.iter().map(|reward| (reward + 0.4).min(1.0)).collect();
    let shaken: Vec<f64> = before.iter().enumerate().map(|(at, reward)| reward + if at % 2 == 0 { 0.5 } else { -0.5 }).collect();
    assert!(gain(&before, &better, 1).taken && !gain(&before, &shaken, 1).taken && !gain(&before, &before, 1).taken);
}

#[test]
fn chains_come_after_single_facts() {
    let mut questions = Questions { all: (0..30).map(|place| (place, 1 + place % 3)).collect(), asked: 20, steps: 90, seed: 3 };
    let longest = |asked: Asked| asked.questions.into_iter().map(|place| 1 + place % 3).max();
    assert_eq!((longest(questions.batch(0)), longest(questions.batch(89))), (Some(1), Some(3)));
    assert_eq!(questions.batch(7).questions, questions.batch(7).questions);
}
