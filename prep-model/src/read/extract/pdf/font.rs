//! Fonts: from the codes of a string to text and widths.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Stream};

use super::cmap::CMap;
use super::encoding::{named, of_code};

/// Width of a letter whose font does not say, in units of its size.
const USUAL_WIDTH: f32 = 0.5;
/// Most widths that are kept of one font.
const MOST_WIDTHS: usize = 100_000;

/// A letter of a string.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// Empty where the font does not say what it is.
    pub text: String,
    /// In units of the font's size.
    pub width: f32,
    /// Whether the spacing of words applies.
    pub is_space: bool,
}

/// Fonts that were met, by the object that defines them.
#[derive(Default)]
pub(super) struct Fonts(HashMap<ObjectIdentifier, Rc<Font>>);

impl Fonts {
    pub fn get(&mut self, font: &Dict<'_>) -> Rc<Font> {
        match font.obj_id() {
            Some(id) => Rc::clone(self.0.entry(id).or_insert_with(|| Rc::new(Font::of(font)))),
            None => Rc::new(Font::of(font)),
        }
    }
}

/// How strings of a font are read.
#[derive(Debug, Default)]
pub(super) struct Font {
    to_unicode: Option<CMap>,
    /// Letters of a font with codes of one byte.
    letters: Vec<Option<String>>,
    widths: HashMap<u32, f32>,
    missing: f32,
    /// Whether codes have two bytes.
    is_wide: bool,
    /// Whether codes are UTF-16.
    is_unicode: bool,
}

fn text_of(name: Option<Name<'_>>) -> String {
    name.map(|name| name.as_str().to_owned()).unwrap_or_default()
}

impl Font {
    fn of(font: &Dict<'_>) -> Self {
        let to_unicode = font.get::<Stream<'_>>("ToUnicode").and_then(|stream| Some(CMap::parse(&stream.decoded().ok()?)));
        let subtype = text_of(font.get::<Name<'_>>("Subtype"));
        if subtype == "Type0" { Self::composite(font, to_unicode) } else { Self::simple(font, to_unicode, &subtype) }
    }

    fn composite(font: &Dict<'_>, to_unicode: Option<CMap>) -> Self {
        let descendant = font.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next()).unwrap_or_default();
        let encoding = text_of(font.get::<Name<'_>>("Encoding"));
        let missing = descendant.get::<Number>("DW").map_or(1.0, |width| width.as_f32() / 1_000.0);
        let widths = descendant.get::<Array<'_>>("W").map(|array| wide_widths(&array)).unwrap_or_default();
        let is_unicode = encoding.contains("UCS2") || encoding.contains("UTF16");
        let is_wide = to_unicode.as_ref().is_none_or(|map| map.width != 1);
        Self { to_unicode, letters: Vec::new(), widths, missing, is_wide, is_unicode }
    }

    fn simple(font: &Dict<'_>, to_unicode: Option<CMap>, subtype: &str) -> Self {
        let descriptor = font.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let dictionary = font.get::<Dict<'_>>("Encoding");
        let base = dictionary
            .as_ref()
            .map_or_else(|| text_of(font.get::<Name<'_>>("Encoding")), |found| text_of(found.get::<Name<'_>>("BaseEncoding")));
        let base = if base.is_empty() && subtype == "Type1" { "StandardEncoding".to_owned() } else { base };
        let mut letters: Vec<Option<String>> = (0..=255).map(|code| of_code(&base, code)).collect();
        if let Some(differences) = dictionary.and_then(|found| found.get::<Array<'_>>("Differences")) {
            let mut code = 0_usize;
            for object in differences.iter::<Object<'_>>() {
                match object {
                    Object::Number(number) => code = number.as_i64().clamp(0, 256) as usize,
                    Object::Name(name) => {
                        if let Some(letter) = letters.get_mut(code) {
                            *letter = named(name.as_str()).or_else(|| letter.take().filter(|_| false));
                        }
                        code += 1;
                    }
                    _ => {}
                }
            }
        }
        let first = font.get::<Number>("FirstChar").map_or(0, |first| first.as_i64().clamp(0, 255) as u32);
        // The letters of a Type 3 font are drawn in a space of their own.
        let matrix = font.get::<Array<'_>>("FontMatrix").and_then(|matrix| matrix.iter::<Number>().next()).map(|scale| scale.as_f32());
        let scale = matrix.filter(|_| subtype == "Type3").unwrap_or(0.001);
        let widths = font
            .get::<Array<'_>>("Widths")
            .map(|array| (first..).zip(array.iter::<Number>().take(256)).map(|(code, width)| (code, width.as_f32() * scale)).collect());
        let missing = descriptor.get::<Number>("MissingWidth").map_or(USUAL_WIDTH, |width| width.as_f32() * scale);
        let widths: HashMap<u32, f32> = widths.unwrap_or_default();
        let missing = if widths.is_empty() || missing > 0.0 { missing } else { USUAL_WIDTH };
        Self { to_unicode, letters, widths, missing, is_wide: false, is_unicode: false }
    }

    /// The letters of a string.
    pub fn letters(&self, bytes: &[u8]) -> Vec<Letter> {
        let step = if self.is_wide { 2 } else { 1 };
        bytes.chunks(step).map(|code| self.letter(code)).collect()
    }

    fn letter(&self, code: &[u8]) -> Letter {
        let number = code.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        let told = self.to_unicode.as_ref().and_then(|map| map.get(number)).map(str::to_owned);
        let own = || match code {
            [one] => self.letters.get(usize::from(*one)).cloned().flatten(),
            _ if self.is_unicode => char::from_u32(number).map(String::from),
            _ => None,
        };
        let text = told.filter(|text| !text.is_empty() && text != "\u{fffd}").or_else(own).unwrap_or_default();
        let width = self
            .widths
            .get(&number)
            .copied()
            .unwrap_or_else(|| if self.widths.is_empty() { guessed(&text, self.missing) } else { self.missing });
        Letter { text, width, is_space: code == b" " }
    }
}

/// Widths of the fonts that every reader has, about those of Helvetica.
fn guessed(text: &str, usual: f32) -> f32 {
    match text.chars().next() {
        Some(
            'i' | 'j' | 'l' | '\'' | '|' | 'I' | '.' | ',' | ':' | ';' | '!' | ' ' | 't' | 'f' | '(' | ')' | '[' | ']' | '/' | 'r' | '-',
        ) => 0.28,
        Some('m' | 'M' | 'W' | '@' | '%') => 0.85,
        Some(letter) if letter.is_uppercase() || letter == 'w' => 0.7,
        _ => usual.max(0.5),
    }
}

/// `c [w1 w2 ...]` and `first last w`.
fn wide_widths(array: &Array<'_>) -> HashMap<u32, f32> {
    let (mut out, mut numbers) = (HashMap::new(), Vec::new());
    for object in array.iter::<Object<'_>>() {
        match object {
            Object::Number(number) => numbers.push(number.as_f32()),
            Object::Array(list) => {
                let first = numbers.pop().unwrap_or(0.0) as u32;
                out.extend((first..).zip(list.iter::<Number>()).map(|(code, width)| (code, width.as_f32() / 1_000.0)));
                numbers.clear();
            }
            _ => {}
        }
        if let [first, last, width] = numbers[..] {
            (first as u32..=(last as u32).min((first as u32).saturating_add(0xffff))).for_each(|code| {
                out.insert(code, width / 1_000.0);
            });
            numbers.clear();
        }
        if out.len() > MOST_WIDTHS {
            break;
        }
    }
    out
}
