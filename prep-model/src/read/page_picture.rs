//! A page of a PDF as a picture with a quotation marked on it, for a reader who wants to see where it stands. Drawn by poppler (`pdftoppm`; `pdftotext`
//! says where the words are), which runs with limits; where it is not installed there are no pictures.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ReadError;
use super::extract::tree;
use super::programs::{PAINTER, WORDS, found, run};

/// Pixels of a page's longer side: some hundred an inch for a sheet of paper.
const LONGER_SIDE: u16 = 1_200;
/// Time for drawing a page, and again for finding its words.
const WALL: Duration = Duration::from_secs(20);

/// See the head of this file.
#[derive(Clone, Debug, PartialEq)]
pub struct PagePicture {
    png: Vec<u8>,
    width: u32,
    height: u32,
    /// Where the quotation stands, a rectangle a line; empty where it was not found on the page.
    marked: Vec<Area>,
}

/// A rectangle in pixels of the picture, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Area {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// Whether pages can be drawn here.
#[must_use]
pub fn can_draw_pages() -> bool {
    found(PAINTER).is_some() && found(WORDS).is_some()
}

impl PagePicture {
    /// Draws a page, counted from 1, and marks the first place on it that reads as the quotation.
    ///
    /// # Errors
    /// If poppler is not installed, the file is no PDF that it can draw, or has no such page.
    pub fn draw(pdf: &[u8], page: u32, quote: &str) -> Result<Self, ReadError> {
        let failed = |reason: String| ReadError::Child { reason: format!("page {page} could not be drawn: {reason}") };
        let missing = || failed("install poppler-utils".into());
        let (painter, finder) = found(PAINTER).zip(found(WORDS)).ok_or_else(missing)?;
        let told = |error: std::io::Error| failed(format!("a temporary file cannot be used: {error}"));
        let dir = tempfile::tempdir().map_err(told)?;
        let [file, root, words] = ["file.pdf", "page", "words.html"].map(|name| dir.path().join(name));
        fs::write(&file, pdf).map_err(told)?;
        let (number, side) = (page.to_string(), LONGER_SIDE.to_string());
        let drawn = ["-scale-to", &side, "-png", "-singlefile", "-f", &number, "-l", &number].map(OsStr::new);
        run(&painter, drawn.into_iter().chain([file.as_os_str(), root.as_os_str()]), WALL).map_err(failed)?;
        let png = fs::read(root.with_extension("png")).map_err(told)?;
        let (width, height) = size_of(&png).ok_or_else(|| failed("no picture came out".into()))?;
        let listed = ["-bbox", "-f", &number, "-l", &number].map(OsStr::new);
        // A page without its words is still a page.
        let placed = run(&finder, listed.into_iter().chain([file.as_os_str(), words.as_os_str()]), WALL);
        let list = placed.ok().and_then(|()| fs::read(words).ok()).unwrap_or_default();
        Ok(Self { png, width, height, marked: places(&list, quote) })
    }

    /// The picture as an `svg` element: complete in itself, and safe inside of a page, as it holds nothing but the drawing and numbers.
    #[must_use]
    pub fn svg(&self) -> String {
        let Self { png, width, height, marked } = self;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">\
             <image width=\"{width}\" height=\"{height}\" href=\"data:image/png;base64,{}\"/>",
            STANDARD.encode(png)
        );
        for Area { left, top, right, bottom } in marked {
            let _ = write!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ffd400\" fill-opacity=\"0.35\" stroke=\"#c79100\"/>",
                left - 2.0,
                top - 2.0,
                right - left + 4.0,
                bottom - top + 4.0
            );
        }
        out + "</svg>"
    }
}

