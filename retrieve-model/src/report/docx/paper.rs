//! The paper that a report is written on for a word processor: its styles, and paragraphs whose every word passes through [`office`]. Nothing
//! in it depends on the time or on what the process wrote before.

use std::io::{self, Cursor};

use docx_rs::{
    AbstractNumbering, AlignmentType, BorderType, Docx, Footer, Hyperlink, HyperlinkType, IndentLevel, Level, LevelJc, LevelText,
    LineSpacing, NumberFormat, Numbering, NumberingId, PageMargin, PageNum, Paragraph, ParagraphBorder, ParagraphBorderPosition,
    ParagraphBorders, Run, RunFonts, Shading, ShdType, SpecialIndentType, Start, Style, StyleType, Table, TableBorder, TableBorderPosition,
    TableBorders, TableCell, TableLayoutType, TableRow, WidthType,
};

use super::super::escape::office;

/// Twentieths of a point: 2 cm around the text, and the three columns of a table in what is left of A4.
const MARGIN: i32 = 1134;
const COLUMNS: [usize; 3] = [4500, 1750, 3350];
/// Colours of soft text, lines and links.
const SOFT: &str = "5F5C55";
const LINE: &str = "C9C5BA";
const LINK: &str = "2C5A8C";
/// The list with bullets; the crate writes one of its own as the first, with numbers.
const BULLETS: usize = 2;

/// Styles, by the names under which a word processor knows them, or names of our own.
pub(super) const TITLE: &str = "Title";
pub(super) const SUBTITLE: &str = "Subtitle";
pub(super) const PART: &str = "Heading1";
pub(super) const QUESTION: &str = "Heading2";
pub(super) const LIST: &str = "Heading3";
pub(super) const ANSWER: &str = "Answer";
pub(super) const NOTE: &str = "Note";
pub(super) const PLAIN: &str = "Normal";
pub(super) const QUOTE: &str = "Quote";
pub(super) const SOURCE: &str = "Source";
const CELL: &str = "Cell";

/// Words in the document.
pub(super) fn words(text: &str) -> Run {
    Run::new().add_text(office(text))
}

/// Words with white space at their ends, of ours.
pub(super) fn ours(text: &str) -> Run {
    Run::new().add_text(text)
}

/// What a table says in a cell.
pub(super) enum Cell {
    Words(Vec<Run>),
    /// Words that lead to a bookmark.
    Link(String, Box<Run>),
}

pub(super) struct Paper {
    document: Docx,
    paragraphs: u32,
    bookmarks: usize,
}

impl Paper {
    pub fn new() -> Self {
        let margin = PageMargin::new().top(MARGIN).bottom(MARGIN).left(MARGIN).right(MARGIN);
        let bullet = Level::new(0, Start::new(1), NumberFormat::new("bullet"), LevelText::new("•"), LevelJc::new("left"));
        let bullet = bullet.indent(Some(360), Some(SpecialIndentType::Hanging(260)), None, None);
        let document = Docx::new()
            .page_margin(margin)
            .default_size(21)
            .default_fonts(RunFonts::new().ascii("Calibri").hi_ansi("Calibri").cs("Calibri"))
            .add_abstract_numbering(AbstractNumbering::new(BULLETS).add_level(bullet))
            .add_numbering(Numbering::new(BULLETS, BULLETS));
        let mut paper = Self { document: styles().into_iter().fold(document, Docx::add_style), paragraphs: 0, bookmarks: 0 };
        let number = paper.paragraph(SOURCE).align(AlignmentType::Center).add_page_num(PageNum::new());
        paper.document = paper.document.footer(Footer::new().add_paragraph(number));
        paper
    }

    /// A paragraph with the next number: the crate's own count goes on from one document to the next.
    fn paragraph(&mut self, style: &str) -> Paragraph {
        self.paragraphs += 1;
        Paragraph::new().id(format!("{:08x}", self.paragraphs)).style(style)
    }

    fn add(&mut self, paragraph: Paragraph) {
        self.document = std::mem::take(&mut self.document).add_paragraph(paragraph);
    }

    pub fn say(&mut self, style: &str, runs: impl IntoIterator<Item = Run>) {
        let paragraph = runs.into_iter().fold(self.paragraph(style), Paragraph::add_run);
        self.add(paragraph);
    }

