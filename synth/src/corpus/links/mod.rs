//! Links between documents of the corpus: where each leads, what other names the words of links give to documents and headings, and, counted
//! by reason, which could not be used. Made in the first walk over the corpus, read in the second.

mod atlas;
mod describe;
mod hops;
mod names;
mod renamed;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use records::{Counts, Section};

use super::scout::hash;
pub(in crate::corpus) use atlas::{Atlas, Goal, Miss};
pub(super) use hops::{Making, Pointer, Told, link_hops};
pub(in crate::corpus) use words::LinkWords;

use names::{Refusal, another_name, initials_of, name_in};

/// Most other names kept of one place.
const NAMES: usize = 6;

/// Where the words of links lead, and the documents that have such a link.
type Goals = BTreeMap<Goal, BTreeSet<u32>>;

/// What links say about a corpus.
#[derive(Default)]
pub(super) struct Links {
    pub atlas: Atlas,
    /// Every link once: its document, its target and its words.
    seen: BTreeSet<(u32, String, String)>,
    /// Other names of titles and headings, commonest first, by document and hash of the words.
    others: HashMap<(u32, u64), Vec<String>>,
    /// Documents that others link to.
    goals: HashSet<u32>,
    counts: Counts,
}

impl Links {
    /// Takes note of a section; those of one document must follow each other. Does nothing if the data files cannot be read: reading them is
    /// an error of its own.
    pub fn look(&mut self, section: &Section) {
        let Ok(words) = LinkWords::get() else { return };
        self.atlas.look(section, words);
        let from = self.atlas.places.len() as u32 - 1;
        for link in &section.links {
            *self.counts.entry("links.kept".into()).or_default() += 1;
            if let Some(text) = section.text.get(link.start as usize..link.end as usize) {
                self.seen.insert((from, link.target.clone(), text.to_owned()));
            }
        }
    }

    /// Resolves what was seen and learns the names; gives pairs of names of one thing, an abbreviation and its long form, and those of a
    /// numbered document and its quoted title.
    pub fn settle(&mut self) -> Learned {
        let Ok(words) = LinkWords::get() else { return Learned::default() };
        let seen = std::mem::take(&mut self.seen);
        self.counts.insert("links.distinct".into(), seen.len() as u64);
        let targets: BTreeSet<&str> = seen.iter().map(|(_, target, _)| target.as_str()).collect();
        targets.into_iter().for_each(|target| self.atlas.learn_host(target));
        let said = self.resolved(&seen, words);
        let mut found: BTreeMap<(Goal, String), Vec<(usize, String)>> = BTreeMap::new();
        for (name, goals) in said {
            match self.named(&name, &goals, words) {
                Ok((goal, old)) => found.entry((goal, old)).or_default().push((goals[&goal].len(), name)),
                Err(refusal) => self.refuse(refusal),
            }
        }
        self.learn(found, words)
    }

    /// Where each name leads, and from which documents.
    fn resolved(&mut self, seen: &BTreeSet<(u32, String, String)>, words: &LinkWords) -> BTreeMap<String, Goals> {
        let mut said: BTreeMap<String, Goals> = BTreeMap::new();
        for (from, target, text) in seen {
            let goal = match self.atlas.resolve(*from, target, words) {
                Ok(goal) => goal,
                Err(miss) => {
                    self.count(miss.name());
                    continue;
                }
            };
            self.count("resolved");
            self.goals.insert(goal.document);
            match name_in(text, words) {
                Ok(name) => drop(said.entry(name).or_default().entry(goal).or_default().insert(*from)),
                Err(refusal) => self.refuse(refusal),
            }
        }
        said
    }

    /// The one thing a name stands for, with the name that it has there.
    fn named(&self, name: &str, goals: &Goals, words: &LinkWords) -> Result<(Goal, String), Refusal> {
        let documents: BTreeSet<u32> = goals.keys().map(|goal| goal.document).collect();
        let (goal, sources) = goals.iter().max_by_key(|(goal, sources)| (sources.len(), std::cmp::Reverse(**goal))).ok_or(Refusal::Weak)?;
        if documents.len() > 1 {
            return Err(Refusal::TwoTargets);
        }
        let place = &self.atlas.places[goal.document as usize];
        let old = match goal.heading {
            Some(heading) => &place.headings[heading as usize],
            None => &place.title,
        };
        let number = self.atlas.number(goal.document).filter(|_| goal.heading.is_none());
        let numbered = number.is_some_and(|(series, number)| {
            words.series[series].name.captures(name).is_some_and(|found| found.get(1).is_some_and(|found| found.as_str() == number))
        });
        if numbered {
            return Ok((*goal, old.clone()));
        }
        another_name(name, old, sources.len()).map(|()| (*goal, old.clone()))
    }