/// Width and height of a PNG.
fn size_of(png: &[u8]) -> Option<(u32, u32)> {
    let head = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(8..16)?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

/// Where a quotation stands, in pixels, by the list of words that `pdftotext -bbox` writes in points.
fn places(list: &[u8], quote: &str) -> Vec<Area> {
    let Ok(root) = tree::parse(list) else { return Vec::new() };
    let Some(page) = root.all("page").first().copied() else { return Vec::new() };
    let number = |element: &tree::Element, name: &str| element.attribute(name).and_then(|value| value.parse::<f32>().ok());
    let longer = number(page, "width").into_iter().chain(number(page, "height")).fold(0.0, f32::max);
    let scale = if longer > 0.0 { f32::from(LONGER_SIDE) / longer } else { return Vec::new() };
    let (mut written, mut areas) = (Vec::new(), Vec::new());
    for word in page.all("word") {
        let sides = ["xMin", "yMin", "xMax", "yMax"].map(|name| number(word, name).unwrap_or_default() * scale);
        let [left, top, right, bottom] = sides;
        written.extend(letters(&word.text()).map(|letter| (letter, areas.len())));
        areas.push(Area { left, top, right, bottom });
    }
    let wanted: Vec<char> = letters(quote).collect();
    let reads = |run: &[(char, usize)]| run.iter().map(|(letter, _)| *letter).eq(wanted.iter().copied());
    let Some(run) = written.windows(wanted.len().max(1)).find(|run| reads(run)) else { return Vec::new() };
    by_line(&areas[run[0].1..=run[run.len() - 1].1])
}

/// What tells words apart whatever breaks, hyphens and cases stand between extraction and repair.
fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Neighbouring words of a line become one rectangle.
fn by_line(words: &[Area]) -> Vec<Area> {
    let mut out: Vec<Area> = Vec::new();
    for word in words {
        let height = word.bottom - word.top;
        match out.last_mut() {
            Some(line) if line.bottom.min(word.bottom) - line.top.max(word.top) > height / 2.0 => {
                *line = Area {
                    left: line.left.min(word.left),
                    top: line.top.min(word.top),
                    right: line.right.max(word.right),
                    bottom: line.bottom.max(word.bottom),
                };
            }
            _ => out.push(*word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "<!DOCTYPE html><html><body><doc><page width=\"600.0\" height=\"800.0\">\
        <word xMin=\"100\" yMin=\"100\" xMax=\"140\" yMax=\"112\">Lamp-</word><word xMin=\"60\" yMin=\"120\" xMax=\"90\" yMax=\"132\">oil</word>\
        <word xMin=\"94\" yMin=\"120\" xMax=\"120\" yMax=\"132\">&amp;</word><word xMin=\"124\" yMin=\"120\" xMax=\"150\" yMax=\"132\">wicks.</word>\
        </page></doc></body></html>";

    #[test]
    fn a_quotation_is_found_across_lines_whatever_its_hyphens_and_case() {
        let area = |left: f32, top: f32, right: f32, bottom: f32| Area { left, top, right, bottom };
        assert_eq!(places(LIST.as_bytes(), "Lamp oil & Wicks"), [area(150.0, 150.0, 210.0, 168.0), area(90.0, 180.0, 225.0, 198.0)]);
        assert_eq!(places(LIST.as_bytes(), "lampoil"), [area(150.0, 150.0, 210.0, 168.0), area(90.0, 180.0, 135.0, 198.0)]);
        assert_eq!(places(LIST.as_bytes(), "wicks"), [area(186.0, 180.0, 225.0, 198.0)]);
    }

    #[test]
    fn what_does_not_stand_on_the_page_marks_nothing() {
        for (list, quote) in [(LIST, "whales"), (LIST, "…"), (LIST, ""), ("", "oil"), ("<page width=\"0\" height=\"x\"/>", "oil")] {
            assert_eq!(places(list.as_bytes(), quote), [], "{quote:?}");
        }
    }

    #[test]
    fn a_picture_without_a_size_is_none_and_the_element_holds_numbers_alone() {
        assert_eq!(size_of(b"\x89PNG\r\n\x1a\n"), None);
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 2, 0, 0, 0, 1, 4]].concat();
        let (width, height) = size_of(&png).unwrap();
        assert_eq!((width, height), (512, 260));
        let svg = PagePicture { png, width, height, marked: vec![Area { left: 10.0, top: 20.0, right: 30.0, bottom: 32.0 }] }.svg();
        assert!(
            svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 512 260\"><image") && svg.ends_with("</svg>"),
            "{svg}"
        );
        assert!(svg.contains("<rect x=\"8.0\" y=\"18.0\" width=\"24.0\" height=\"16.0\""), "{svg}");
    }
}
