//! A folder of many formats, from the files to citations that hold: every planted fact is found on its page, by name, and what is broken is told.

mod documents;
#[path = "../tandem/mod.rs"]
mod tandem;

use std::fs;
use std::path::Path;

use documents::{docx, epub, msg, odp, odt, pdf, pptx, xlsx, zip};
use records::{Failure, Page, Report, Section, read_table};
use tandem::{balanced, code, count, json, said, tandem, text};

const MAIL: &str = "From: Ola <ola@vik.example>\r\nTo: ida@vik.example\r\nSubject: Crane\r\nDate: Mon, 3 Feb 2025 10:00:00 +0100\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/mixed; boundary=xx\r\n\r\n--xx\r\nContent-Type: text/plain\r\n\r\nThe new crane arrives on 9 May.\r\n\
                    --xx\r\nContent-Type: text/plain; name=bill.txt\r\nContent-Disposition: attachment; filename=bill.txt\r\n\r\n\
                    The bill for the crane is 88,000 crowns.\r\n--xx--\r\n";
const BOX: &str = "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.example\nSubject: Tar\n\nThe tar is in the red shed.\n\n\
                   From a@b Mon Jan  1 00:01:00 2024\nFrom: a@b.example\nSubject: Paint\n\nThe paint is in the grey shed.\n";

/// Names of documents, the page and a fact that is told there.
const FACTS: [(&str, Option<u32>, &str); 21] = [
    ("hand.docx", Some(1), "The harbour pilot of Vik is Ola Ness."),
    ("hand.docx", Some(1), "Berth 3 | 6 metres"),
    ("hand.docx", Some(1), "Third edition, May 2024."),
    ("plan.pptx", Some(1), "Harbour board of Vik"),
    ("keys.xlsx", Some(2), "Boathouse | Siri Vik"),
    ("plan.pptx", Some(2), "The cook of the summer ferry is Ida Moe."),
    ("tides.odp", Some(2), "The gauge at Vik was read by Kari Holm."),
    ("winch.msg", Some(1), "The winch is kept by Nils Berg."),
    ("winch.msg/parts.txt", None, "A new drum for the winch costs 7,400 crowns."),
    ("rules.odt", Some(1), "Nets may be dried on the south mole."),
    ("log.epub", Some(2), "The first ferry was built in 1871."),
    ("crane.eml", Some(1), "The new crane arrives on 9 May."),
    ("crane.eml/bill.txt", None, "The bill for the crane is 88,000 crowns."),
    ("box.mbox", Some(2), "The paint is in the grey shed."),
    ("letter.rtf", Some(1), "The keeper of the slip is Gro Dahl."),
    ("prices.csv", Some(1), "Lamp | 30 crowns"),
    ("report.pdf", Some(2), "The lighthouse at Grip lost its lamp on 3 March."),
    ("old.zip/notes/anchor.txt", None, "The anchor of the old ferry weighs 640 kilos."),
    ("old.zip/more.zip/bell.html", None, "The bell of the old ferry hangs in the school."),
    ("page.html", None, "The fog signal was tested on 2 April."),
    // What it is is told by its bytes.
    ("wrong.txt", Some(1), "The slip opens at 6."),
];

