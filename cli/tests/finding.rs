//! Words are found however a file writes them, in whichever character set, and what was left out of the sections is found too.

mod tandem;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use records::{Document, Dropped, Section, read_table};
use tandem::{balanced, code, count, json, said, tandem, text};

/// A corpus of these files, prepared and indexed.
fn indexed(dir: &Path, files: &[(&str, Vec<u8>)]) -> (PathBuf, PathBuf, PathBuf) {
    let (corpus, sections, index) = (dir.join("corpus"), dir.join("sections"), dir.join("index"));
    fs::create_dir(&corpus).unwrap();
    for (name, bytes) in files {
        fs::write(corpus.join(name), bytes).unwrap();
    }
    let outcome = json(0, &["prep", "--corpus", text(&corpus), "--out", text(&sections)]);
    balanced(&outcome);
    assert_eq!(count(&outcome, "out"), files.len() as u64, "{outcome}");
    json(0, &["index", "--sections", text(&sections), "--out", text(&index)]);
    (corpus, sections, index)
}

/// The documents found first for each of the queries.
fn first_hits(dir: &Path, index: &Path, queries: &[&str]) -> Vec<String> {
    let (asked, hits) = (dir.join("asked.jsonl"), dir.join("hits.jsonl"));
    let line = |query: &&str| serde_json::json!({"id": query, "query": query}).to_string() + "\n";
    fs::write(&asked, queries.iter().map(line).collect::<String>()).unwrap();
    json(0, &["search", "--index", text(index), "--queries", text(&asked), "--k", "1", "--out", text(&hits)]);
    let first = |line: &str| {
        let hits: serde_json::Value = serde_json::from_str(line).unwrap();
        hits["hits"][0]["doc"].as_str().unwrap_or("nothing").to_owned()
    };
    fs::read_to_string(hits).unwrap().lines().map(first).collect()
}

