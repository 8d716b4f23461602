//! Word documents: styles say what is a heading, numbering what is an item and how deep; tables, footnotes and links are told as HTML tells them. A page
//! break that the writer set or that Word last made turns the page.

use std::collections::{HashMap, HashSet};

use super::Extracted;
use super::inline::Inline;
use super::page::{Pages, item_path};
use super::tree::{Element, Node, parse};
use super::zipped::Zip;
use crate::read::{ReadError, ReadLimits};

/// Styles that rest on others in a ring end here.
const MOST_PARENTS: usize = 16;

pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let document = parse(&zip.need("word/document.xml")?)?;
    let optional = |name: &str| zip.get(name).map(|found| found.and_then(|xml| parse(&xml).ok()));
    let styles = optional("word/styles.xml")?.map(|root| styles(&root)).unwrap_or_default();
    let links = relations(&zip, "word/_rels/document.xml.rels")?;
    let mut notes = HashMap::new();
    for (name, kind) in [("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote")] {
        let root = optional(name)?.unwrap_or_default();
        for note in root.all(kind) {
            // Separators are notes too, with a type.
            if let (Some(id), None) = (note.attribute("id"), note.attribute("type")) {
                notes.insert(format!("{kind}{id}"), note.text());
            }
        }
    }
    let mut writer = Writer { styles, links, notes, cited: Vec::new(), pages: Pages::default(), turn: false };
    writer.pages.turn("page 1");
    if let Some(body) = document.child("body") {
        writer.blocks(body);
    }
    writer.notes();
    edges(&zip, &mut writer.pages)?;
    writer.pages.finish(core_title(&zip)?)
}

/// What stands at the head and foot of every page, once and behind the text: nothing is lost, and no page is full of it.
fn edges(zip: &Zip<'_>, pages: &mut Pages) -> Result<(), ReadError> {
    let mut said = HashSet::new();
    for kind in ["header", "footer"] {
        let part = |name: &str| name.strip_prefix("word/").is_some_and(|name| name.starts_with(kind) && name.ends_with(".xml"));
        for name in zip.entries().iter().map(|entry| entry.name.as_str()).filter(|name| part(name)) {
            let Some(root) = zip.get(name)?.and_then(|xml| parse(&xml).ok()) else { continue };
            for words in root.all("p").into_iter().map(Element::text).filter(|words| said.insert(words.clone())) {
                pages.words(&format!("html/body/{kind}/p"), &words);
            }
        }
    }
    Ok(())
}

/// The title in the properties of an Office file.
pub(super) fn core_title(zip: &Zip<'_>) -> Result<Option<String>, ReadError> {
    let core = zip.get("docProps/core.xml")?.and_then(|xml| parse(&xml).ok());
    Ok(core.and_then(|core| Some(core.child("title")?.text())))
}

/// What the parts of an Office file point to, by id.
pub(super) fn relations(zip: &Zip<'_>, name: &str) -> Result<HashMap<String, String>, ReadError> {
    let root = zip.get(name)?.and_then(|xml| parse(&xml).ok()).unwrap_or_default();
    let pair = |relation: &Element| Some((relation.attribute("Id")?.to_owned(), relation.attribute("Target")?.to_owned()));
    Ok(root.elements().filter_map(pair).collect())
}

/// What a style makes of a paragraph.
#[derive(Clone, Debug, Default)]
struct Style {
    name: String,
    parent: Option<String>,
    /// Level from 1.
    outline: Option<u8>,
    /// Level of an item from 0.
    item: Option<usize>,
}

fn value<'a>(element: Option<&'a Element>, path: &[&str]) -> Option<&'a str> {
    element?.at(path)?.attribute("val")
}