fn write(dir: &Path) {
    let p = |words: &str| format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>");
    let row = |cells: [&str; 2]| format!("<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>", p(cells[0]), p(cells[1]));
    let table = format!("<w:tbl>{}{}</w:tbl>", row(["Berth", "Depth"]), row(["Berth 3", "6 metres"]));
    let hand = docx(&[p("The harbour pilot of Vik is Ola Ness."), table].concat());
    let inner = zip(&[("bell.html", "<p>The bell of the old ferry hangs in the school.</p>")]);
    let anchor = b"The anchor of the old ferry weighs 640 kilos.";
    let old = zip(&[("notes/anchor.txt", &anchor[..]), ("more.zip", &inner)]);
    // One letter of it fell over on the way.
    let mut damaged = zip(&[("rope.txt", &b"The rope is 40 metres long."[..])]);
    let at = damaged.windows(2).position(|two| two == b"40").unwrap();
    damaged[at] = b'9';
    for (name, bytes) in [
        ("broken.docx", hand[..hand.len() / 2].to_vec()),
        ("hand.docx", hand),
        (
            "keys.xlsx",
            xlsx(&[("Rents", &[["Store", "Rent"], ["Store 1", "101"]]), ("Keys", &[["Key", "Kept by"], ["Boathouse", "Siri Vik"]])]),
        ),
        ("plan.pptx", pptx(&[("Summer", "It starts on 12 June."), ("Crew", "The cook of the summer ferry is Ida Moe.")])),
        ("tides.odp", odp(&[["Tides", "Two a day."], ["Gauges", "The gauge at Vik was read by Kari Holm."]])),
        ("winch.msg", msg("Winch", "The winch is kept by Nils Berg.", ("parts.txt", "A new drum for the winch costs 7,400 crowns."))),
        ("damaged.zip", damaged),
        ("rules.odt", odt("<text:h text:outline-level=\"1\">Rules</text:h><text:p>Nets may be dried on the south mole.</text:p>")),
        ("log.epub", epub(["<h1>Before</h1><p>There was no ferry.</p>", "<h1>After</h1><p>The first ferry was built in 1871.</p>"])),
        ("crane.eml", MAIL.into()),
        ("box.mbox", BOX.into()),
        ("letter.rtf", b"{\\rtf1\\ansi The keeper of the slip is {\\b Gro Dahl}.\\par She has the key.\\par}".to_vec()),
        ("prices.csv", b"Item,Price\nRope,12 crowns\nLamp,30 crowns\n".to_vec()),
        ("report.pdf", pdf(&["The year was calm.", "The lighthouse at Grip lost its lamp on 3 March."])),
        ("old.zip", old),
        ("page.html", b"<p>The fog signal was tested on 2 April.</p>".to_vec()),
        ("wrong.txt", docx(&p("The slip opens at 6."))),
        (
            "secret.xlsx",
            [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &"EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()]
                .concat(),
        ),
    ] {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

#[test]
fn every_format_is_read_by_children_and_cited_by_its_page() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let (corpus, sections, index, reports) = (at("corpus"), at("sections"), at("index"), at("reports"));
    fs::create_dir(&corpus).unwrap();
    write(&corpus);
    let outcome = json(3, &["prep", "--corpus", text(&corpus), "--out", text(&sections), "--html"]);
    balanced(&outcome);
    let failures: Vec<Failure> = read_table(&sections).unwrap().map(Result::unwrap).collect();
    let mut told: Vec<(&str, bool)> = failures.iter().map(|one| (one.path.as_str(), one.reason.contains("password"))).collect();
    told.sort_unstable();
    assert_eq!(told, [("broken.docx", false), ("damaged.zip/rope.txt", false), ("secret.xlsx", true)], "{failures:?}");
    let rows: Vec<Section> = read_table(&sections).unwrap().map(Result::unwrap).collect();
    for (name, page, fact) in FACTS {
        let tells = |row: &&Section| row.path == name && row.text.contains(fact);
        let row = rows.iter().find(tells).unwrap_or_else(|| panic!("{name} does not say: {fact}"));
        let place = row.text.find(fact).unwrap() as u64;
        let raw = row.spans.raw_range(place..place + fact.len() as u64).unwrap();
        assert_eq!(row.on_page(raw).0, page, "{name}");
    }

    faced(&sections, count(&outcome, "out"));

    json(0, &["index", "--sections", text(&sections), "--out", text(&index)]);
    let questions = "Who is the cook of the summer ferry?\nWhen did the lighthouse at Grip lose its lamp?\nHow much is the bill for the crane?\n\
                     Where is the paint?\nWhere does the bell of the old ferry hang?\nWho keeps the key of the boathouse?\n";
    let file = at("q.txt");
    fs::write(&file, questions).unwrap();
    let asked = ["report", "--index", text(&index), "--questions", text(&file), "--out", text(&reports), "--precision", "0"];
    let outcome = json(0, &asked);
    assert_eq!(count(&outcome, "refused"), 0, "a citation that does not hold was made: {outcome}");
    let pages: Vec<Page> = read_table(&sections).unwrap().map(Result::unwrap).collect();
    let reports_made: Vec<Report> = read_table(&reports).unwrap().map(Result::unwrap).collect();
    let statements = reports_made.iter().flat_map(|report| report.statements.iter().chain(&report.closest));
    let citations: Vec<_> = statements.flat_map(|statement| &statement.citations).collect();
    let in_pages = citations.iter().filter_map(|citation| {
        let page = pages.iter().find(|page| page.path == citation.doc && Some(page.page) == citation.page)?;
        assert_eq!(page.text.get(citation.start as usize..citation.end as usize), Some(citation.quote.as_str()), "{citation:?}");
        citation.page
    });
    assert!(in_pages.filter(|page| *page > 1).count() >= 2, "{citations:?}");
    let outcome = json(0, &["verify", "--report", text(&reports), "--corpus", text(&corpus)]);
    assert!(count(&outcome, "verified") >= 4, "{outcome}");

    fs::write(corpus.join("report.pdf"), pdf(&["The year was calm.", "The lighthouse at Grip lost its lamp on 4 March."])).unwrap();
    let output = tandem(&["verify", "--report", text(&reports), "--corpus", text(&corpus)]);
    assert!(code(&output) == 3 && said(&output).contains("report.pdf"), "{}", said(&output));
}

/// The pages with both sides of each document: all are there, every fact stands on both sides, and every click leads somewhere.
fn faced(sections: &Path, documents: u64) {
    let read = |name: &str| fs::read_to_string(sections.join("html").join(name)).unwrap();
    let index = read("index.html");
    assert!(index.contains("damaged.zip/rope.txt") && index.find("broken.docx") < index.find("hand.docx"), "what failed stands first");
    let files: Vec<&str> = index.split("href=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]).collect();
    assert_eq!(files.len() as u64, documents);
    let pages: Vec<String> = files.into_iter().map(read).collect();
    for page in &pages {
        for target in page.split("href=\"#").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
            assert!(page.contains(&format!("id=\"{target}\"")), "no {target} in {page}");
        }
    }
    for (name, _, fact) in FACTS {
        let page = pages.iter().find(|page| page.contains(&format!("<h1>{name}</h1>"))).unwrap_or_else(|| panic!("no page for {name}"));
        let (original, prepared) = page.split_once("<h2>Prepared</h2>").unwrap();
        assert!(original.contains(fact) && prepared.contains(fact), "{name}: {page}");
    }
}