#[test]
fn what_was_left_out_is_counted_by_document_and_found_with_its_place_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    let page = "<title>Mill</title><nav><a href=x>Timetable</a> <a href=y>Fares</a></nav><main><p>The mill grinds oats on Mondays.</p>\
                <div hidden>The sluice gate code is Marigold.</div></main><footer>Imprint of the mill trust</footer>";
    let files = [("mill.html", page.into()), ("notes.md", b"# Notes\n\nThe ferry takes oats too.\n".to_vec())];
    let (corpus, sections, index) = indexed(dir.path(), &files);
    let mut rows: HashMap<String, u32> = HashMap::new();
    for dropped in read_table::<Dropped>(&sections).unwrap().map(Result::unwrap) {
        *rows.entry(dropped.path).or_default() += 1;
    }
    for document in read_table::<Document>(&sections).unwrap().map(Result::unwrap) {
        assert_eq!(document.dropped, rows.get(&document.path).copied().unwrap_or(0), "{}", document.path);
    }
    assert!(rows["mill.html"] >= 1, "{rows:?}");

    for place in [["--sections", text(&sections)], ["--index", text(&index)]] {
        let outcome = json(0, &[&["search", "--dropped", "mari\u{ad}gold SLUICE"][..], &place[..]].concat());
        assert_eq!((count(&outcome, "found"), count(&outcome, "dropped")), (1, u64::from(rows["mill.html"])), "{outcome}");
        let hit = &outcome["detail"][0];
        assert_eq!((hit["doc"].as_str(), hit["reason"].as_str()), (Some("mill.html"), Some("hidden")), "{outcome}");
        let raw = fs::read_to_string(corpus.join("mill.html")).unwrap();
        let range = hit["start"].as_u64().unwrap() as usize..hit["end"].as_u64().unwrap() as usize;
        assert_eq!(
            (&raw[range], hit["text"].as_str().unwrap()),
            ("The sluice gate code is Marigold.", "The sluice gate code is Marigold.")
        );
        let output = tandem(&[&["search", "--dropped", "marigold"][..], &place[..]].concat());
        for told in ["mill.html, bytes", "hidden", "The sluice gate code is Marigold."] {
            assert!(said(&output).contains(told), "{}", said(&output));
        }
        let outcome = json(0, &[&["search", "--dropped", "zeppelin"][..], &place[..]].concat());
        assert_eq!((count(&outcome, "found"), outcome["detail"].as_array().map(Vec::len)), (0, Some(0)), "{outcome}");
    }
    for (arguments, expected) in [
        (vec!["search", "--dropped", "(("], 1),
        (vec!["search", "--dropped", "((", "--sections", text(&sections)], 1),
        (vec!["search", "--dropped", "oats", "--sections", text(&corpus)], 1),
        (vec!["search", "--dropped", "oats", "--index", text(&sections)], 1),
        (vec!["search", "--sections", text(&sections)], 2),
        (vec!["search", "--index", text(&index)], 2),
        (vec!["search", "--dropped", "oats", "--sections", text(&sections), "--out", "x"], 2),
    ] {
        let output = tandem(&arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn every_character_set_is_read_found_quoted_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    // The keeper of the lighthouse is called Zhukov, in windows-1251.
    let cyrillic =
        b"<html><head><meta charset=\"windows-1251\"></head><body><p>\xd1\xec\xee\xf2\xf0\xe8\xf2\xe5\xeb\xfc \xec\xe0\xff\xea\xe0 \
                     \xe7\xee\xe2\xb8\xf2\xf1\xff \xc6\xf3\xea\xee\xe2.</p></body></html>";
    let central = b"<?xml version=\"1.0\" encoding=\"windows-1250\"?><note><p>The mayor of Lod\x9f is Stanis\xb3aw Zi\xeaba.</p></note>";
    let files = [
        ("wide.txt", wide("\u{feff}The brewer of Köln is Jürgen Müßig.\r\nHe came in 1987.\r\n")),
        ("cyrillic.html", cyrillic.to_vec()),
        ("central.xml", central.to_vec()),
        ("stray.md", b"# Caf\xc3\xa9\n\nThe cook of the caf\xc3\xa9 is Zo\xc3\xab Br\xc3\xb6n. A stray \xff byte stands here.\n".to_vec()),
        ("cut.txt", b"The smith of the town is Andr\xc3\xa9 Dubois. He lives at the caf\xc3".to_vec()),
    ];
    let (corpus, sections, index) = indexed(dir.path(), &files);
    let replaced: HashMap<String, u32> =
        read_table::<Document>(&sections).unwrap().map(Result::unwrap).map(|document| (document.path, document.replaced)).collect();
    assert_eq!(["wide.txt", "cyrillic.html", "central.xml", "stray.md", "cut.txt"].map(|name| replaced[name]), [0, 0, 0, 1, 1]);
    let mut texts: HashMap<String, String> = HashMap::new();
    for section in read_table::<Section>(&sections).unwrap().map(Result::unwrap) {
        // A first line may be taken for the title: it stands above the text then.
        let title = section.title.unwrap_or_default();
        texts.entry(section.path).or_default().extend([title, "\n".into(), section.text, "\n".into()]);
    }
    for (name, words) in [
        ("wide.txt", "The brewer of Köln is Jürgen Müßig."),
        ("cyrillic.html", "Смотритель маяка зовётся Жуков."),
        ("central.xml", "The mayor of Lodź is Stanisław Zięba."),
        ("stray.md", "The cook of the café is Zoë Brön. A stray \u{fffd} byte stands here."),
        ("cut.txt", "The smith of the town is André Dubois. He lives at the caf\u{fffd}"),
    ] {
        assert!(texts[name].contains(words), "{name}: {}", texts[name]);
    }
    let queries = ["Müßig", "ju\u{308}rgen", "Смотритель маяка", "ZIĘBA", "Brön", "andre\u{301} dubois"];
    let found = first_hits(dir.path(), &index, &queries);
    assert_eq!(found, ["wide.txt", "wide.txt", "cyrillic.html", "central.xml", "stray.md", "cut.txt"]);
    let (questions, report) = (dir.path().join("q.txt"), dir.path().join("report"));
    fs::write(&questions, "Who is the brewer of Köln?\nWho is the mayor of Lodź?\nWho is the cook of the café?\nКто смотритель маяка?\n")
        .unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"]);
    let outcome = json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    assert!(count(&outcome, "citations") >= 4 && count(&outcome, "verified") == count(&outcome, "citations"), "{outcome}");
}

#[test]
fn words_are_found_through_what_nobody_sees_and_over_the_ends_of_lines() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("a.txt", "The pay\u{ad}master of the yard\nlives by the cais\u{ad}\nson. His dog barks.\n"),
        ("b.html", "<p>The wea&shy;ther&shy;\nvane turns.<p>A bo&#8203;llard, a cap&shy;<br>stan and an o\u{fb03}ce."),
        (
            "c.md",
            "# Quays\n\nThe break\u{ad}\nwater is **of\u{200b}ten** wet; \u{ff42}\u{ff55}\u{ff4f}\u{ff59}s are not.\n\n| hal\u{2060}yard | 4 |\n|--|--|\n| x | y |\n",
        ),
        ("d.rst", "Ropes\n=====\n\nThe haw\u{ad}\nser is a cre\u{300}me colour.\n"),
        ("e.xml", "<doc><p>The fair\u{ad}\nlead and the scup&#xAD;per.</p></doc>"),
    ];
    let files = files.map(|(name, words)| (name, words.as_bytes().to_vec()));
    let (corpus, _, index) = indexed(dir.path(), &files);
    let wanted = [
        ("paymaster", "a.txt"),
        ("caisson", "a.txt"),
        ("weathervane", "b.html"),
        ("bollard", "b.html"),
        ("capstan", "b.html"),
        ("office", "b.html"),
        ("breakwater", "c.md"),
        ("buoys", "c.md"),
        ("halyard", "c.md"),
        ("hawser", "d.rst"),
        ("cr\u{e8}me", "d.rst"),
        ("fairlead", "e.xml"),
        ("scup\u{ad}per", "e.xml"),
    ];
    let found = first_hits(dir.path(), &index, &wanted.map(|(query, _)| query));
    assert_eq!(found, wanted.map(|(_, doc)| doc));
    let (questions, report) = (dir.path().join("q.txt"), dir.path().join("report"));
    fs::write(&questions, "Where does the paymaster live?\nWhat turns?\nWhat colour is the hawser?\n").unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"]);
    json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);

    // The same of texts that a question brings along.
    let line = serde_json::json!({"id": "s", "question": "Who keeps the lighthouse?", "sources": [
        {"id": "a", "text": "The light\u{ad}\nhouse is kept by Ola Ness."}, {"id": "b", "text": "The mill is kept by Per Moe."}]});
    let (questions, report) = (dir.path().join("own.jsonl"), dir.path().join("own"));
    fs::write(&questions, format!("{line}\n")).unwrap();
    json(0, &["report", "--questions", text(&questions), "--out", text(&report), "--precision", "0"]);
    let row: serde_json::Value = serde_json::from_str(fs::read_to_string(report.join("reports.jsonl")).unwrap().trim()).unwrap();
    assert_eq!((row["answer"].as_str(), row["reason"].as_str()), (Some("Ola Ness"), None), "{row}");
}

