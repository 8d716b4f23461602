//! Where the documents of a corpus are, by every name a link may use: path, published path, slug, number in a series. Names are compared and
//! nothing else: no file is opened and no address asked.

use std::collections::{BTreeMap, HashMap};

use records::{Role, Section};

use super::words::LinkWords;
use crate::corpus::natural::spoken;

/// A document of the corpus.
pub(in crate::corpus) struct Place {
    pub doc_id: String,
    path: String,
    /// The title, or the words of the file's name, as questions use them.
    pub title: String,
    pub headings: Vec<String>,
    /// Series and number of a numbered document.
    number: Option<(usize, String)>,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::corpus) struct Goal {
    pub document: u32,
    /// Place in the document's headings.
    pub heading: Option<u32>,
}

/// Why a link leads to no other document of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::corpus) enum Miss {
    /// Another site, or no page at all.
    External,
    /// A path of the corpus's kind that no document has.
    Missing,
    /// A path that several documents have.
    Ambiguous,
    /// A place in the same document.
    Same,
}

/// The documents and their names.
#[derive(Default)]
pub(in crate::corpus) struct Atlas {
    pub places: Vec<Place>,
    by_id: HashMap<String, u32>,
    /// Whole paths, and every end of one that begins behind a `/`; none where several documents share it.
    whole: HashMap<String, Option<u32>>,
    ends: HashMap<String, Option<u32>>,
    numbers: HashMap<(usize, String), Option<u32>>,
    /// Hosts whose paths are the corpus's own, and how many of their links were tried for each.
    hosts: BTreeMap<String, (u32, u32)>,
}

impl Atlas {
    /// Takes note of a section; those of one document must follow each other.
    pub fn look(&mut self, section: &Section, words: &LinkWords) {
        if self.places.last().is_none_or(|last| last.doc_id != section.doc_id) {
            self.add(section, words);
        }
        let number = self.places.len() as u32 - 1;
        if section.role == Role::Metadata {
            self.front_matter(&section.text, number, words);
        }
        if let (Some(place), Some(heading)) = (self.places.last_mut(), section.heading_path.last())
            && place.headings.last() != Some(heading)
        {
            place.headings.push(heading.clone());
        }
    }

    fn add(&mut self, section: &Section, words: &LinkWords) {
        let number = self.places.len() as u32;
        let file = section.path.rsplit('/').next().unwrap_or_default();
        let in_series =
            words.series.iter().enumerate().find_map(|(at, series)| Some((at, series.file.captures(file)?.get(1)?.as_str().to_owned())));
        if let Some(name) = &in_series {
            note(&mut self.numbers, name.clone(), number);
        }
        self.by_id.entry(section.doc_id.clone()).or_insert(number);
        self.places.push(Place {
            doc_id: section.doc_id.clone(),
            path: section.path.clone(),
            title: section.title.clone().unwrap_or_else(|| spoken(file.rsplit_once('.').map_or(file, |(stem, _)| stem))),
            headings: Vec::new(),
            number: in_series,
        });
        let key = key(&section.path);
        note(&mut self.whole, key.clone(), number);
        self.add_ends(&key, number);
        // Posts are published without the date in their file's name: 2013-11-06-a-post.
        let (folder, file) = key.rsplit_once('/').unwrap_or(("", &key));
        if let Some(slug) = undated(file) {
            self.add_ends(&format!("{folder}/{slug}"), number);
            self.add_ends(&format!("{}/{slug}", file[..10].replace('-', "/")), number);
        }
    }

    /// Paths that a page says it is published under.
    fn front_matter(&mut self, text: &str, number: u32, words: &LinkWords) {
        let mut listing = false;
        for line in text.split('\n') {
            let (name, value) = line.split_once(':').map_or(("", line), |(name, value)| (name.trim(), value));
            let item = line.trim().strip_prefix("- ").filter(|_| listing);
            listing = item.is_some() || words.path_fields.iter().any(|field| field == name);
            let value = item.unwrap_or(value).trim().trim_matches(['"', '\'']);
            if listing && value.contains('/') {
                let key = key(value);
                note(&mut self.whole, key.clone(), number);
                self.add_ends(&key, number);
            } else if words.slug_fields.iter().any(|field| field == name) && !value.is_empty() {
                let own = key(&self.places[number as usize].path);
                self.add_ends(&format!("{}/{}", own.rsplit_once('/').map_or("", |(folder, _)| folder), value.to_lowercase()), number);
            }
        }
    }

    fn add_ends(&mut self, key: &str, number: u32) {
        let starts = std::iter::once(0).chain(key.match_indices('/').map(|(at, _)| at + 1));
        starts.filter(|start| *start < key.len()).for_each(|start| note(&mut self.ends, key[start..].to_owned(), number));
    }

    /// The number of a document.
    pub fn document(&self, doc_id: &str) -> Option<u32> {
        self.by_id.get(doc_id).copied()
    }

    /// Series of a numbered document, and its number.
    pub fn number(&self, document: u32) -> Option<(usize, &str)> {
        self.places.get(document as usize)?.number.as_ref().map(|(series, number)| (*series, number.as_str()))
    }

