//! A corpus, an index and reports in several processes come to what one process makes.

mod tandem;

use std::fs;

use tandem::{balanced, code, count, json, lighthouses, rows, said, same, tandem, text};

#[test]
fn four_processes_make_what_one_makes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("corpus")).unwrap();
    lighthouses(&at("corpus"), 300);
    let (corpus, sections) = (at("corpus"), at("sections"));
    let parts = |stage: &str, fixed: &[&str], expected: i32| {
        let folders: Vec<_> = (0..4).rev().map(|index| at(&format!("{stage}-{index}"))).collect();
        for (folder, index) in folders.iter().zip((0..4).rev()) {
            let shard = format!("{index}/4");
            let output = tandem(&[&[stage], fixed, &["--out", text(folder), "--shard", &shard]].concat());
            assert!([0, expected].contains(&code(&output)), "{}", said(&output));
        }
        let merged = at(&format!("{stage}-merged"));
        let names: Vec<&str> = folders.iter().map(|folder| text(folder)).collect();
        let outcome = json(expected, &[&["merge"], names.as_slice(), &["--out", text(&merged)]].concat());
        let missing = tandem(&[&["merge"], &names[1..], &["--out", text(&at(&format!("{stage}-no")))]].concat());
        assert!(code(&missing) == 1 && said(&missing).contains("part 3/4 is not among"), "{}", said(&missing));
        (merged, outcome)
    };
    let prep = ["--corpus", text(&corpus)];
    let whole = json(3, &[&["prep"], prep.as_slice(), &["--out", text(&sections)]].concat());
    let (merged, outcome) = parts("prep", &prep, 3);
    same(&sections, &merged);
    balanced(&outcome);
    assert_eq!(outcome["counts"], whole["counts"]);
    assert!(count(&outcome, "skipped: duplicate") >= 20, "{outcome}");

    let alone = tandem(&["index", "--sections", text(&at("prep-0")), "--out", text(&at("no"))]);
    assert!(code(&alone) == 1 && said(&alone).contains("tandem merge"), "a part is not taken for the whole: {}", said(&alone));

    let index = ["--sections", text(&sections)];
    let whole = json(0, &[&["index"], index.as_slice(), &["--out", text(&at("index"))]].concat());
    let (merged, outcome) = parts("index", &index, 0);
    assert_eq!(outcome["counts"], whole["counts"]);
    assert_eq!(fs::read(at("index").join("index.json")).unwrap(), fs::read(merged.join("index.json")).unwrap());

    let questions = at("asked.txt");
    let asked = |n: usize| format!("Who is the keeper of lighthouse {}?\n", 10 * n);
    fs::write(&questions, (0..40).map(asked).collect::<String>()).unwrap();
    let (one, other) = (at("index"), merged);
    json(0, &["report", "--questions", text(&questions), "--index", text(&one), "--out", text(&at("reports"))]);
    let (merged, outcome) = parts("report", &["--questions", text(&questions), "--index", text(&other)], 0);
    balanced(&outcome);
    assert_eq!(rows(&at("reports")), rows(&merged));
    let verified = json(0, &["verify", "--report", text(&merged), "--corpus", text(&corpus)]);
    assert_eq!(verified["failed"], 0, "{verified}");
}