    /// A paragraph that stays with what follows it and that links lead to.
    pub fn marked(&mut self, style: &str, bookmark: &str, run: Run) {
        self.bookmarks += 1;
        let id = self.bookmarks;
        let paragraph = self.paragraph(style).add_bookmark_start(id, bookmark).add_run(run).add_bookmark_end(id);
        self.add(paragraph);
    }

    pub fn bullet(&mut self, runs: impl IntoIterator<Item = Run>) {
        let paragraph = self.paragraph(PLAIN).numbering(NumberingId::new(BULLETS), IndentLevel::new(0));
        let paragraph = runs.into_iter().fold(paragraph, Paragraph::add_run);
        self.add(paragraph);
    }

    /// A table of three columns; the first row is its head.
    pub fn table(&mut self, head: [&str; 3], rows: impl IntoIterator<Item = [Cell; 3]>) {
        let shade = || Shading::new().shd_type(ShdType::Clear).color("auto").fill("EFEDE6");
        let cells = head.map(|name| self.paragraph(CELL).add_run(ours(name).bold()));
        let cells = cells.into_iter().zip(COLUMNS).map(|(name, width)| cell(name, width).shading(shade()));
        let mut all = vec![TableRow::new(cells.collect()).cant_split()];
        for row in rows {
            let cells = row.into_iter().zip(COLUMNS).map(|(said, width)| cell(self.said(said), width));
            all.push(TableRow::new(cells.collect()).cant_split());
        }
        let border = |position| TableBorder::new(position).border_type(BorderType::Single).size(4).color(LINE);
        let borders = [TableBorderPosition::Top, TableBorderPosition::Bottom, TableBorderPosition::InsideH].map(border);
        let table = Table::new(all)
            .set_grid(COLUMNS.to_vec())
            .layout(TableLayoutType::Fixed)
            .width(COLUMNS.iter().sum(), WidthType::Dxa)
            .set_borders(borders.into_iter().fold(TableBorders::with_empty(), TableBorders::set));
        self.document = std::mem::take(&mut self.document).add_table(table);
    }

    fn said(&mut self, cell: Cell) -> Paragraph {
        let paragraph = self.paragraph(CELL);
        match cell {
            Cell::Words(runs) => runs.into_iter().fold(paragraph, Paragraph::add_run),
            Cell::Link(bookmark, run) => {
                paragraph.add_hyperlink(Hyperlink::new(bookmark, HyperlinkType::Anchor).add_run((*run).color(LINK)))
            }
        }
    }

    /// The file.
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        let mut out = Cursor::new(Vec::new());
        self.document.pack(&mut out).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(out.into_inner())
    }
}

fn cell(paragraph: Paragraph, width: usize) -> TableCell {
    TableCell::new().width(width, WidthType::Dxa).add_paragraph(paragraph)
}

fn styles() -> Vec<Style> {
    let spaced = |before: u32, after: u32| LineSpacing::new().before(before).after(after);
    let heading = |id: &str, level: usize, size: usize, before: u32| {
        together(named(id, &format!("heading {}", level + 1)).size(size).bold().outline_lvl(level).line_spacing(spaced(before, 80)))
    };
    let mut quote = named(QUOTE, "Quote").line_spacing(spaced(60, 40)).indent(Some(280), None, Some(280), None);
    let bar = ParagraphBorder::new(ParagraphBorderPosition::Left).val(BorderType::Single).size(12).space(8).color(LINE);
    quote.paragraph_property = quote.paragraph_property.set_borders(ParagraphBorders::with_empty().set(bar));
    vec![
        named(TITLE, "Title").size(44).bold().line_spacing(spaced(0, 60)),
        named(SUBTITLE, "Subtitle").color(SOFT).line_spacing(spaced(0, 160)),
        heading(PART, 0, 32, 360),
        heading(QUESTION, 1, 24, 280),
        heading(LIST, 2, 21, 200),
        together(named(ANSWER, ANSWER).size(26).line_spacing(spaced(40, 40))),
        named(NOTE, NOTE).color(SOFT).line_spacing(spaced(40, 40)),
        together(quote),
        named(CELL, CELL).line_spacing(spaced(30, 30)),
        named(SOURCE, SOURCE).size(18).color(SOFT).line_spacing(spaced(0, 100)).indent(Some(280), None, None, None),
    ]
}

fn named(id: &str, name: &str) -> Style {
    Style::new(id, StyleType::Paragraph).name(name).based_on(PLAIN)
}

/// On the same page as what follows.
fn together(mut style: Style) -> Style {
    style.paragraph_property = style.paragraph_property.keep_next(true);
    style
}