fn styles(root: &Element) -> HashMap<String, Style> {
    let style = |element: &Element| {
        let properties = element.child("pPr");
        let style = Style {
            name: value(Some(element), &["name"]).unwrap_or_default().to_lowercase(),
            parent: value(Some(element), &["basedOn"]).map(str::to_owned),
            outline: outline(properties),
            item: item(properties),
        };
        Some((element.attribute("styleId")?.to_owned(), style))
    };
    root.all("style").into_iter().filter_map(style).collect()
}

fn outline(properties: Option<&Element>) -> Option<u8> {
    value(properties, &["outlineLvl"])?.parse::<u8>().ok().filter(|level| *level < 9).map(|level| level + 1)
}

/// Level of an item; a number of 0 takes a paragraph out of its list.
fn item(properties: Option<&Element>) -> Option<usize> {
    let numbering = properties?.child("numPr")?;
    if value(Some(numbering), &["numId"]) == Some("0") {
        return None;
    }
    Some(value(Some(numbering), &["ilvl"]).and_then(|level| level.parse().ok()).unwrap_or(0))
}

struct Writer {
    styles: HashMap<String, Style>,
    links: HashMap<String, String>,
    notes: HashMap<String, String>,
    /// Notes that the page points to.
    cited: Vec<String>,
    pages: Pages,
    /// Whether a page break was met in the paragraph.
    turn: bool,
}

