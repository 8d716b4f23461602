use super::*;
use crate::read::{ReadLimits, read_bytes};

fn lines(media_type: MediaType, text: &str) -> Vec<Line> {
    read_bytes(media_type, text.as_bytes(), &ReadLimits::default()).unwrap().lines
}

fn scores(rows: usize, role: Role, join: Join) -> Vec<f32> {
    let mut logits = vec![0.0; rows * LINE_COLUMNS];
    for row in logits.chunks_exact_mut(LINE_COLUMNS) {
        row[role.class()] = 9.0;
        row[HEADS[0] + HEADS[1] + join.class()] = 9.0;
    }
    logits
}

#[test]
fn mark_up_that_is_known_is_believed() {
    let lines = lines(MediaType::Markdown, "## Head\n\n- item\n\n```\ncode\n```\n\ntext\n");
    let decisions = decide(&lines, &scores(4, Role::Footnote, Join::Space), MediaType::Markdown, &Thresholds::default());
    let seen: Vec<(Role, u8, Join)> = decisions.iter().map(|d| (d.role, d.level, d.join)).collect();
    let expected =
        [(Role::Heading, 2, Join::Break), (Role::ListItem, 0, Join::Break), (Role::Code, 0, Join::Break), (Role::Footnote, 0, Join::Break)];
    assert_eq!(seen, expected);
}

#[test]
fn a_model_that_would_drop_everything_is_not_believed() {
    let lines = lines(MediaType::Text, "one line\nanother line\n");
    let decisions = decide(&lines, &scores(2, Role::Navigation, Join::Space), MediaType::Text, &Thresholds::default());
    assert!(decisions.iter().all(|decision| decision.dropped.is_none()));
}

#[test]
fn a_blank_line_ends_a_paragraph_and_only_a_hyphen_joins_without_a_space() {
    let lines = lines(MediaType::Text, "one\ntwo\n\nthree\n");
    let decisions = decide(&lines, &scores(3, Role::Paragraph, Join::DropHyphen), MediaType::Text, &Thresholds::default());
    assert_eq!(decisions.iter().map(|d| d.join).collect::<Vec<_>>(), [Join::Space, Join::Break, Join::Break]);
}

#[test]
fn lines_of_as_many_values_between_commas_are_rows() {
    let rows = |text: &str| -> Vec<bool> {
        let lines = lines(MediaType::Text, text);
        let logits = scores(lines.len(), Role::Heading, Join::Space);
        decide(&lines, &logits, MediaType::Text, &Thresholds::default()).iter().map(|one| one.content == Role::TableRow).collect()
    };
    for separator in [',', ';'] {
        let table = "Wells\n\nWell,Depth,Owner\nW1,4 m,\"Moe, Ann\"\nW2,5 m,Lie\n\nSee the chart.\n".replace(',', &separator.to_string());
        let table = table.replace("Moe; Ann", "Moe, Ann");
        assert_eq!(rows(&table), [false, true, true, true, false], "{table}");
    }
    assert!(!rows("It was old, grey, and\nlong, too long, as\nthey said, for us, all\n").contains(&true), "prose");
    assert!(!rows("1,200 came in May\n1,300 came in June\n").contains(&true), "two lines are no table");
    assert!(!rows("a,b\nc\nd,e\nf,g\n").contains(&true), "a block with another line in it");
}

#[test]
fn probabilities_sum_to_one() {
    let sum: f32 = softmax(&[1.0, 2.0, -3.0]).iter().sum();
    assert!((sum - 1.0).abs() < 1e-6);
    assert_eq!(best(&[0.1, 0.7, 0.2]), 1);
}

fn dropped(media_type: MediaType, text: &str, role: Role) -> Vec<(String, &'static str)> {
    let lines = lines(media_type, text);
    let decisions = decide(&lines, &scores(lines.len(), role, Join::Break), media_type, &Thresholds::default());
    lines.into_iter().zip(decisions).filter_map(|(line, decision)| Some((line.text, decision.dropped?))).collect()
}

fn pairs(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    expected.iter().map(|(text, reason)| ((*text).to_owned(), *reason)).collect()
}

