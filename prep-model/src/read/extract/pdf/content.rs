//! A page's program, run for the letters that it draws and where they stand. Pictures and lines are passed over.

use std::rc::Rc;

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};

use super::font::{Font, Fonts};

/// Steps of one page's program.
const MOST_STEPS: usize = 5_000_000;
/// Letters of one page.
const MOST_GLYPHS: usize = 1_000_000;
/// Programs that call others.
const MAX_DEPTH: usize = 12;
/// States that wait.
const MOST_STATES: usize = 1_000;

/// A letter on the page.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub text: String,
    /// Left and right end along the line, and the height of the line, in points.
    pub left: f32,
    pub right: f32,
    pub base: f32,
    /// Size in points.
    pub size: f32,
    /// Quarter turns of the line.
    pub turns: u8,
}

/// `[a b c d e f]` of the format.
type Matrix = [f32; 6];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

const UNIT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    letter_space: f32,
    word_space: f32,
    stretch: f32,
    leading: f32,
    rise: f32,
}

struct Walk<'f> {
    fonts: &'f mut Fonts,
    state: State,
    stack: Vec<State>,
    text: Matrix,
    line: Matrix,
    out: Vec<Glyph>,
    /// Whether one was drawn.
    pictures: bool,
    steps: usize,
}

/// The letters of a page, in the order in which they are drawn, and whether a picture is drawn too.
pub(super) fn glyphs(page: &Page<'_>, fonts: &mut Fonts) -> (Vec<Glyph>, bool) {
    let state = State { page: UNIT, font: None, size: 1.0, letter_space: 0.0, word_space: 0.0, stretch: 1.0, leading: 0.0, rise: 0.0 };
    let mut walk = Walk { fonts, state, stack: Vec::new(), text: UNIT, line: UNIT, out: Vec::new(), pictures: false, steps: 0 };
    if let Some(stream) = page.page_stream() {
        walk.run(stream, &[page.resources()], 0);
    }
    (walk.out, walk.pictures)
}

