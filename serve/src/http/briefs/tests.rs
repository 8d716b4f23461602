use super::requests::MOST_QUESTIONS;
use super::*;

#[test]
fn a_report_has_questions_and_not_too_many() {
    let wanted = |questions: Vec<&str>| Wanted {
        title: " Two\n lines ".into(),
        questions: questions.into_iter().map(str::to_owned).collect(),
        habits: Habits::default(),
    };
    assert!(checked(wanted(vec![" ", ""])).is_err());
    assert!(checked(wanted(vec!["a"; MOST_QUESTIONS + 1])).is_err());
    let kept = checked(wanted(vec![" Who? ", ""])).unwrap();
    assert_eq!((kept.title.as_str(), kept.questions), ("Two lines", vec!["Who?".to_owned()]));
    assert_eq!(file_name("../../Über <b>Öl</b>: 2026"), "Über b Öl b 2026");
    assert_eq!(file_name("///"), "Report");
}
