use serde::{Deserialize, Serialize};

use super::*;
use crate::function::{Place, Stage};

/// Halves even numbers for whoever asks politely.
struct Half;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Number {
    number: u32,
}

impl Function for Half {
    const NAME: &'static str = "half";
    type Job = bool;
    type Row = u32;
    type Value = Number;

    fn call(&self, polite: bool, rows: Vec<u32>) -> Result<Vec<Result<Number, String>>, String> {
        assert!(!rows.contains(&99), "a row that ends its thread");
        let half = |row: u32| if row.is_multiple_of(2) { Ok(Number { number: row / 2 }) } else { Err(format!("{row} is odd")) };
        if polite { Ok(rows.into_iter().map(half).collect()) } else { Err("say please".into()) }
    }
}

fn engine(in_flight: usize) -> Engine {
    let context = SessionContext::new_with_config(one_partition(SessionConfig::new()));
    Engine::of(context, vec![Stage::udf(Place::Here(Half))], None, in_flight, runtime().unwrap())
}

#[test]
fn rows_come_back_in_the_order_of_rows_and_pieces_whatever_became_of_them() {
    let pieces = [vec![2, 3, 4], Vec::new(), vec![5], (100..400).collect()];
    for in_flight in [1, 3, 9] {
        let engine = engine(in_flight);
        let made: Vec<Vec<Outcome<Number>>> = engine.map::<Half>(true, pieces.clone().into_iter()).map(Result::unwrap).collect();
        assert_eq!(made.iter().map(Vec::len).collect::<Vec<_>>(), [3, 0, 1, 300]);
        for (row, outcome) in pieces.iter().flatten().zip(made.iter().flatten()) {
            match row % 2 {
                0 => assert_eq!(outcome.value, Some(Number { number: row / 2 })),
                _ => assert_eq!((outcome.status, outcome.error.clone()), (Status::Failed, Some(format!("{row} is odd")))),
            }
        }
    }
}

#[test]
fn a_refusal_ends_the_run_and_a_panic_is_the_piece_s_own() {
    let engine = engine(2);
    let refused = engine.map::<Half>(false, [vec![2]].into_iter()).next().unwrap().unwrap_err();
    assert!(matches!(&refused, ClusterError::Refused(reason) if reason == "say please"), "{refused}");
    let made: Vec<_> = engine.map::<Half>(true, [vec![99], vec![8]].into_iter()).map(Result::unwrap).collect();
    assert!(made[0][0].error.as_ref().is_some_and(|error| error.contains("panicked")), "{:?}", made[0][0]);
    assert_eq!(made[1][0].value, Some(Number { number: 4 }));
}

#[test]
fn a_scheduler_that_is_not_there_is_told_with_the_remedy() {
    let nowhere: Address = "df://127.0.0.1:1".parse().unwrap();
    let models = Models { prep: Err(String::new()), retrieve: Err(String::new()), device: backbone::DeviceChoice::Cpu };
    let error = Engine::connect(&nowhere, &models, 1).err().unwrap().to_string();
    assert!(error.contains("tandem cluster scheduler"), "{error}");
}
