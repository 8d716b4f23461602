//! No visible text is lost: for random small pages, Markdown and plain text, what a program sees that only strips tags stands in the sections or
//! in the list of what was dropped; a run counts that list and writes it beside the documents.

mod untrained;

use std::fs;

use indicatif::ProgressBar;
use prep_model::inference::{Format, PrepareOptions, Preparer, prepare_corpus};
use prep_model::read::{MediaType, ReadLimits, read_bytes};
use proptest::prelude::*;
use records::{Document, Dropped, read_table};
use untrained::untrained;

/// Pieces of a page, with `#` where a word of its own comes.
const HTML: &[&str] = &[
    "#",
    " # ",
    "<p>#",
    "</p>",
    "<ul>",
    "<li>#",
    "<li><a href='x'>#</a>",
    "</ul>#",
    "<dl><dd>#",
    "<dt>#",
    "</dl>",
    "<h2>#</h2>",
    "<br>#",
    "<table><tr><td>#<td>#",
    "<th>#",
    "</tr>#",
    "</table>",
    "<div class='footer nav'>#",
    "</div>#",
    "<nav>#</nav>",
    "<div hidden>#",
    "<pre>#\n",
    "</pre>",
    "<svg><text>#</text>",
    "</svg>",
    "<svg/>",
    "<script>no()</script>",
    "<script/>",
    "<select><option>#",
    "</select>",
    "<title>#",
    "</title>",
    "<textarea>#",
    "</textarea>",
    "<noscript>#",
    "</noscript>",
    "<b>#</b>",
    "&amp;#;",
    "<!-- no -->",
    "<object>#",
    "</object>",
    "a < # b",
    "<aside>#",
    "<span style='display:none'>#</span>",
    "<iframe>#",
    "</iframe>",
    "<blockquote>#",
    "------",
    "<h1>#",
    "<caption>#",
    "<label>#</label>",
];

/// The same of Markdown.
const MARKDOWN: &[&str] = &[
    "#\n",
    "\n",
    "## Head #\n\n",
    "- #\n",
    "- [#](x)\n",
    "  - #\n",
    "1. #\n",
    "> #\n",
    "`#`",
    "**#** ",
    "[#](y) ",
    "![#](z) ",
    "| # | # |\n|---|---|\n| # | # |\n\n",
    "```\n#\n```\n",
    "    #\n",
    "---\n",
    "* * *\n\n",
    "<div>#</div>\n\n",
    "<p>#\n\n",
    "<nav>\n\n#\n\n</nav>\n",
    "<svg>\n#\n",
    "~~#~~ ",
    "#  \n#",
    "- [ ] #\n",
];

/// The same of plain text.
const TEXT: &[&str] = &[
    "#\n",
    "# # #\n",
    "\n",
    "\n\n",
    "\u{c}",
    "-----\n",
    "- # -\n",
    "> #\n",
    "   #\n",
    "| # | # |\n",
    "-- \n#\n",
    "#-\n",
    "From: #\n",
    "SAME HEAD\n",
    "\t#\n",
    "===",
];

/// Pieces of a document of some format with a word of its own wherever a `#` stands.
fn pieces(kind: MediaType) -> impl Strategy<Value = String> {
    let chosen = match kind {
        MediaType::Html => HTML,
        MediaType::Markdown => MARKDOWN,
        _ => TEXT,
    };
    prop::collection::vec(prop::sample::select(chosen.to_vec()), 1..40).prop_map(|pieces| {
        let text = pieces.concat().replace("## Head", "@@ Head");
        let parts: Vec<&str> = text.split('#').collect();
        let numbered = parts.iter().enumerate().map(|(at, part)| if at == 0 { (*part).to_owned() } else { format!("q{at}q{part}") });
        numbered.collect::<String>().replace("@@", "##")
    })
}

