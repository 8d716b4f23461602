//! Which printed lines are headings: a PDF does not say, but headings are set larger than what stands below them. The size of most letters is the
//! body's; each larger one is a level, the largest the first.

use std::collections::{HashMap, HashSet};

use super::layout::Printed;

/// A heading is set this much larger than the body.
const LARGER: f32 = 1.12;
/// Sizes this close are one.
const SAME: f32 = 1.04;
/// No heading has more letters than this.
const LONGEST: usize = 200;
/// A size in which more of the letters are set than this is another body: an abstract, the text of a slide.
const MOST: f32 = 0.2;
/// Levels that are told apart.
const LEVELS: usize = 6;
/// What stands on so many pages is a running head, however large it is set.
const RUNNING: usize = 3;

/// The sizes of a document.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    body: f32,
    /// Sizes of headings, the largest first.
    levels: Vec<f32>,
    /// Texts that come back on page after page.
    running: HashSet<String>,
}

impl Sizes {
    /// Those of a document's pages.
    pub fn of(pages: &[Vec<Printed>]) -> Self {
        // Letters by size, the largest size first, like sizes together.
        let lines = pages.iter().flatten();
        let mut letters: Vec<(f32, usize)> =
            lines.filter(|line| line.size > 0.0).map(|line| (line.size, line.text.chars().count())).collect();
        letters.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut sizes: Vec<(f32, usize)> = Vec::new();
        for (size, count) in letters {
            match sizes.last_mut().filter(|last| last.0 / size < SAME) {
                Some(last) => last.1 += count,
                None => sizes.push((size, count)),
            }
        }
        let all: usize = sizes.iter().map(|(_, count)| count).sum();
        let Some((body, _)) = sizes.iter().max_by_key(|(_, count)| *count).copied() else { return Self::default() };
        let is_heading = |(size, count): &&(f32, usize)| *size > LARGER * body && *count as f32 <= MOST * all as f32;
        let mut pages_of: HashMap<&str, usize> = HashMap::new();
        for page in pages {
            let large: HashSet<&str> = page.iter().filter(|line| line.size > LARGER * body).map(|line| line.text.as_str()).collect();
            large.into_iter().for_each(|text| *pages_of.entry(text).or_default() += 1);
        }
        let running = pages_of.into_iter().filter(|(_, pages)| *pages >= RUNNING).map(|(text, _)| text.to_owned()).collect();
        Self { running, body, levels: sizes.iter().filter(is_heading).map(|(size, _)| *size).take(LEVELS).collect() }
    }

    /// The level of a heading, from 1; none for any other line.
    pub fn level(&self, line: &Printed) -> Option<usize> {
        let letters = line.text.chars().count();
        let fits = letters <= LONGEST
            && line.text.chars().any(char::is_alphabetic)
            && line.size > LARGER * self.body
            && !self.running.contains(&line.text);
        let level = || self.levels.iter().position(|size| size / line.size < SAME && line.size / size < SAME);
        if fits { level().map(|at| at + 1) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_a_line_is_set_the_higher_it_stands() {
        let body = "Rain and wind wear the pitch of the hull, and a crew that lets it crack pays for it.".repeat(5);
        let lines = [("The boat", 24.0), ("The hull", 14.0), (body.as_str(), 10.0), ("Paint", 12.0), ("3", 14.1), ("a note", 8.0)];
        let lines: Vec<Printed> = lines.map(|(text, size)| Printed::at(text, size)).into();
        let sizes = Sizes::of(std::slice::from_ref(&lines));
        let levels: Vec<Option<usize>> = lines.iter().map(|line| sizes.level(line)).collect();
        assert_eq!(levels, [Some(1), Some(2), None, Some(3), None, None]);
        assert_eq!(Sizes::of(&[]).level(&lines[0]), None);
        let pages = vec![lines.clone(), lines[..2].to_vec(), vec![lines[0].clone(), lines[2].clone()]];
        assert_eq!([0, 1].map(|at| Sizes::of(&pages).level(&lines[at])), [None, Some(2)], "what stands on every page heads none");
    }

    #[test]
    fn a_second_body_is_no_heading() {
        let words = "Whoever takes the last tool signs for it. ".repeat(4);
        let lines = [Printed::at(&words, 12.0), Printed::at(&words, 10.0), Printed::at(&words, 10.0)];
        let sizes = Sizes::of(&[lines.to_vec()]);
        assert!(lines.iter().all(|line| sizes.level(line).is_none()));
    }
}