    /// Learns from a link whether its host is where the corpus is published: most of such a host's paths are those of documents.
    pub fn learn_host(&mut self, target: &str) {
        let Some((host, path)) = of_url(target).filter(|(_, path)| path.trim_matches('/').contains('/')) else { return };
        let found = matches!(self.ends.get(&key(without_anchor(path).0)), Some(Some(_)));
        let (hits, all) = self.hosts.entry(host.to_lowercase()).or_default();
        (*hits, *all) = (*hits + u32::from(found), *all + 1);
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.get(&host.to_lowercase()).is_some_and(|(hits, all)| *hits >= 5 && hits * 4 >= *all)
    }

    /// Where a link of the document `from` leads.
    pub fn resolve(&self, from: u32, target: &str, words: &LinkWords) -> Result<Goal, Miss> {
        let target = unquoted(target);
        let (path, anchor) = without_anchor(target);
        let document = if path.is_empty() { from } else { self.find(from, path, target, words)? };
        let heading = anchor.and_then(|anchor| self.heading(document, anchor));
        if document == from { Err(Miss::Same) } else { Ok(Goal { document, heading }) }
    }

    fn find(&self, from: u32, path: &str, target: &str, words: &LinkWords) -> Result<u32, Miss> {
        for (at, series) in words.series.iter().enumerate() {
            let number = series.targets.iter().find_map(|rule| Some(rule.captures(target)?.get(1)?.as_str().to_owned()));
            if let Some(found) = number.and_then(|number| self.numbers.get(&(at, number))) {
                return found.ok_or(Miss::Ambiguous);
            }
        }
        if let Some((host, path)) = of_url(path) {
            let key = key(path);
            // "github.com/x/y/blob/main/text/a.md" ends in a whole path.
            let ends = key.match_indices('/').map(|(at, _)| &key[at + 1..]).filter(|end| end.contains('/'));
            let whole = ends.filter_map(|end| self.whole.get(end)).next();
            return match (whole, self.is_own(host)) {
                (Some(found), _) => found.ok_or(Miss::Ambiguous),
                (None, true) => self.end(&key),
                (None, false) => Err(Miss::External),
            };
        }
        if words.schemes.iter().any(|scheme| path.starts_with(scheme.as_str())) || path.starts_with("//") {
            return Err(Miss::External);
        }
        let path = path.strip_prefix(":doc:").unwrap_or(path);
        if path.starts_with(':') {
            return Err(Miss::Missing);
        }
        let folder = self.places[from as usize].path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = if path.starts_with('/') { key(path) } else { key(&format!("{folder}/{path}")) };
        match self.whole.get(&beside) {
            Some(found) => found.ok_or(Miss::Ambiguous),
            None => self.end(&key(path)),
        }
    }

    fn end(&self, key: &str) -> Result<u32, Miss> {
        self.ends.get(key).map_or(Err(Miss::Missing), |found| found.ok_or(Miss::Ambiguous))
    }

    /// The heading whose words an anchor is made of.
    fn heading(&self, document: u32, anchor: &str) -> Option<u32> {
        let wanted = letters(anchor);
        let headings = &self.places[document as usize].headings;
        headings.iter().position(|heading| !wanted.is_empty() && letters(heading) == wanted).map(|at| at as u32)
    }
}

fn note<K: std::hash::Hash + Eq>(names: &mut HashMap<K, Option<u32>>, name: K, document: u32) {
    let known = names.entry(name).or_insert(Some(document));
    if *known != Some(document) {
        *known = None;
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A path without its extension, `.`, `..`, and the name of an index file; in small letters.
fn key(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default().to_lowercase();
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').map(str::trim) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if let Some(last) = parts.last_mut() {
        let stem =
            last.rsplit_once('.').filter(|(_, end)| matches!(*end, "md" | "markdown" | "html" | "htm" | "rst" | "txt" | "xhtml" | "php"));
        *last = stem.map_or(*last, |(stem, _)| stem);
    }
    if parts.last().is_some_and(|last| matches!(*last, "index" | "_index" | "readme")) {
        parts.pop();
    }
    parts.join("/")
}

/// The name of a post without the date in front.
fn undated(file: &str) -> Option<&str> {
    let (date, slug) = (file.get(..10)?, file.get(11..)?);
    let fits = date.char_indices().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() });
    (fits && file.as_bytes()[10] == b'-' && !slug.is_empty()).then_some(slug)
}

/// Host and path of a URL.
fn of_url(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    web.then_some((host.strip_prefix("www.").unwrap_or(host), path))
}

fn without_anchor(target: &str) -> (&str, Option<&str>) {
    target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)))
}

/// What a shortcode holds in quotes; any other target as it is.
fn unquoted(target: &str) -> &str {
    let target = target.trim();
    if !target.starts_with("{{") {
        return target;
    }
    target.split(['"', '`', '\'']).nth(1).unwrap_or(target).trim()
}

#[cfg(test)]
mod tests;