#[test]
fn a_header_of_plain_text_goes_only_if_it_comes_back_at_the_edge_of_another_page() {
    let text = "THE GUIDE\n\nOne of many.\nTwo.\nThree.\nFour.\nFive.\n\x0cTHE GUIDE\n\nSix.\nSeven.\nEight.\nNine.\nTen.\nEleven.\n";
    assert_eq!(dropped(MediaType::Text, text, Role::RunningHeader), pairs(&[("THE GUIDE", "running_header"); 2]));
    assert_eq!(dropped(MediaType::Text, &text.replace('\x0c', "\n"), Role::RunningHeader), []);
}

#[test]
fn a_statement_that_differs_in_its_number_is_no_header() {
    let text = "Tariff 1\nThe fee is 4 crowns.\n\x0cTariff 2\nThe fee is 5 crowns.\n\x0cTariff 3\nThe fee is 5 crowns.\n";
    let heads = ["Tariff 1", "Tariff 2", "The fee is 5 crowns.", "Tariff 3", "The fee is 5 crowns."];
    assert_eq!(dropped(MediaType::Text, text, Role::RunningHeader), heads.map(|text| (text.to_owned(), "running_header")));
}

#[test]
fn a_text_with_another_number_comes_back_only_if_the_number_counts_pages() {
    for text in ["Oslo\nTotal: 540 crowns\n\x0cBergen\nTotal: 610 crowns\n", "Room 7\nOslo\n\x0cRoom 9\nBergen\n\x0cMoss\nRoom 12\n"] {
        for role in [Role::RunningHeader, Role::PageNumber, Role::Boilerplate] {
            assert_eq!(dropped(MediaType::Text, text, role), []);
        }
    }
    let text = "Deep Sea, chapter 3, 41\nOslo\n\x0cDeep Sea, chapter 3, 42\nBergen\n\x0cDeep Sea, chapter 4, 43\nMoss\n";
    assert_eq!(dropped(MediaType::Text, text, Role::RunningHeader).len(), 3);
}

#[test]
fn a_heading_that_counts_up_with_the_pages_is_no_header_if_it_is_set_large() {
    let source = "Chapter 1\nIt rained in Oslo.\n\x0cChapter 2\nIt snowed in Moss.\n\x0cChapter 3\nIt was dry in Vik.\n";
    let dropped = |size: f32| {
        let mut lines = lines(MediaType::Text, source);
        lines.iter_mut().for_each(|line| line.hints.font_size = Some(if line.text.starts_with("Chapter") { size } else { 10.0 }));
        let logits = scores(lines.len(), Role::RunningHeader, Join::Break);
        decide(&lines, &logits, MediaType::Text, &Thresholds::default()).iter().filter(|one| one.dropped.is_some()).count()
    };
    assert_eq!([dropped(14.0), dropped(10.0)], [0, 3]);
}

#[test]
fn a_number_goes_as_a_page_number_only_if_it_counts_pages() {
    let counts = "One.\n3\n\x0cTwo.\n4\n\x0cThree.\n900\n";
    assert_eq!(dropped(MediaType::Text, counts, Role::PageNumber), pairs(&[("3", "page_number"), ("4", "page_number")]));
    assert_eq!(dropped(MediaType::Text, "One.\n- 3 -\n\x0cTwo.\n", Role::PageNumber), pairs(&[("- 3 -", "page_number")]));
    assert_eq!(dropped(MediaType::Text, "Rooms\n3\n4\n5\n", Role::PageNumber), []);
}

#[test]
fn on_a_web_page_only_what_the_page_marks_as_furniture_goes() {
    let list = "<h1>Kits</h1><p>Three of them:<ul><li><a href=a>Ash</a><li><a href=b>Birch</a></ul><dl><dd>An oak.</dl>bare<p>Ask Ida.";
    assert_eq!(dropped(MediaType::Html, list, Role::Navigation), []);
    let site = format!("<nav><a href=x>Home</a></nav><main>{list}</main><div class=site-footer>Mill Lane 3</div>");
    assert_eq!(dropped(MediaType::Html, &site, Role::Navigation), pairs(&[("Home", "navigation"), ("Mill Lane 3", "navigation")]));
    let own = "<article><header><p>By Ida Moe</header><p>A word.<footer>Written in May</footer></article>";
    assert_eq!(dropped(MediaType::Html, own, Role::Boilerplate), []);
    assert_eq!(dropped(MediaType::Markdown, "# Kits\n\n- [Ash](a)\n- [Birch](b)\n\nAsk Ida.\n", Role::Navigation), []);
}

