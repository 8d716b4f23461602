//! OpenDocument: text, sheets and slides in one vocabulary of XML.

use super::Extracted;
use super::inline::Inline;
use super::page::{Pages, item_path};
use super::table;
use super::tree::{Element, Node, parse};
use super::zipped::Zip;
use crate::read::{ReadError, ReadLimits};

/// Cells and rows that are said to repeat are made this often at most: a sheet ends in a million empty rows.
const MOST_REPEATED: usize = 100;

pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let manifest = zip.get("META-INF/manifest.xml")?.unwrap_or_default();
    if manifest.windows(15).any(|window| window == b"encryption-data") {
        return Err(ReadError::Encrypted);
    }
    let content = parse(&zip.need("content.xml")?)?;
    let title = zip.get("meta.xml")?.and_then(|xml| parse(&xml).ok()).and_then(|meta| Some(meta.at(&["meta", "title"])?.text()));
    let body = content.child("body").ok_or_else(|| ReadError::broken("it has no body"))?;
    let mut writer = Writer::default();
    for part in body.elements() {
        match part.name.as_str() {
            "spreadsheet" => part.elements().filter(|element| element.name == "table").for_each(|sheet| writer.sheet(sheet)),
            "presentation" | "drawing" => writer.slides(part),
            _ => {
                writer.pages.turn("page 1");
                writer.blocks(part, "html/body", 0);
                writer.notes();
            }
        }
    }
    writer.pages.finish(title)
}

#[derive(Default)]
struct Writer {
    pages: Pages,
    notes: Vec<String>,
}

impl Writer {
    fn slides(&mut self, part: &Element) {
        for (number, slide) in (1..).zip(part.elements().filter(|element| element.name == "page")) {
            self.pages.turn(format!("slide {number}"));
            let is_title = |frame: &&Element| frame.attribute("presentation:class") == Some("title");
            for frame in slide.elements().filter(is_title) {
                let mut title = Inline::default();
                frame.all("p").into_iter().for_each(|paragraph| title.append(self.words(paragraph)));
                self.pages.block("html/body/h2", title);
            }
            for shape in slide.elements().filter(|frame| !is_title(frame)) {
                match shape.name.as_str() {
                    "notes" => shape.all("p").into_iter().for_each(|paragraph| {
                        let text = self.words(paragraph);
                        self.pages.block("html/body/aside/p", text);
                    }),
                    _ => self.blocks(shape, "html/body", 0),
                }
            }
            self.notes();
        }
    }

    fn sheet(&mut self, sheet: &Element) {
        let name = sheet.attribute("table:name").unwrap_or_default();
        self.pages.turn(name);
        let (mut rows, mut number) = (Vec::new(), 0_u32);
        for (row, _) in rows_of(sheet, false) {
            let cells = self.cells(row).into_iter().map(|cell| cell.finish().0).collect::<Vec<_>>();
            let times = repeated(row, "number-rows-repeated");
            if cells.iter().any(|cell| !cell.is_empty()) {
                (0..times.min(MOST_REPEATED)).for_each(|time| rows.push((number + time as u32, cells.clone())));
            }
            number = number.saturating_add(times as u32);
        }
        if !rows.is_empty() {
            self.pages.words("html/body/h2", name);
        }
        table::place(&mut self.pages, &rows);
    }

    fn blocks(&mut self, parent: &Element, path: &str, level: usize) {
        for element in parent.elements() {
            match element.name.as_str() {
                "h" => {
                    let level = element.attribute("outline-level").and_then(|level| level.parse::<u8>().ok()).unwrap_or(1);
                    let text = self.words(element);
                    self.pages.block(&format!("html/body/h{}", level.clamp(1, 6)), text);
                }
                "p" => self.paragraph(element, path),
                "list" => {
                    let inner = item_path(level);
                    let items = element.elements().filter(|item| matches!(item.name.as_str(), "list-item" | "list-header"));
                    items.for_each(|item| self.blocks(item, &inner, level + 1));
                }
                "table" => self.table(element),
                // What was deleted while changes were tracked, and the forms and variables before the text.
                "tracked-changes" | "forms" | "sequence-decls" | "variable-decls" | "annotation" => {}
                _ => self.blocks(element, path, level),
            }
        }
    }

