//! Markdown: every block becomes a line with the path its HTML would have; inline mark-up is undone, link text stays, front matter becomes
//! metadata lines. Blocks of raw HTML go through the HTML reader.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use records::{Hints, OffsetMap};

use super::builder::{LineBuilder, push_pieces};
use super::html::{CELL, read_fragment};
use super::parsed::Parsed;

/// Deeper containers are read but no longer named.
const MAX_DEPTH: usize = 64;

/// The lines of a Markdown text and the `title` of its front matter; offsets count in `source`.
pub(super) fn read_markdown(source: &str) -> Parsed {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut text =
        Blocks { source, names: Vec::new(), depth: 0, links: 0, builder: LineBuilder::default(), out: Parsed::default(), html: None };
    let parsed = shortcodes_without_spaces(source);
    for (event, range) in Parser::new_ext(&parsed, options).into_offset_iter() {
        text.event(event, range);
    }
    text.flush();
    let mut out = text.out;
    out.title = out.lines.iter().filter(|line| line.hints.html_path == METADATA).find_map(|line| title_field(&line.text));
    out
}

/// Path of a line of front matter.
pub(super) const METADATA: &str = "metadata";

fn title_field(line: &str) -> Option<String> {
    let value = line.strip_prefix("title")?.trim_start().strip_prefix([':', '='])?.trim();
    let value = value.trim_matches(['"', '\'']).trim();
    (!value.is_empty()).then(|| value.to_owned())
}

struct Blocks<'a> {
    source: &'a str,
    names: Vec<&'static str>,
    /// Containers that are open, named or not.
    depth: usize,
    links: usize,
    builder: LineBuilder,
    out: Parsed,
    /// The block of raw HTML that is being passed over, already read as a whole.
    html: Option<Range<usize>>,
}

