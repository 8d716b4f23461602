//! A source file, the lines a reader takes from it, and the prepared sections they become.

use serde::{Deserialize, Serialize};

use crate::{OffsetMap, Split};

/// A row of `documents`: one source file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// blake3 of the file's bytes, in hex. Two files with the same bytes share it.
    pub doc_id: String,
    /// The name a user knows: the path under the corpus folder, or the `id` of a `.jsonl` record.
    pub path: String,
    /// `text/plain`, `text/markdown`, `text/x-rst`, `text/html`, `application/pdf`, `message/rfc822`, ...
    pub media_type: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The title, where the document has one.
    pub title: Option<String>,
    /// Name of the world or corpus the document belongs to.
    pub corpus: String,
    /// Which part of the data the document belongs to.
    pub split: Split,
    /// Share of characters damaged on purpose, 0 for clean or real text.
    pub noise_level: f32,
    /// Bytes of the file that are no text and read as replacement characters, each wrong sequence counted once. Files of version 2 have 0.
    #[serde(default)]
    pub replaced: u32,
    /// Pieces of text that are in no section: rows of `dropped`. Files of version 2 have 0.
    #[serde(default)]
    pub dropped: u32,
}

/// A row of `dropped`: a piece of text that stands in no section, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The document.
    pub doc_id: String,
    /// The name a user knows (same as [`Document::path`]).
    pub path: String,
    /// First byte in the original file.
    pub raw_start: u64,
    /// One past the last byte in the original file.
    pub raw_end: u64,
    /// What stands there, mark-up undone.
    pub text: String,
    /// What it was taken for: `navigation`, `page_number`, `rule`, `hidden`, `not shown: svg`, ...
    pub reason: String,
}

/// A row of `lines`: one line of plain text, or one block (paragraph, list item, cell row) of mark-up, as the reader gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The document.
    pub doc_id: String,
    /// Position in the document, from 0.
    pub line: u32,
    /// Text with mark-up and entities undone, white space as in the source.
    pub text: String,
    /// First byte in the original file.
    pub raw_start: u64,
    /// One past the last byte in the original file.
    pub raw_end: u64,
    /// Bytes of `text` to bytes of the original file.
    pub spans: OffsetMap,
    /// What the reader saw around the line.
    pub hints: Hints,
    /// The links in `text`, in order. Files of version 1 have none.
    #[serde(default)]
    pub links: Vec<Link>,
}

/// A link: `text[start..end]` points to `target`. The target is data: it is compared with the names of documents, and never opened, used as
/// the name of a file or written as mark-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// First byte of the link's words in the text.
    pub start: u32,
    /// One past their last byte.
    pub end: u32,
    /// Where the link leads, as the source has it: a path, a URL, `#a-heading`, `:pep:8` for a role.
    pub target: String,
}

impl Link {
    /// The part of the link that lies in `range`, counted from its start; none if no byte does.
    #[must_use]
    pub fn slice(&self, range: &std::ops::Range<usize>) -> Option<Self> {
        let (start, end) = ((self.start as usize).max(range.start), (self.end as usize).min(range.end));
        let target = || self.target.clone();
        (start < end).then(|| Self { start: (start - range.start) as u32, end: (end - range.start) as u32, target: target() })
    }
}

/// What a reader knows about a line beyond its characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hints {
    /// Names of the open elements, outermost first, joined by `/`: `html/body/nav/ul/li`; Markdown uses the same names. Empty for plain text.
    pub html_path: String,
    /// Share of the text's bytes that stand inside links, 0 to 1.
    pub link_density: f32,
    /// Page number from 1, where the format has pages (form feeds in plain text).
    pub page: Option<u32>,
    /// Font size in points, where the format has one.
    pub font_size: Option<f32>,
    /// Columns of white space before the first character.
    pub indent: u32,
    /// Number of blank lines before this one.
    pub blank_before: u32,
}

/// What a line is for. The order is the order of the classes in the preparation model's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The document's title.
    Title,
    /// A section heading; its level stands beside it.
    Heading,
    /// Running prose.
    Paragraph,
    /// An item of a list.
    ListItem,
    /// A row of a table.
    TableRow,
    /// Program text or preformatted output.
    Code,
    /// The caption of a figure or table.
    Caption,
    /// A footnote.
    Footnote,
    /// A header or footer repeated on every page.
    RunningHeader,
    /// A page number alone.
    PageNumber,
    /// Menus, breadcrumbs, link lists.
    Navigation,
    /// Cookie banners, share buttons, copyright lines and the like.
    Boilerplate,
    /// An entry of a reference list.
    Reference,
    /// Dates, authors, front matter.
    Metadata,
}