/// The words that a program sees which knows nothing but that tags, code and remarks are no text.
fn visible(kind: MediaType, text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<').filter(|_| kind == MediaType::Html) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let ends = [("<!--", "-->"), ("<script>", "</script>")].into_iter().find(|(start, _)| rest.starts_with(start));
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let end = ends.map(|(_, end)| end).or(is_tag.then_some(">"));
        let length = end.map_or(1, |end| rest.find(end).map_or(rest.len(), |at| at + end.len()));
        rest = &rest[length..];
    }
    plain.push_str(rest);
    // What numbers and `q` make up, cut between two words that stand side by side.
    let numbers = plain.split('q').filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    numbers.map(|number| format!("q{number}q")).filter(|word| plain.contains(word)).collect()
}

thread_local! {
    static UNTRAINED: Preparer = untrained();
}

fn nothing_is_lost(kind: MediaType, text: &str) -> Result<(), TestCaseError> {
    let Ok(reading) = read_bytes(kind, text.as_bytes(), &ReadLimits::default()) else { return Ok(()) };
    let prepared = UNTRAINED.with(|preparer| preparer.prepare_reading("a", text.len() as u64, &reading, true));
    let mut found = prepared.document.title.clone().unwrap_or_default();
    for section in &prepared.sections {
        found += &format!(" {} {} ", section.heading_path.join(" "), section.text);
    }
    for dropped in &prepared.dropped {
        prop_assert!(!dropped.reason.is_empty() && dropped.raw_start < dropped.raw_end && dropped.raw_end <= text.len() as u64);
        found += &format!(" {} ", dropped.text);
    }
    prop_assert_eq!(prepared.document.dropped as usize, prepared.dropped.len());
    for word in visible(kind, text) {
        prop_assert!(found.contains(&word), "{} is lost of {:?}", word, text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_visible_text_of_a_page_is_lost(text in pieces(MediaType::Html)) {
        nothing_is_lost(MediaType::Html, &text)?;
    }

    #[test]
    fn no_visible_text_of_markdown_is_lost(text in pieces(MediaType::Markdown)) {
        nothing_is_lost(MediaType::Markdown, &text)?;
    }

    #[test]
    fn no_text_of_a_plain_file_is_lost(text in pieces(MediaType::Text)) {
        nothing_is_lost(MediaType::Text, &text)?;
    }
}

#[test]
fn a_run_lists_what_it_dropped_and_counts_what_it_replaced() {
    let (corpus, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(corpus.path().join("a.html"), "<p>The hall is open.<div hidden>Not today.</div><select><option>Monday</select>").unwrap();
    fs::write(corpus.path().join("b.txt"), "The tea room.\n----------\nIt is not.\n").unwrap();
    fs::write(corpus.path().join("c.txt"), b"Zo\xc3\xab rows to Malm\xf6, and Andr\xc3\xa9 too.\n").unwrap();
    let options = PrepareOptions { format: Format::Jsonl, ..PrepareOptions::default() };
    let manifest = prepare_corpus(corpus.path(), out.path(), &untrained(), &options, &ProgressBar::hidden()).unwrap();
    let count = |key: &str| manifest.counts.get(key).copied().unwrap_or(0);
    assert_eq!((count("dropped"), count("dropped: hidden"), count("dropped: rule"), count("replaced")), (3, 1, 1, 1));
    let rows: Vec<Dropped> = read_table(out.path()).unwrap().map(Result::unwrap).collect();
    let seen: Vec<(&str, &str, &str)> = rows.iter().map(|row| (row.path.as_str(), row.text.as_str(), row.reason.as_str())).collect();
    let rule = ("b.txt", "----------", "rule");
    assert_eq!(seen, [("a.html", "Not today.", "hidden"), ("a.html", "Monday", "not shown: select"), rule]);
    let documents: Vec<Document> = read_table(out.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(documents.iter().map(|row| (row.dropped, row.replaced)).collect::<Vec<_>>(), [(2, 0), (1, 0), (0, 1)]);
    assert_eq!(fs::read_to_string(out.path().join("dropped-00000.jsonl")).unwrap().lines().count(), 3);
}