    fn paragraph(&mut self, element: &Element, path: &str) {
        let style = element.attribute("style-name").unwrap_or_default();
        let text = self.words(element);
        let path = match path {
            "html/body" if style == "Title" => "html/body/h1".into(),
            "html/body" if style.contains("Quotation") => "html/body/blockquote/p".into(),
            "html/body" if style.contains("Preformatted") => "html/body/pre".into(),
            "html/body" if matches!(style, "Illustration" | "Table" | "Figure" | "Caption") => "html/body/figure/figcaption".into(),
            "html/body" => "html/body/p".into(),
            path => path.to_owned(),
        };
        self.pages.block(&path, text);
        // A frame hangs on a paragraph and holds a box of its own.
        for content in element.all("text-box") {
            self.blocks(content, "html/body", 0);
        }
    }

    fn table(&mut self, element: &Element) {
        let number = self.pages.table();
        for (at, (row, is_head)) in (1..).zip(rows_of(element, false)) {
            let cells = self.cells(row);
            self.pages.row(number, at, is_head, cells);
        }
    }

    fn cells(&mut self, row: &Element) -> Vec<Inline> {
        let mut out = Vec::new();
        for cell in row.elements().filter(|cell| matches!(cell.name.as_str(), "table-cell" | "covered-table-cell")) {
            let mut text = Inline::default();
            for paragraph in cell.elements().filter(|element| element.name != "annotation").flat_map(paragraphs) {
                let words = self.words(paragraph);
                text.append(words);
            }
            if text.is_empty()
                && let Some(value) = cell.attribute("office:value").or(cell.attribute("date-value"))
            {
                text.push(value);
            }
            let times = repeated(cell, "number-columns-repeated").min(MOST_REPEATED);
            (0..times).for_each(|_| out.push(text.clone()));
        }
        out
    }

    fn words(&mut self, element: &Element) -> Inline {
        let mut out = Inline::default();
        self.push(element, &mut out);
        out
    }

    fn push(&mut self, element: &Element, out: &mut Inline) {
        for node in &element.children {
            let inner = match node {
                Node::Text(text) => {
                    out.push(text);
                    continue;
                }
                Node::Element(inner) => inner,
            };
            match inner.name.as_str() {
                "s" | "tab" | "line-break" => out.push(" "),
                "note" => self.notes.extend(inner.child("note-body").map(Element::text)),
                "a" => {
                    out.open_link(inner.attribute("href").unwrap_or_default());
                    self.push(inner, out);
                    out.close_link();
                }
                "annotation" | "frame" | "custom-shape" => {}
                _ => self.push(inner, out),
            }
        }
    }

    fn notes(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            self.pages.words("html/body/footnote", &note);
        }
    }
}

/// An element that is a paragraph, or those in it.
fn paragraphs(element: &Element) -> Vec<&Element> {
    if matches!(element.name.as_str(), "p" | "h") { vec![element] } else { element.all("p") }
}

/// The rows of a table, those of groups too, and whether they are in its head.
fn rows_of(table: &Element, is_head: bool) -> Vec<(&Element, bool)> {
    let mut out = Vec::new();
    for element in table.elements() {
        match element.name.as_str() {
            "table-row" => out.push((element, is_head)),
            "table-header-rows" => out.extend(rows_of(element, true)),
            "table-rows" | "table-row-group" => out.extend(rows_of(element, is_head)),
            _ => {}
        }
    }
    out
}

fn repeated(element: &Element, name: &str) -> usize {
    element.attribute(name).and_then(|times| times.parse().ok()).unwrap_or(1).clamp(1, 1 << 24)
}
