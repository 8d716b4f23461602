//! A folder of many formats, from the files to citations that hold: every planted fact is found on its page, by name, and what is broken is told.

mod tandem;

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use records::{Failure, Page, Report, Section, read_table};
use tandem::{balanced, code, count, json, said, tandem, text};

/// A zip archive of stored members.
fn zip<B: AsRef<[u8]>>(members: &[(&str, B)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let content = content.as_ref();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let (size, offset) = (content.len() as u32, out.len() as u32);
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        for number in [crc.sum(), size, size] {
            head.extend(number.to_le_bytes());
        }
        head.extend((name.len() as u32).to_le_bytes());
        out.extend([b"PK\x03\x04", &head[..], name.as_bytes(), content].concat());
        directory.extend([b"PK\x01\x02\x14\x00", &head[..], &[0; 10], &offset.to_le_bytes(), name.as_bytes()].concat());
    }
    let (count, start, size) = (members.len() as u16, out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend(
        [&b"PK\x05\x06\0\0\0\0"[..], &count.to_le_bytes(), &count.to_le_bytes(), &size.to_le_bytes(), &start.to_le_bytes(), &[0, 0]]
            .concat(),
    );
    out
}

fn docx(body: &str) -> Vec<u8> {
    let space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let foot = format!("<w:ftr {space}><w:p><w:r><w:t>Third edition, May 2024.</w:t></w:r></w:p></w:ftr>");
    zip(&[("word/document.xml", format!("<w:document {space}><w:body>{body}</w:body></w:document>")), ("word/footer1.xml", foot)])
}

fn xlsx(sheets: &[(&str, &[[&str; 2]])]) -> Vec<u8> {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let link = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let (mut book, mut links, mut members) = (String::new(), String::new(), Vec::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let rows: String = rows.iter().map(|row| format!("<row>{}</row>", row.iter().map(cell).collect::<String>())).collect();
        members.push((format!("xl/worksheets/s{at}.xml"), format!("<worksheet {main}><sheetData>{rows}</sheetData></worksheet>")));
        book += &format!("<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{at}\"/>", at + 1);
        links += &format!("<Relationship Id=\"r{at}\" Type=\"worksheet\" Target=\"worksheets/s{at}.xml\"/>");
    }
    members.push(("xl/workbook.xml".into(), format!("<workbook {main} {link}><sheets>{book}</sheets></workbook>")));
    members.push(("xl/_rels/workbook.xml.rels".into(), format!("<Relationships>{links}</Relationships>")));
    zip(&members.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect::<Vec<_>>())
}

fn pptx(slides: &[(&str, &str)]) -> Vec<u8> {
    let spaces = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
                  xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" \
                  xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let shape = |kind: &str, words: &str| {
        format!(
            "<p:sp><p:nvSpPr><p:nvPr><p:ph type=\"{kind}\"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    };
    let (mut list, mut links, mut members) = (String::new(), String::new(), Vec::new());
    for (at, (title, body)) in slides.iter().enumerate() {
        let shapes = shape("title", title) + &shape("body", body) + &shape("ftr", "Harbour board of Vik");
        members
            .push((format!("ppt/slides/slide{at}.xml"), format!("<p:sld {spaces}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>")));
        list += &format!("<p:sldId id=\"{}\" r:id=\"r{at}\"/>", 256 + at);
        links += &format!("<Relationship Id=\"r{at}\" Type=\"slide\" Target=\"slides/slide{at}.xml\"/>");
    }
    members.push(("ppt/presentation.xml".into(), format!("<p:presentation {spaces}><p:sldIdLst>{list}</p:sldIdLst></p:presentation>")));
    members.push(("ppt/_rels/presentation.xml.rels".into(), format!("<Relationships>{links}</Relationships>")));
    zip(&members.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect::<Vec<_>>())
}

fn odt(body: &str) -> Vec<u8> {
    let spaces =
        "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
    let content =
        format!("<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body></office:document-content>");
    zip(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content.as_str())])
}

fn odp(slides: &[[&str; 2]]) -> Vec<u8> {
    let spaces = ["office", "text", "drawing", "presentation"]
        .map(|name| format!("xmlns:{}=\"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0\"", if name == "drawing" { "draw" } else { name }))
        .join(" ");
    let frame = |class: &str, words: &str| {
        format!("<draw:frame presentation:class=\"{class}\"><draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>")
    };
    let slide = |[title, words]: &[&str; 2]| format!("<draw:page>{}{}</draw:page>", frame("title", title), frame("outline", words));
    let slides: String = slides.iter().map(slide).collect();
    let content = format!(
        "<office:document-content {spaces}><office:body><office:presentation>{slides}</office:presentation></office:body></office:document-content>"
    );
    zip(&[("mimetype", "application/vnd.oasis.opendocument.presentation"), ("content.xml", content.as_str())])
}

/// A message that Outlook saved, with a file on it.
fn msg(subject: &str, body: &str, attached: (&str, &str)) -> Vec<u8> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let inside = "/__attach_version1.0_#00000000";
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_storage(inside).unwrap();
    for (path, bytes) in [
        ("/__properties_version1.0".to_owned(), vec![0; 32]),
        ("/__substg1.0_0037001F".into(), wide(subject)),
        ("/__substg1.0_1000001F".into(), wide(body)),
        (format!("{inside}/__substg1.0_3707001F"), wide(attached.0)),
        (format!("{inside}/__substg1.0_37010102"), attached.1.into()),
    ] {
        file.create_stream(path).unwrap().write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn epub(chapters: [&str; 2]) -> Vec<u8> {
    let container = "<container><rootfiles><rootfile full-path=\"book.opf\"/></rootfiles></container>";
    let package = "<package><metadata><title>The log</title></metadata><manifest><item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/>\
                   <item id=\"b\" href=\"b.xhtml\" media-type=\"application/xhtml+xml\"/></manifest><spine><itemref idref=\"a\"/><itemref idref=\"b\"/></spine></package>";
    let [first, second] = chapters.map(|body| format!("<html><body>{body}</body></html>"));
    zip(&[
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("book.opf", package),
        ("a.xhtml", first.as_str()),
        ("b.xhtml", second.as_str()),
    ])
}

/// A PDF with a page for each text.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|at| format!("{} 0 R ", 4 + 2 * at)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", pages.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (at, words) in pages.iter().enumerate() {
        let stream = format!("BT /F1 12 Tf 72 700 Td ({words}) Tj ET");
        objects
            .push(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>", 5 + 2 * at));
        objects.push(format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()));
    }
    let (mut out, mut places) = ("%PDF-1.4\n".to_owned(), String::new());
    for (at, object) in objects.iter().enumerate() {
        places += &format!("{:010} 00000 n \n", out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", at + 1);
    }
    let (start, size) = (out.len(), objects.len() + 1);
    out += &format!("xref\n0 {size}\n0000000000 65535 f \n{places}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    out.into_bytes()
}

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
