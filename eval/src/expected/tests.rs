use super::*;
use crate::report::{
    groups,
    tests_support::{results, row},
};

/// Twenty questions, fifteen of them right, scored by `score`.
fn run(score: impl Fn(f64) -> f64) -> Measured {
    let mut rows = Vec::new();
    for number in 0..20 {
        let mut one = row(&format!("q{number}"), "workflow", if number < 15 { "12 euros" } else { "13" }, 0.9);
        one.scores.exact_match = score(one.scores.exact_match);
        rows.push(one);
    }
    let mut out = results();
    out.systems.remove(0);
    out.counts = [("scored".to_owned(), 20)].into();
    out.groups = groups(&rows, &["workflow".into()], 20, 1);
    Measured::of(out)
}

fn expected() -> Expected {
    let text = "suite = 's.toml'\ncounts = { scored = 20 }\n[[numbers]]\nsystem = 'workflow'\nmetric = 'exact_match'\nvalue = 0.75\ntolerance = 0.02\nreason = 'by hand'\n";
    toml::from_str(text).unwrap()
}

#[test]
fn a_right_run_is_as_expected() {
    let checked = expected().check(&run(|value| value));
    assert!(checked.off.is_empty() && checked.met.len() == 2, "{checked}");
}

#[test]
fn a_bug_planted_in_a_metric_is_found_whether_it_flatters_or_hurts() {
    let flattering = expected().check(&run(|value| value.max(0.2)));
    assert!(flattering.off[0].contains("higher than expected"), "{flattering}");
    let hurting = expected().check(&run(|value| value * 0.9));
    assert!(hurting.off[0].contains("lower than expected"), "{hurting}");
}

#[test]
fn no_score_is_compared_where_the_counts_differ() {
    let mut fewer = run(|value| value);
    fewer.digest.counts.insert("scored".into(), 19);
    let checked = expected().check(&fewer);
    assert!(checked.met.is_empty() && checked.off.len() == 1 && checked.left_out.len() == 1, "{checked}");
    let mut gone = expected();
    gone.numbers[0].metric = "no_such_metric".into();
    assert!(gone.check(&run(|value| value)).off[0].contains("not in the result"));
}

#[test]
fn the_committed_files_can_be_read_and_name_suites_that_exist() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("expected");
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let expected = Expected::open(&path).unwrap();
        assert!(dir.join(&expected.suite).exists(), "{}", path.display());
        assert!(expected.numbers.iter().all(|number| !number.reason.is_empty() && number.tolerance > 0.0), "{}", path.display());
    }
}
