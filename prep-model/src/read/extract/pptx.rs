//! Presentations: a slide is a page, its title a heading, its text items or paragraphs, what the speaker notes an aside.

use std::collections::HashSet;

use super::Extracted;
use super::docx::{core_title, relations};
use super::inline::Inline;
use super::page::{Pages, item_path};
use super::tree::{Element, parse};
use super::zipped::Zip;
use crate::read::{ReadError, ReadLimits};

pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let presentation = parse(&zip.need("ppt/presentation.xml")?)?;
    let targets = relations(&zip, "ppt/_rels/presentation.xml.rels")?;
    let ids = presentation.child("sldIdLst").map(|list| list.elements().filter_map(|slide| slide.attribute("r:id")).collect::<Vec<_>>());
    let (mut pages, mut said) = (Pages::default(), HashSet::new());
    for (number, id) in (1..).zip(ids.unwrap_or_default()) {
        pages.turn(format!("slide {number}"));
        let Some(name) = targets.get(id).map(|target| resolved("ppt", target)) else { continue };
        let Some(slide) = zip.get(&name)?.and_then(|xml| parse(&xml).ok()) else { continue };
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
        let links = relations(&zip, &format!("{folder}/_rels/{file}.rels"))?;
        if let Some(tree) = slide.at(&["cSld", "spTree"]) {
            let link = |id: &str| links.get(id).cloned();
            shapes(tree, &mut pages, &link);
            foot(tree, &mut pages, &mut said);
        }
        let notes = links.values().find(|target| target.contains("notesSlide")).map(|target| resolved(folder, target));
        if let Some(notes) = notes.map(|name| zip.get(&name)).transpose()?.flatten().and_then(|xml| parse(&xml).ok()) {
            speaker(&notes, &mut pages);
        }
    }
    pages.finish(core_title(&zip)?)
}

/// A target as a name in the archive.
pub(super) fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

type Link<'a> = &'a dyn Fn(&str) -> Option<String>;

fn placeholder(shape: &Element) -> Option<&str> {
    let place = shape.at(&["nvSpPr", "nvPr", "ph"])?;
    Some(place.attribute("type").unwrap_or("body"))
}

/// The shapes of a slide: the title first, wherever it is drawn.
fn shapes(tree: &Element, pages: &mut Pages, link: Link<'_>) {
    let is_title = |shape: &&Element| matches!(placeholder(shape), Some("title" | "ctrTitle"));
    let ordered = tree.elements().filter(is_title).chain(tree.elements().filter(|shape| !is_title(shape)));
    for shape in ordered {
        match shape.name.as_str() {
            "sp" => shape.child("txBody").into_iter().for_each(|body| paragraphs(body, placeholder(shape), pages, link)),
            "grpSp" => shapes(shape, pages, link),
            "graphicFrame" => shape.all("tbl").into_iter().for_each(|found| table(found, pages, link)),
            _ => {}
        }
    }
}

fn paragraphs(body: &Element, place: Option<&str>, pages: &mut Pages, link: Link<'_>) {
    let mut title = Inline::default();
    for paragraph in body.elements().filter(|element| element.name == "p") {
        let text = words(paragraph, link);
        let properties = paragraph.child("pPr");
        let level = properties.and_then(|properties| properties.attribute("lvl")?.parse().ok()).unwrap_or(0);
        let plain = properties.is_some_and(|properties| properties.child("buNone").is_some());
        let marked = properties.is_some_and(|properties| properties.child("buChar").is_some() || properties.child("buAutoNum").is_some());
        match place {
            // The number of the page; what stands at the foot of slides is taken apart.
            Some("sldNum" | "dt" | "ftr") => {}
            Some("title" | "ctrTitle") => title.append(text),
            Some("subTitle") => pages.block("html/body/p", text),
            Some(_) if !plain => pages.block(&item_path(level), text),
            _ if marked || level > 0 => pages.block(&item_path(level), text),
            _ => pages.block("html/body/p", text),
        }
    }
    pages.block("html/body/h2", title);
}

/// Date and foot of a slide, where they are not those of an earlier one.
fn foot(tree: &Element, pages: &mut Pages, said: &mut HashSet<String>) {
    for shape in tree.elements().filter(|shape| matches!(placeholder(shape), Some("dt" | "ftr"))) {
        let text = shape.child("txBody").map(Element::text).unwrap_or_default();
        if said.insert(text.clone()) {
            pages.words("html/body/footer/p", &text);
        }
    }
}

fn words(paragraph: &Element, link: Link<'_>) -> Inline {
    let mut out = Inline::default();
    for run in paragraph.elements() {
        match run.name.as_str() {
            "r" | "fld" => {
                let target = run.at(&["rPr", "hlinkClick"]).and_then(|click| link(click.attribute("r:id")?));
                out.open_link(&target.unwrap_or_default());
                out.push(&run.child("t").map(Element::text).unwrap_or_default());
                out.close_link();
            }
            "br" => out.push(" "),
            _ => {}
        }
    }
    out
}

fn table(table: &Element, pages: &mut Pages, link: Link<'_>) {
    let number = pages.table();
    let head = table.child("tblPr").is_some_and(|properties| properties.attribute("firstRow") == Some("1"));
    for (at, row) in (1..).zip(table.elements().filter(|element| element.name == "tr")) {
        let cell = |cell: &Element| {
            let mut out = Inline::default();
            cell.all("p").into_iter().for_each(|paragraph| out.append(words(paragraph, link)));
            out
        };
        pages.row(number, at, head && at == 1, row.elements().filter(|element| element.name == "tc").map(cell).collect());
    }
}

fn speaker(notes: &Element, pages: &mut Pages) {
    let Some(tree) = notes.at(&["cSld", "spTree"]) else { return };
    for shape in tree.elements().filter(|shape| placeholder(shape) == Some("body")) {
        for paragraph in shape.all("p") {
            pages.block("html/body/aside/p", words(paragraph, &|_| None));
        }
    }
}