impl Role {
    /// Every role, in class order.
    pub const ALL: [Self; 14] = [
        Self::Title,
        Self::Heading,
        Self::Paragraph,
        Self::ListItem,
        Self::TableRow,
        Self::Code,
        Self::Caption,
        Self::Footnote,
        Self::RunningHeader,
        Self::PageNumber,
        Self::Navigation,
        Self::Boilerplate,
        Self::Reference,
        Self::Metadata,
    ];

    /// The class number in the preparation model's head.
    #[must_use]
    pub fn class(self) -> usize {
        Self::ALL.iter().position(|role| *role == self).expect("ALL holds every role")
    }

    /// Whether text of this role belongs to what a reader came for.
    #[must_use]
    pub fn is_content(self) -> bool {
        !matches!(self, Self::RunningHeader | Self::PageNumber | Self::Navigation | Self::Boilerplate)
    }
}

/// A row of `sections`: one unit of prepared text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The document.
    pub doc_id: String,
    /// The name a user knows (same as [`Document::path`]), so that a section alone can be cited.
    pub path: String,
    /// Title of the document, where it has one.
    pub title: Option<String>,
    /// Position in the document, from 0.
    pub section: u32,
    /// Headings above this text, outermost first.
    pub heading_path: Vec<String>,
    /// The role most of the text has.
    pub role: Role,
    /// Clean text: paragraphs, items and rows separated by `\n`.
    pub text: String,
    /// Bytes of `text` to bytes of the original file.
    pub spans: OffsetMap,
    /// Page of the first line, where the format has pages.
    pub page: Option<u32>,
    /// Every place where characters were changed, with what stood there; sorted and disjoint.
    pub repairs: Vec<Repair>,
    /// The links in `text`, in order. Files of version 1 have none.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Where the pages begin that the section touches, in order, in a format whose text is extracted; empty for text, Markdown and HTML, and in
    /// files before version 4.
    #[serde(default)]
    pub pages: Vec<PageStart>,
}

/// Where a page of an extracted text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStart {
    /// Number from 1.
    pub page: u32,
    /// Its first byte in the text of the whole document, whose pages stand one after the other with a line break between them. `spans` count there.
    pub start: u64,
}

/// A row of `pages`: the text that was extracted from one page, slide, sheet, message or chapter of a file that is no text itself. A citation's
/// `start` and `end` count in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The document.
    pub doc_id: String,
    /// The name a user knows (same as [`Document::path`]).
    pub path: String,
    /// Number from 1.
    pub page: u32,
    /// What the format calls it: `slide 3`, the name of a sheet, the subject of a message.
    pub label: String,
    /// The extracted text.
    pub text: String,
}

/// A change of characters in a section: `text[start..end]` stands where the source had `original`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// First byte in the section's text.
    pub start: u32,
    /// One past the last byte in the section's text (equal to `start` for a deletion).
    pub end: u32,
    /// What the reader gave at this place.
    pub original: String,
}

impl Section {
    /// A range of the document's text as a page and a range of that page's text. A range that goes on in the next page counts on there. Where the
    /// format has no pages of its own the range is one of the file, and stays as it is.
    #[must_use]
    pub fn on_page(&self, raw: std::ops::Range<u64>) -> (Option<u32>, std::ops::Range<u64>) {
        let behind = self.pages.partition_point(|page| page.start <= raw.start);
        match behind.checked_sub(1).and_then(|at| self.pages.get(at)) {
            Some(PageStart { page, start }) => (Some(*page), raw.start - start..raw.end - start),
            None => (self.page, raw),
        }
    }

    /// The way back from [`Self::on_page`]: a range of a page's text as one of the document's. None if the section touches no such page.
    #[must_use]
    pub fn off_page(&self, page: Option<u32>, range: std::ops::Range<u64>) -> Option<std::ops::Range<u64>> {
        if self.pages.is_empty() {
            return Some(range);
        }
        let PageStart { start, .. } = self.pages.iter().find(|known| Some(known.page) == page)?;
        Some(start.checked_add(range.start)?..start.checked_add(range.end)?)
    }

    /// The text of `range` (bytes of `text`) with every repair that touches it undone: what the reader saw. A repair that only partly lies in
    /// the range is undone whole.
    ///
    /// # Panics
    /// If the range does not fall on character boundaries of the text.
    #[must_use]
    pub fn unrepaired(&self, range: std::ops::Range<usize>) -> String {
        let mut out = String::with_capacity(range.len());
        let mut at = range.start;
        for repair in &self.repairs {
            let (start, end) = (repair.start as usize, repair.end as usize);
            let inside = if start == end { start > range.start && start < range.end } else { start < range.end && end > range.start };
            if !inside {
                continue;
            }
            if start > at {
                out.push_str(&self.text[at..start]);
            }
            out.push_str(&repair.original);
            at = end.max(at);
        }
        if at < range.end {
            out.push_str(&self.text[at..range.end]);
        }
        out
    }
}

#[cfg(test)]
mod tests;
