//! Small documents of many formats, written by hand: as little of each as a reader needs.

use std::io::{Cursor, Write as _};

/// A zip archive of stored members.
pub fn zip<B: AsRef<[u8]>>(members: &[(&str, B)]) -> Vec<u8> {
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

pub fn docx(body: &str) -> Vec<u8> {
    let space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let foot = format!("<w:ftr {space}><w:p><w:r><w:t>Third edition, May 2024.</w:t></w:r></w:p></w:ftr>");
    zip(&[("word/document.xml", format!("<w:document {space}><w:body>{body}</w:body></w:document>")), ("word/footer1.xml", foot)])
}

pub fn xlsx(sheets: &[(&str, &[[&str; 2]])]) -> Vec<u8> {
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

pub fn pptx(slides: &[(&str, &str)]) -> Vec<u8> {
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

pub fn odt(body: &str) -> Vec<u8> {
    let spaces =
        "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
    let content =
        format!("<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body></office:document-content>");
    zip(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content.as_str())])
}

pub fn odp(slides: &[[&str; 2]]) -> Vec<u8> {
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
pub fn msg(subject: &str, body: &str, attached: (&str, &str)) -> Vec<u8> {
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

pub fn epub(chapters: [&str; 2]) -> Vec<u8> {
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
pub fn pdf(pages: &[&str]) -> Vec<u8> {
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
