//! From letters with places to lines in the order of reading. Letters become runs, runs on one height lines; where a gutter parts the lines of a page into
//! columns, the left one is read before the right one, between the lines that cross the gutter. Short pieces side by side are the cells of a row.

use super::content::Glyph;

/// A gap this wide, in sizes of the font, is a space.
const SPACE: f32 = 0.18;
/// A gap this wide ends a run.
const GAP: f32 = 1.1;
/// Lines that have to stand on either side of a gutter.
const LEAST_LINES: usize = 3;
/// Letters that a line of a column has on average; cells of tables have fewer.
const COLUMN_LETTERS: usize = 18;
/// Columns in columns.
const MAX_DEPTH: usize = 6;

/// A line of a page.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    pub text: String,
    left: f32,
    right: f32,
    base: f32,
    pub size: f32,
}

impl Printed {
    #[cfg(test)]
    pub fn at(text: &str, size: f32) -> Self {
        Self { text: text.to_owned(), left: 0.0, right: 0.0, base: 0.0, size }
    }

    /// Blank lines that a reader sees between this line and the one before it.
    pub fn blank_after(&self, before: &Printed) -> u32 {
        let (gap, size) = (before.base - self.base, before.size.max(self.size));
        let other_column = gap < -0.5 * size;
        u32::from(other_column || gap > 1.75 * size || (before.size - self.size).abs() > 0.18 * size)
    }
}

/// The lines of a page. Those that run the way most do come first.
pub(super) fn lines(glyphs: Vec<Glyph>) -> Vec<Printed> {
    let mut by_turn: [Vec<Glyph>; 4] = Default::default();
    for glyph in glyphs {
        by_turn[usize::from(glyph.turns) % 4].push(glyph);
    }
    by_turn.sort_by_key(|glyphs| std::cmp::Reverse(glyphs.len()));
    let mut out = Vec::new();
    for glyphs in by_turn {
        let runs = joined(runs(glyphs));
        order(runs, &mut out, 0);
    }
    out.retain(|line| !line.text.trim().is_empty());
    out
}

/// Letters that follow one another on one line, as they are drawn.
fn runs(glyphs: Vec<Glyph>) -> Vec<Printed> {
    let mut out: Vec<Printed> = Vec::new();
    let mut last: Option<(String, f32, f32)> = None;
    for glyph in glyphs {
        let is_blank = glyph.text.trim().is_empty();
        // The same letter at the same place makes it bold.
        let again = last.as_ref().is_some_and(|(text, left, base)| {
            *text == glyph.text
                && !is_blank
                && (left - glyph.left).abs() < 0.12 * glyph.size
                && (base - glyph.base).abs() < 0.12 * glyph.size
        });
        if again {
            continue;
        }
        last = Some((glyph.text.clone(), glyph.left, glyph.base));
        let joins = out.last().is_some_and(|run| {
            let size = run.size.max(glyph.size);
            let gap = glyph.left - run.right;
            (run.base - glyph.base).abs() < 0.45 * size && gap < GAP * size && gap > -0.6 * size
        });
        match out.last_mut().filter(|_| joins) {
            Some(run) => {
                let wide = glyph.left - run.right > SPACE * run.size.min(glyph.size);
                if (wide || is_blank) && !run.text.ends_with(' ') {
                    run.text.push(' ');
                }
                if !is_blank {
                    run.text.push_str(&glyph.text);
                    // A raised mark is no reason to move the line.
                    if glyph.size > run.size {
                        (run.base, run.size) = (glyph.base, glyph.size);
                    }
                }
                run.right = run.right.max(glyph.right);
            }
            None if is_blank => {}
            None => out.push(Printed { text: glyph.text, left: glyph.left, right: glyph.right, base: glyph.base, size: glyph.size }),
        }
    }
    for run in &mut out {
        // Letters that combine with the one before them come apart from it.
        run.text = unjoined(run.text.trim_end());
    }
    out.retain(|run| !run.text.is_empty());
    out
}

/// Ligatures as their letters.
fn unjoined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{fb00}' => out.push_str("ff"),
            '\u{fb01}' => out.push_str("fi"),
            '\u{fb02}' => out.push_str("fl"),
            '\u{fb03}' => out.push_str("ffi"),
            '\u{fb04}' => out.push_str("ffl"),
            '\u{a0}' => out.push(' '),
            character if character.is_control() => {}
            character => out.push(character),
        }
    }
    out
}

/// Runs of one line that were drawn apart: words of justified text, a word in another font.
fn joined(mut runs: Vec<Printed>) -> Vec<Printed> {
    runs.sort_by(|a, b| b.base.total_cmp(&a.base).then(a.left.total_cmp(&b.left)));
    let mut out: Vec<Printed> = Vec::with_capacity(runs.len());
    let mut start = 0;
    while start < runs.len() {
        // A band of runs whose heights are nearly one.
        let near = |run: &Printed| (runs[start].base - run.base).abs() < 0.4 * runs[start].size.max(run.size);
        let end = (start + 1..runs.len()).find(|at| !near(&runs[*at])).unwrap_or(runs.len());
        let mut band: Vec<Printed> = runs[start..end].to_vec();
        band.sort_by(|a, b| a.left.total_cmp(&b.left));
        let first = out.len();
        for run in band {
            let joins = out[first..].last().is_some_and(|last| {
                let gap = run.left - last.right;
                gap < GAP * last.size.min(run.size) && gap > -1.5 * run.size
            });
            match out.last_mut().filter(|_| joins) {
                Some(last) => {
                    if run.left - last.right > SPACE * last.size.min(run.size) {
                        last.text.push(' ');
                    }
                    last.text.push_str(&run.text);
                    last.right = last.right.max(run.right);
                    if run.size > last.size {
                        (last.base, last.size) = (run.base, run.size);
                    }
                }
                None => out.push(run),
            }
        }
        start = end;
    }
    out
}