#[test]
fn a_question_is_looked_at_to_its_end_and_one_without_a_word_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let files =
        [("pilot.txt", b"The harbour pilot of Vik is Ola Ness.\n".to_vec()), ("mill.txt", b"The miller of Os is Per Moe.\n".to_vec())];
    let (_, _, index) = indexed(dir.path(), &files);
    let before = "We have been through all of the binders again today and nobody could tell. ".repeat(250);
    let long = format!("{before}Who is the harbour pilot of Vik?");
    assert!(long.len() > 18_000);
    assert_eq!(first_hits(dir.path(), &index, &[long.as_str(), "miller"]), ["pilot.txt", "mill.txt"]);
    let (questions, report) = (dir.path().join("q.jsonl"), dir.path().join("report"));
    let line = |(id, question): (usize, &str)| serde_json::json!({"id": id, "question": question}).to_string() + "\n";
    fs::write(&questions, [long.as_str(), "?!"].into_iter().enumerate().map(line).collect::<String>()).unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"]);
    let rows: Vec<serde_json::Value> =
        fs::read_to_string(report.join("reports.jsonl")).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["answer"], "Ola Ness", "{}", rows[0]);
    assert_eq!((rows[1]["status"].as_str(), rows[1]["searches"].as_array().map(Vec::len)), (Some("abstained"), Some(0)));
    assert!(rows[1]["reason"].as_str().is_some_and(|reason| reason.contains("no word in it")), "{}", rows[1]);
    let refused = json(1, &["ask", "--index", text(&index), "--", "?!"]);
    assert!(refused["error"].as_str().is_some_and(|reason| reason.contains("no word in it")), "{refused}");
}

#[test]
fn the_first_line_of_a_short_text_can_be_found_and_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let said = [
        ("judge.txt", "The regatta judge of Ravnholm is Pia Lund.", "The course is nine miles long."),
        ("keeper.txt", "Keeper of the Skarv light: Oda Brekke", "The lamp burns rape oil."),
        ("ferry.txt", "Ferry departs from Osund at 06:40", "Tickets cost 12 crowns."),
        ("pier.md", "# The pilot of Pier 9 is Nils Aas\n", "It has two berths."),
        ("lock.rst", "The lock of Vik is 7 metres deep\n================================\n", "Its gates are of oak."),
        ("mast.html", "<h1>The mast of the Terna is of pine</h1>", "<p>She was built in May."),
    ];
    let files = said.map(|(name, first, second)| (name, format!("{first}\n{second}\n").into_bytes()));
    let (corpus, _, index) = indexed(dir.path(), &files);
    let asked = [
        ("judge.txt", "Who is the regatta judge of Ravnholm?", "Pia Lund"),
        ("keeper.txt", "Who is the keeper of the Skarv light?", "Oda Brekke"),
        ("ferry.txt", "When does the ferry depart from Osund?", "06:40"),
        ("pier.md", "Who is the pilot of Pier 9?", "Nils Aas"),
        ("lock.rst", "How deep is the lock of Vik?", "7 metres"),
        ("mast.html", "What is the mast of the Terna made of?", "pine"),
    ];
    assert_eq!(first_hits(dir.path(), &index, &asked.map(|(_, question, _)| question)), asked.map(|(name, ..)| name));
    let (questions, report) = (dir.path().join("q.txt"), dir.path().join("report"));
    fs::write(&questions, asked.map(|(_, question, _)| question).join("\n")).unwrap();
    json(0, &["report", "--questions", text(&questions), "--index", text(&index), "--out", text(&report), "--precision", "0"]);
    json(0, &["verify", "--report", text(&report), "--corpus", text(&corpus)]);
    for (row, (name, question, words)) in fs::read_to_string(report.join("reports.jsonl")).unwrap().lines().zip(asked) {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let statements = row["statements"].as_array().unwrap().iter().flat_map(|one| one["citations"].as_array().unwrap());
        let quoted = statements.filter(|citation| citation["doc"] == name).any(|one| one["quote"].as_str().unwrap().contains(words));
        assert!(quoted, "{question}: {row}");
    }
}