impl Writer {
    fn blocks(&mut self, parent: &Element) {
        for element in parent.elements() {
            match element.name.as_str() {
                "p" => self.paragraph(element),
                "tbl" => self.table(element),
                "sdt" => element.child("sdtContent").into_iter().for_each(|content| self.blocks(content)),
                "ins" | "smartTag" | "customXml" | "txbxContent" | "moveTo" => self.blocks(element),
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Element) {
        let properties = paragraph.child("pPr");
        if properties
            .and_then(|properties| properties.child("pageBreakBefore"))
            .is_some_and(|on| on.attribute("val").is_none_or(|value| value == "1" || value == "true"))
        {
            self.next_page();
        }
        let (mut text, mut boxes) = (Inline::default(), Vec::new());
        self.runs(paragraph, &mut text, &mut boxes);
        // Word notes a break of the page at the head of the first paragraph behind it.
        if self.turn && starts_with_break(paragraph) {
            self.next_page();
        }
        let path = self.path(properties);
        self.pages.block(&path, text);
        boxes.into_iter().for_each(|content| self.blocks(content));
        if self.turn
            || properties
                .and_then(|properties| properties.at(&["sectPr", "type"]))
                .is_some_and(|kind| kind.attribute("val") != Some("continuous"))
        {
            self.next_page();
        }
    }

    /// The words of a paragraph, and the boxes of text that hang on it.
    fn runs<'a>(&mut self, parent: &'a Element, text: &mut Inline, boxes: &mut Vec<&'a Element>) {
        for element in parent.elements() {
            match element.name.as_str() {
                "t" => text.push(&element.text()),
                "tab" | "cr" => text.push(" "),
                "br" if element.attribute("type") == Some("page") => self.turn = true,
                "br" => text.push(" "),
                "lastRenderedPageBreak" => self.turn = true,
                "noBreakHyphen" => text.push("-"),
                "footnoteReference" | "endnoteReference" => {
                    let kind = element.name.trim_end_matches("Reference");
                    self.cited.push(format!("{kind}{}", element.attribute("id").unwrap_or_default()));
                }
                "hyperlink" => {
                    let anchor = || element.attribute("anchor").map(|anchor| format!("#{anchor}"));
                    let target = element.attribute("r:id").and_then(|id| self.links.get(id).cloned()).or_else(anchor);
                    text.open_link(&target.unwrap_or_default());
                    self.runs(element, text, boxes);
                    text.close_link();
                }
                // The other half says the same for older programs.
                "AlternateContent" => element.child("Choice").into_iter().for_each(|choice| boxes.extend(choice.all("txbxContent"))),
                "drawing" | "pict" | "object" => boxes.extend(element.all("txbxContent")),
                // Formulas keep their letters.
                "oMath" | "oMathPara" => text.push(&element.text()),
                "del" | "moveFrom" | "pPr" | "rPr" | "instrText" => {}
                _ => self.runs(element, text, boxes),
            }
        }
    }

    fn path(&self, properties: Option<&Element>) -> String {
        let mut style = value(properties, &["pStyle"]).and_then(|id| self.styles.get(id));
        let (mut level, mut depth) = (outline(properties), item(properties));
        let named = style.map(|style| style.name.clone()).unwrap_or_default();
        for _ in 0..MOST_PARENTS {
            let Some(Style { name, parent, outline, item }) = style else { break };
            let heading = name.strip_prefix("heading ").and_then(|level| level.trim().parse::<u8>().ok());
            level = level.or(heading).or(*outline).or((name == "title").then_some(1));
            depth = depth.or(*item);
            style = parent.as_ref().and_then(|id| self.styles.get(id));
        }
        match level {
            Some(level) => format!("html/body/h{}", level.clamp(1, 6)),
            None if depth.is_some() || named.starts_with("list ") => {
                // `List Bullet 2` is a level deeper by its name.
                let by_name =
                    named.rsplit_once(' ').and_then(|(_, level)| level.parse::<usize>().ok()).map_or(0, |level| level.saturating_sub(1));
                item_path(depth.unwrap_or(0).max(by_name))
            }
            None if named == "caption" => "html/body/figure/figcaption".into(),
            None if named.contains("quote") => "html/body/blockquote/p".into(),
            None if named.contains("code") || named.contains("preformatted") => "html/body/pre".into(),
            None => "html/body/p".into(),
        }
    }

    fn table(&mut self, table: &Element) {
        let number = self.pages.table();
        let first_is_head = table.at(&["tblPr", "tblLook"]).is_some_and(|look| look.attribute("firstRow") == Some("1"));
        let rows: Vec<&Element> = table.elements().filter(|element| element.name == "tr").collect();
        let several = rows.len() > 1;
        for (at, row) in rows.into_iter().enumerate() {
            let stated = row.at(&["trPr", "tblHeader"]).is_some();
            let cells = row.all("tc").into_iter().map(|cell| self.cell(cell)).collect();
            self.pages.row(number, at as u32 + 1, stated || first_is_head && at == 0 && several, cells);
        }
        if self.turn {
            self.next_page();
        }
    }

    /// The paragraphs of a cell in one line, tables inside of it too.
    fn cell(&mut self, cell: &Element) -> Inline {
        let mut out = Inline::default();
        for paragraph in cell.all("p") {
            let (mut text, mut boxes) = (Inline::default(), Vec::new());
            self.runs(paragraph, &mut text, &mut boxes);
            out.append(text);
            boxes.iter().for_each(|content| out.append(Inline::of(&content.text())));
        }
        out
    }

    fn next_page(&mut self) {
        self.turn = false;
        self.notes();
        let number = self.pages.number() + 1;
        self.pages.turn(format!("page {number}"));
    }

    /// The notes that the page points to stand at its foot.
    fn notes(&mut self) {
        for id in std::mem::take(&mut self.cited) {
            if let Some(note) = self.notes.remove(&id) {
                self.pages.words("html/body/footnote", &note);
            }
        }
    }
}

/// Whether nothing is said in a paragraph before the page turns.
fn starts_with_break(paragraph: &Element) -> bool {
    fn first(element: &Element) -> Option<bool> {
        element.children.iter().find_map(|node| match node {
            Node::Element(one) if one.name == "lastRenderedPageBreak" => Some(true),
            Node::Element(one) if one.name == "br" && one.attribute("type") == Some("page") => Some(true),
            Node::Element(one) if one.name == "t" => Some(false),
            Node::Element(one) => first(one),
            Node::Text(_) => None,
        })
    }
    first(paragraph) == Some(true)
}