/// Puts lines into the order of reading.
fn order(lines: Vec<Printed>, out: &mut Vec<Printed>, depth: usize) {
    let gutter = if depth < MAX_DEPTH { gutter(&lines) } else { None };
    let Some(gutter) = gutter else {
        rows(lines, out);
        return;
    };
    let (mut left, mut right): (Vec<Printed>, Vec<Printed>) = Default::default();
    // From the top down: lines are sorted.
    for line in lines {
        if line.right <= gutter + 0.5 {
            left.push(line);
        } else if line.left >= gutter - 0.5 {
            right.push(line);
        } else {
            order(std::mem::take(&mut left), out, depth + 1);
            order(std::mem::take(&mut right), out, depth + 1);
            out.push(line);
        }
    }
    order(left, out, depth + 1);
    order(right, out, depth + 1);
}

/// Where a gutter between two columns is, if there is one: few lines cross it, and on both sides stand lines that are long enough for prose, at the same heights.
fn gutter(lines: &[Printed]) -> Option<f32> {
    let mut ends: Vec<f32> = lines.iter().map(|line| line.right).collect();
    ends.sort_by(f32::total_cmp);
    ends.dedup_by(|a, b| (*a - *b).abs() < 1.0);
    let score = |end: f32| {
        let (mut left, mut right, mut crossing, mut next) = (Vec::new(), Vec::new(), 0_usize, f32::INFINITY);
        for line in lines {
            if line.right <= end + 0.5 {
                left.push(line);
            } else if line.left > end {
                next = next.min(line.left);
                right.push(line);
            } else {
                crossing += 1;
            }
        }
        let letters = |side: &[&Printed]| side.iter().map(|line| line.text.chars().count()).sum::<usize>() / side.len().max(1);
        let span = |side: &[&Printed]| {
            side.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), line| (low.min(line.base), high.max(line.base)))
        };
        let enough = left.len().min(right.len()) >= LEAST_LINES && letters(&left).min(letters(&right)) >= COLUMN_LETTERS;
        let (one, other) = (span(&left), span(&right));
        let shared = one.1.min(other.1) - one.0.max(other.0);
        let size = lines.first().map_or(10.0, |line| line.size);
        let is_gutter = enough && crossing * 2 <= left.len() + right.len() && shared > 2.0 * size && next - end > 0.5 * size.min(12.0);
        is_gutter.then_some((crossing, (end + next) / 2.0, next - end))
    };
    let candidates = ends.iter().filter_map(|end| score(*end));
    candidates.min_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2))).map(|(_, middle, _)| middle)
}

/// Lines from the top down; pieces on one height are cells of a row, with a wide gap between them.
fn rows(lines: Vec<Printed>, out: &mut Vec<Printed>) {
    let first = out.len();
    for line in lines {
        let same = out[first..]
            .last()
            .is_some_and(|last| (last.base - line.base).abs() < 0.4 * last.size.max(line.size) && line.left >= last.right);
        match out.last_mut().filter(|_| same) {
            Some(last) => {
                last.text.push_str("   ");
                last.text.push_str(&line.text);
                last.right = line.right;
                last.size = last.size.max(line.size);
            }
            None => out.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str, left: f32, base: f32) -> Vec<Glyph> {
        let letter = |(at, character): (usize, char)| {
            let left = left + at as f32 * 5.0;
            Glyph { text: character.to_string(), left, right: left + 5.0, base, size: 10.0, turns: 0 }
        };
        text.chars().enumerate().map(letter).collect()
    }

    fn read(parts: &[(&str, f32, f32)]) -> Vec<String> {
        lines(parts.iter().flat_map(|(text, left, base)| glyphs(text, *left, *base)).collect()).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn columns_are_read_one_after_the_other_below_the_line_that_crosses_them() {
        let title = ("A title that runs over both columns of this page here", 50.0, 700.0);
        let row = |n: u8| 680.0 - 12.0 * f32::from(n);
        let (left, right) = (
            ["left one is long enough", "left two is long enough", "left three is long too"],
            ["right one is long enough", "right two is long enough", "right three is long too"],
        );
        let mut parts = vec![title];
        for n in 0..3_u8 {
            parts.push((left[usize::from(n)], 50.0, row(n)));
            parts.push((right[usize::from(n)], 220.0, row(n)));
        }
        let expected: Vec<&str> = [title.0].into_iter().chain(left).chain(right).collect();
        assert_eq!(read(&parts), expected);
    }

    #[test]
    fn short_pieces_side_by_side_are_a_row() {
        let parts = [
            ("Mast", 50.0, 700.0),
            ("Height", 150.0, 700.0),
            ("M1", 50.0, 688.0),
            ("12 m", 150.0, 688.0),
            ("M2", 50.0, 676.0),
            ("15 m", 150.0, 676.0),
        ];
        assert_eq!(read(&parts), ["Mast   Height", "M1   12 m", "M2   15 m"]);
    }
}
