use records::TableWriter;

use super::*;
use crate::report::results::tests::results;
use crate::report::rows::tests::row;

fn write_run(dir: &Path, right: usize, prefix: &str) {
    std::fs::create_dir_all(dir).unwrap();
    results().write(dir).unwrap();
    let mut writer = TableWriter::<ResultRow>::create(dir, 0).unwrap();
    for number in 0..40 {
        let answer = if number < right { "12 euros" } else { "<b>13" };
        writer.push(row(&format!("{prefix}{number:02}"), "tandem", answer, 0.5)).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn what_the_second_run_brought_is_measured_and_the_questions_that_moved_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second, out) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("out"));
    write_run(&first, 10, "q");
    write_run(&second, 30, "q");
    let versus = compare_runs(&first, &second, &out).unwrap();
    let change = &versus.systems[0];
    let exact = change.lines[0].difference.unwrap();
    assert_eq!((change.questions, change.moved.len(), exact.value), (40, 20, 0.5));
    assert!(exact.significant && exact.adjusted >= exact.p);
    assert_eq!(change.moved[0].outcomes, ["wrong", "right"]);
    let page = std::fs::read_to_string(&versus.page).unwrap();
    assert!(page.contains("&lt;b&gt;13") && !page.contains("<b>13"));
    assert!(versus.markdown().contains("Exact match"));
}

#[test]
fn runs_without_a_common_question_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("a"), dir.path().join("b"));
    write_run(&first, 10, "q");
    write_run(&second, 10, "p");
    let error = compare_runs(&first, &second, &dir.path().join("out")).unwrap_err().to_string();
    assert!(error.contains("two runs of one suite"), "{error}");
}