    /// Keeps the names of every place, commonest first.
    fn learn(&mut self, found: BTreeMap<(Goal, String), Vec<(usize, String)>>, words: &LinkWords) -> Learned {
        let mut learned = Learned::default();
        for ((goal, old), mut names) in found {
            names.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
            let what = if goal.heading.is_some() { "heading" } else { "title" };
            *self.counts.entry(format!("links.names.{what}")).or_default() += names.len() as u64;
            let numbered = |name: &&String| goal.heading.is_none() && words.series.iter().any(|series| series.name.is_match(name));
            learned.titles.extend(names.iter().filter(numbered).map(|name| (name.clone(), old.clone())));
            for name in &names {
                let all = names.iter().chain([&old]).filter(|other| initials_of(name, other));
                learned.initials.extend(all.map(|other| (name.clone(), other.clone())));
            }
            self.others.insert((goal.document, hash(&old)), names.into_iter().take(NAMES).collect());
        }
        learned.initials.sort();
        learned.initials.dedup();
        self.counts.insert("links.names.initials".into(), learned.initials.len() as u64);
        learned
    }

    /// Other names of a title or heading of a document.
    pub fn other_names(&self, doc_id: &str, name: &str) -> &[String] {
        let document = self.atlas.document(doc_id);
        document.and_then(|document| self.others.get(&(document, hash(name)))).map_or(&[], Vec::as_slice)
    }

    /// Whether another document links to this one.
    pub fn is_goal(&self, document: u32) -> bool {
        self.goals.contains(&document)
    }

    /// How many links were kept, resolved and refused, by reason.
    pub fn counts(&self) -> Counts {
        self.counts.clone()
    }

    fn count(&mut self, what: &str) {
        *self.counts.entry(format!("links.{what}")).or_default() += 1;
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.count(&format!("no_name.{}", refusal.name()));
    }
}

/// Names that links make equal.
#[derive(Default)]
pub(super) struct Learned {
    /// Abbreviation and long form.
    pub initials: Vec<(String, String)>,
    /// Name by number and title.
    pub titles: Vec<(String, String)>,
}

impl Miss {
    fn name(self) -> &'static str {
        match self {
            Self::External => "unused.other_site",
            Self::Missing => "unused.no_such_document",
            Self::Ambiguous => "unused.several_documents",
            Self::Same => "unused.same_document",
        }
    }
}

#[cfg(test)]
mod tests {
    use records::{Link, OffsetMap, Role};

    use super::*;

    /// A section with links: words and target.
    pub(in crate::corpus) fn section(path: &str, text: &str, links: &[(&str, &str)]) -> Section {
        let link = |(words, target): &(&str, &str)| {
            let start = text.find(words).unwrap() as u32;
            Link { start, end: start + words.len() as u32, target: (*target).into() }
        };
        Section {
            doc_id: path.into(),
            path: path.into(),
            title: Some(format!("Title of {path}")),
            section: 0,
            heading_path: Vec::new(),
            role: Role::Paragraph,
            text: text.into(),
            spans: OffsetMap::verbatim(0, text.len() as u64),
            page: None,
            repairs: Vec::new(),
            links: links.iter().map(link).collect(),
            pages: Vec::new(),
        }
    }

    #[test]
    fn link_text_names_a_title_and_what_names_nothing_is_counted() {
        let mut links = Links::default();
        let target = Section { title: Some("Defining a Stable ABI".into()), ..section("pep-0384.rst", "Text.", &[]) };
        links.look(&target);
        let text = "See the Stable ABI, or PEP 384, or this page, or that site.";
        links.look(&section(
            "pep-0001.rst",
            text,
            &[("Stable ABI", ":pep:384"), ("PEP 384", ":pep:384"), ("this page", ":pep:384"), ("that site", "http://x.y/")],
        ));
        let learned = links.settle();
        assert_eq!(links.other_names("pep-0384.rst", "defining a stable ABI"), ["PEP 384", "Stable ABI"]);
        assert_eq!(learned.titles, [("PEP 384".to_owned(), "Defining a Stable ABI".to_owned())]);
        let counts = links.counts();
        assert_eq!(
            (counts["links.kept"], counts["links.resolved"], counts["links.unused.other_site"], counts["links.no_name.says_nothing"]),
            (4, 3, 1, 1)
        );
    }
}