impl Blocks<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let in_link = self.links > 0;
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_exact() => self.exact_lines(&text, range),
            Event::Text(text) => self.piece(&text, range),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                // The range holds the back-ticks; the text stands somewhere inside unless line breaks were changed.
                match self.source[range.clone()].find(&*text) {
                    Some(at) => self.builder.copy(self.source, range.start + at..range.start + at + text.len(), in_link),
                    None => self.builder.stand_for(&text, range, in_link),
                }
            }
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.builder.separate(range),
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.builder.separate(range),
            Event::Html(_) if self.html.is_none() => {
                let prefix = self.names.join("/");
                read_fragment(self.source, range, &prefix, &mut self.out);
            }
            Event::Html(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => return,
            Tag::Link { dest_url, .. } => {
                self.links += 1;
                self.builder.open_link(shortcode(&self.source[range]).unwrap_or(dest_url));
                return;
            }
            Tag::Image { .. } => return,
            Tag::TableCell => {
                self.builder.insert(CELL);
                return;
            }
            Tag::Table(_) => {
                self.flush();
                self.out.tables.open();
            }
            Tag::TableHead | Tag::TableRow => {
                self.flush();
                self.out.tables.begin_row();
            }
            _ => self.flush(),
        }
        let name = match tag {
            Tag::Paragraph => "p",
            Tag::Heading { level, .. } => heading(*level),
            Tag::BlockQuote(_) => "blockquote",
            Tag::CodeBlock(kind) => {
                if let CodeBlockKind::Fenced(info) = kind
                    && info.split_whitespace().nth(1).is_some()
                {
                    self.beside_fence(range.start);
                }
                "pre"
            }
            Tag::List(None) => "ul",
            Tag::List(Some(_)) => "ol",
            Tag::Item => "li",
            Tag::FootnoteDefinition(_) => "footnote",
            Tag::Table(_) => "table",
            Tag::TableHead => "thead",
            Tag::TableRow => "tr",
            Tag::MetadataBlock(_) => METADATA,
            Tag::DefinitionListTitle => "dt",
            Tag::DefinitionListDefinition => "dd",
            Tag::HtmlBlock => {
                if self.names.is_empty() {
                    read_fragment(self.source, range.clone(), "", &mut self.out);
                    self.html = Some(range);
                }
                "div"
            }
            _ => "div",
        };
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            self.names.push(name);
        }
    }

    /// What stands behind the opening fence of a block of code: nobody sees it. A single word is the name of a language.
    fn beside_fence(&mut self, start: usize) {
        let line = self.source[start..].lines().next().unwrap_or_default();
        let info = line.trim_start_matches([' ', '`', '~']);
        let from = start + line.len() - info.len();
        let mut found = Vec::new();
        push_pieces(info.trim_end(), &OffsetMap::verbatim(from as u64, info.trim_end().len() as u64), Hints::default(), &mut found);
        self.out.unseen.extend(found.into_iter().map(|line| (line, "not shown: beside a fence".to_owned())));
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript | TagEnd::Image => return,
            TagEnd::TableCell => return,
            TagEnd::Link => {
                self.links = self.links.saturating_sub(1);
                self.builder.close_link();
                return;
            }
            TagEnd::HtmlBlock => self.html = None,
            _ => {}
        }
        let before = self.out.lines.len();
        self.flush();
        match tag {
            TagEnd::TableHead | TagEnd::TableRow => self.out.tables.tell(before, self.out.lines.len(), tag == TagEnd::TableHead),
            TagEnd::Table => self.out.tables.close(),
            _ => {}
        }
        if self.depth <= MAX_DEPTH {
            self.names.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn is_exact(&self) -> bool {
        matches!(self.names.last(), Some(&("pre" | METADATA)))
    }

    /// Lines of code and front matter, each as it stands.
    fn exact_lines(&mut self, text: &str, range: Range<usize>) {
        let verbatim = self.source[range.clone()] == *text;
        let mut start = range.start;
        for part in text.split_inclusive('\n') {
            let body = part.trim_end();
            if !body.trim().is_empty() {
                let spans = if verbatim { OffsetMap::verbatim(start as u64, body.len() as u64) } else { whole(body, range.clone()) };
                push_pieces(body, &spans, self.hints(), &mut self.out.lines);
            }
            start += part.len();
        }
    }

    fn piece(&mut self, text: &str, range: Range<usize>) {
        if self.source[range.clone()] == *text {
            self.builder.copy(self.source, range, self.links > 0);
        } else {
            self.builder.stand_for(text, range, self.links > 0);
        }
    }

    fn hints(&self) -> Hints {
        Hints { html_path: self.names.join("/"), ..Hints::default() }
    }

    fn flush(&mut self) {
        let hints = if self.builder.is_empty() { Hints::default() } else { self.hints() };
        self.builder.finish(hints, &mut self.out.lines);
    }
}

/// The text with the spaces of site generators' shortcodes hidden where they are the target of a link (`[x]({{< ref "a.md" >}})`), which
/// CommonMark would not take for a link; every byte stays where it is.
fn shortcodes_without_spaces(source: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(source);
    for (at, _) in source.match_indices("]({{") {
        let start = at + 2;
        let line = source[start..].split('\n').next().unwrap_or_default();
        let Some(code) = shortcode_at(line) else { continue };
        out.to_mut().replace_range(start..start + code.len(), &code.replace([' ', '\t'], "~"));
    }
    out
}

/// The shortcode that is the target of a link, as it is written.
fn shortcode(link: &str) -> Option<&str> {
    shortcode_at(&link[link.find("]({{")? + 2..])
}

fn shortcode_at(text: &str) -> Option<&str> {
    let close = if text.starts_with("{{<") { ">}}" } else { "%}}" };
    let is_code = text.starts_with("{{<") || text.starts_with("{{%");
    let end = text.find(close).filter(|_| is_code)? + close.len();
    let code = &text[..end];
    (!code.contains(['(', ')', '\\'])).then_some(code)
}

fn whole(text: &str, raw: Range<usize>) -> OffsetMap {
    let segment = records::Segment { clean: 0, clean_length: text.len() as u64, raw: raw.start as u64, raw_length: raw.len() as u64 };
    OffsetMap::try_from(vec![segment]).unwrap_or_default()
}

fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h1",
        HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        HeadingLevel::H4 => "h4",
        HeadingLevel::H5 => "h5",
        HeadingLevel::H6 => "h6",
    }
}

#[cfg(test)]
mod tests;