#[test]
fn rules_are_dropped_and_signs_that_say_something_are_not() {
    assert_eq!(dropped(MediaType::Text, "a\n-----\nb\n* * *\n?!?\n...---...---\n:-)\n", Role::Paragraph).len(), 3);
}

#[test]
fn a_long_line_stays_whole_whatever_it_begins_with() {
    for text in [format!("{} The end of it.", "-".repeat(9_000)), format!("Begin {}", "=".repeat(9_000))] {
        let lines = lines(MediaType::Text, &text);
        assert!(lines.len() > 1);
        assert_eq!(dropped(MediaType::Text, &text, Role::Boilerplate), []);
    }
    assert!(dropped(MediaType::Text, &format!("a\n{}\n", "-".repeat(9_000)), Role::Paragraph).len() > 1);
}

#[test]
fn a_word_broken_at_a_soft_hyphen_is_one_whatever_the_model_makes_of_its_lines() {
    let text = "The cof\u{ad}\nfer\u{ad}dam was dry.\n\nIt leaks.\u{ad}\n\nNo more.\n";
    for (first, second) in [(Role::Paragraph, Role::Metadata), (Role::Heading, Role::Paragraph), (Role::Paragraph, Role::Footnote)] {
        for (media_type, join) in [(MediaType::Text, Join::Break), (MediaType::Text, Join::Space), (MediaType::Clean, Join::Break)] {
            let lines = lines(media_type, text);
            let logits = [scores(1, first, join), scores(1, second, join), scores(2, Role::Paragraph, join)].concat();
            let decisions = decide(&lines, &logits, media_type, &Thresholds::default());
            assert_eq!(decisions.iter().map(|d| d.join).collect::<Vec<_>>()[..3], [Join::KeepHyphen, Join::Break, Join::Break]);
            assert_eq!(decisions[0].content, decisions[1].content);
            assert_eq!(decisions[0].content, Role::Paragraph);
        }
    }
    let clean = decide_clean(&lines(MediaType::Clean, text));
    assert_eq!(clean.iter().map(|d| d.join).collect::<Vec<_>>()[..2], [Join::KeepHyphen, Join::Break]);
}

#[test]
fn what_stands_at_rows_and_has_as_many_cells_is_a_row() {
    let text = "Buoys\nBuoy\tDepth\tColour\n-----\nB1\t4 m\tred\nB2\t5 m\tblue\nB3\t6 m\tgrey\nSee the chart.\n\nNext\tone\tapart\n";
    let lines = lines(MediaType::Text, text);
    let roles = [Role::Title, Role::Title, Role::Paragraph, Role::Heading, Role::TableRow, Role::Paragraph, Role::Paragraph, Role::Heading];
    let logits = roles.map(|role| scores(1, role, Join::Space)).concat();
    let decisions = decide(&lines, &logits, MediaType::Text, &Thresholds::default());
    let rows: Vec<&str> = lines
        .iter()
        .zip(&decisions)
        .filter(|(_, decision)| decision.content == Role::TableRow)
        .map(|(line, _)| line.text.as_str())
        .collect();
    assert_eq!(rows, ["Buoy\tDepth\tColour", "B1\t4 m\tred", "B2\t5 m\tblue", "B3\t6 m\tgrey"]);
    assert_eq!((decisions[3].role, decisions[3].level), (Role::Heading, 0));
}

#[test]
fn a_line_of_plain_text_that_says_something_is_no_heading() {
    let text = "The judge of Ravnholm is Pia Lund.\nKeeper: Oda Brekke\nHow long is the course?\n3. Scope.\n渡船在五月四日开航。\n";
    let decided = |media_type| {
        let lines = lines(media_type, text);
        let logits = scores(lines.len(), Role::Title, Join::Break);
        decide(&lines, &logits, media_type, &Thresholds::default()).into_iter().map(|one| (one.content, one.role)).collect::<Vec<_>>()
    };
    let (said, title) = ((Role::Paragraph, Role::Title), (Role::Title, Role::Title));
    assert_eq!(decided(MediaType::Text), [said, title, title, title, said]);
}