fn numbers<const N: usize>(operands: &[&Object<'_>]) -> Option<[f32; N]> {
    let mut out = [0.0; N];
    for (at, slot) in out.iter_mut().enumerate() {
        let Some(Object::Number(number)) = operands.get(at) else { return None };
        *slot = number.as_f32();
    }
    Some(out)
}

impl Walk<'_> {
    /// Runs a program with the resources that it may name, those of its callers last.
    fn run(&mut self, program: &[u8], resources: &[&Resources<'_>], depth: usize) {
        let mut steps = UntypedIter::new(program);
        let waiting = self.stack.len();
        while let Some(step) = steps.next() {
            self.steps += 1;
            if self.steps > MOST_STEPS || self.out.len() > MOST_GLYPHS {
                return;
            }
            let operands: Vec<&Object<'_>> = step.operands().collect();
            let operator: &[u8] = step.operator;
            match (operator, operands.as_slice()) {
                (b"q", _) if self.stack.len() < MOST_STATES => self.stack.push(self.state.clone()),
                (b"Q", _) if self.stack.len() > waiting => {
                    if let Some(state) = self.stack.pop() {
                        self.state = state;
                    }
                }
                (b"cm", operands) => {
                    if let Some(matrix) = numbers::<6>(operands) {
                        self.state.page = times(&matrix, &self.state.page);
                    }
                }
                (b"Tf", [Object::Name(name), Object::Number(size)]) => {
                    self.state.size = size.as_f32();
                    let found = resources.iter().find_map(|resources| resources.get_font(name));
                    self.state.font = found.map(|font| self.fonts.get(&font));
                }
                (b"Do", [Object::Name(name)]) if depth < MAX_DEPTH => {
                    if let Some(form) = resources.iter().find_map(|resources| resources.get_x_object(name)) {
                        self.form(&form, resources, depth);
                    }
                }
                (operator, operands) => self.text_step(operator, operands),
            }
        }
        self.stack.truncate(waiting.max(1).min(self.stack.len()));
    }

    fn form(&mut self, form: &Stream<'_>, above: &[&Resources<'_>], depth: usize) {
        let dictionary = form.dict();
        let is = |kind: &str| dictionary.get::<hayro_syntax::object::Name<'_>>("Subtype").is_some_and(|name| name.as_str() == kind);
        self.pictures |= is("Image");
        let is_form = is("Form");
        let Some(program) = is_form.then(|| form.decoded().ok()).flatten() else { return };
        let kept = (self.state.clone(), self.text, self.line);
        let matrix: Vec<f32> = dictionary
            .get::<Array<'_>>("Matrix")
            .map(|matrix| matrix.iter::<Number>().map(|number| number.as_f32()).collect())
            .unwrap_or_default();
        if let Ok(matrix) = Matrix::try_from(matrix) {
            self.state.page = times(&matrix, &self.state.page);
        }
        let own = dictionary.get::<Dict<'_>>("Resources").map(Resources::new);
        let all: Vec<&Resources<'_>> = own.iter().chain(above.iter().copied()).collect();
        self.run(&program, &all, depth + 1);
        (self.state, self.text, self.line) = kept;
    }

    fn text_step(&mut self, operator: &[u8], operands: &[&Object<'_>]) {
        match operator {
            b"BT" => (self.text, self.line) = (UNIT, UNIT),
            b"Td" | b"TD" => {
                if let Some([x, y]) = numbers(operands) {
                    if operator == b"TD" {
                        self.state.leading = -y;
                    }
                    self.next_line(x, y);
                }
            }
            b"Tm" => {
                if let Some(matrix) = numbers::<6>(operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tc" => self.set(operands, |state, value| state.letter_space = value),
            b"Tw" => self.set(operands, |state, value| state.word_space = value),
            b"Tz" => self.set(operands, |state, value| state.stretch = value / 100.0),
            b"TL" => self.set(operands, |state, value| state.leading = value),
            b"Ts" => self.set(operands, |state, value| state.rise = value),
            b"Tj" | b"'" => {
                if operator == b"'" {
                    self.next_line(0.0, -self.state.leading);
                }
                if let Some(Object::String(text)) = operands.first() {
                    self.show(text.as_bytes());
                }
            }
            b"\"" => {
                if let [Object::Number(word), Object::Number(letter), Object::String(text)] = operands {
                    (self.state.word_space, self.state.letter_space) = (word.as_f32(), letter.as_f32());
                    self.next_line(0.0, -self.state.leading);
                    self.show(text.as_bytes());
                }
            }
            b"TJ" => {
                let Some(Object::Array(parts)) = operands.first() else { return };
                for part in parts.iter::<Object<'_>>() {
                    match part {
                        Object::String(text) => self.show(text.as_bytes()),
                        Object::Number(back) => self.advance(-back.as_f32() / 1_000.0 * self.state.size * self.state.stretch),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, operands: &[&Object<'_>], set: impl Fn(&mut State, f32)) {
        if let Some([value]) = numbers(operands) {
            set(&mut self.state, value);
        }
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = times(&[1.0, 0.0, 0.0, 1.0, x, y], &self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f32) {
        self.text = times(&[1.0, 0.0, 0.0, 1.0, x, 0.0], &self.text);
    }

    fn show(&mut self, bytes: &[u8]) {
        let Some(font) = self.state.font.clone() else { return };
        for letter in font.letters(bytes) {
            let State { size, letter_space, word_space, stretch, rise, .. } = self.state;
            let space = if letter.is_space { word_space } else { 0.0 };
            let width = (letter.width * size) * stretch;
            let at = times(&[1.0, 0.0, 0.0, 1.0, 0.0, rise], &times(&self.text, &self.state.page));
            if let Some(glyph) = placed(letter.text, &at, width, size) {
                self.out.push(glyph);
            }
            self.advance(width + (letter_space + space) * stretch);
        }
    }
}

/// A letter where a matrix puts it; none if that is nowhere.
fn placed(text: String, at: &Matrix, width: f32, size: f32) -> Option<Glyph> {
    let (along, height) = (at[0].hypot(at[1]), at[2].hypot(at[3]) * size.abs());
    let finite =
        at.iter().all(|number| number.is_finite() && number.abs() < 1e6) && width.is_finite() && (0.01..10_000.0).contains(&height);
    if text.is_empty() || !finite || along == 0.0 {
        return None;
    }
    let turns = if at[0].abs() >= at[1].abs() {
        if at[0] >= 0.0 { 0 } else { 2 }
    } else if at[1] > 0.0 {
        1
    } else {
        3
    };
    let (x, y) = (at[4], at[5]);
    let (left, base) = match turns {
        0 => (x, y),
        1 => (y, -x),
        2 => (-x, -y),
        _ => (-y, x),
    };
    Some(Glyph { text, left, right: left + width.abs() * along, base, size: height, turns })
}
