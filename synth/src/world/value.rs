//! What a fact says: a value with all the ways in which it may be written.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::grammar::{NameLists, ValueKind};
use super::names::Name;

/// A value as it may be told. The string in front ("the ", "a ") is no part of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The entity the value is, by position in its cluster.
    pub entity: Option<usize>,
    /// The article.
    pub article: String,
    /// Ways to write it; a document chooses one.
    pub forms: Vec<String>,
    /// Further strings that count as right.
    pub also: Vec<String>,
    /// What the value is compared by; values of one kind only.
    pub order: Option<i64>,
}

impl Value {
    fn plain(forms: Vec<String>) -> Self {
        Self { entity: None, article: String::new(), forms, also: Vec::new(), order: None }
    }

    /// The entity at `position`, called by its short name.
    pub fn of_entity(position: usize, name: &Name) -> Self {
        let article = if name.article { "the ".to_owned() } else { String::new() };
        let mut also = name.aliases.clone();
        if name.full != name.short {
            also.push(name.full.clone());
        }
        if name.article {
            also.push(format!("the {}", name.short));
        }
        Self { entity: Some(position), article, forms: vec![name.short.clone()], also, order: None }
    }

    fn ordered(self, order: impl Into<i64>) -> Self {
        Self { order: Some(order.into()), ..self }
    }

    /// Whether the two say the same, in any of their forms.
    pub fn is_like(&self, other: &Self) -> bool {
        self.entity.is_some() && self.entity == other.entity || self.forms.iter().any(|form| other.forms.contains(form))
    }

    /// Every string that counts as right, the one in form `told` first.
    pub fn aliases(&self, told: usize) -> Vec<String> {
        let mut all = vec![self.forms[told].clone()];
        for other in self.forms.iter().chain(&self.also) {
            if !all.contains(other) {
                all.push(other.clone());
            }
        }
        all
    }
}

/// A random value of a kind; `owner` is the name an e-mail address is made from.
pub(crate) fn random_value(kind: ValueKind, owner: &str, lists: &NameLists, rng: &mut ChaCha8Rng) -> Value {
    match kind {
        ValueKind::City | ValueKind::Person | ValueKind::Department | ValueKind::Site | ValueKind::Project => {
            Value::plain(vec![stem(lists, rng) + pick(&lists.city_tails, rng)])
        }
        ValueKind::Company => {
            let form = pick(&lists.company_forms, rng);
            let core = format!("{} {}", stem(lists, rng), pick(&lists.companies, rng));
            Value { also: vec![core.clone()], ..Value::plain(vec![format!("{core} {form}")]) }
        }
        ValueKind::Year => year(rng.random_range(1871..2009)),
        ValueKind::RecentYear => year(rng.random_range(1979..2026)),
        ValueKind::Date => date(lists, rng),
        ValueKind::Money if rng.random_bool(0.6) => millions(rng),
        ValueKind::Money => thousand_euros(rng.random_range(40..3_600) * 250),
        ValueKind::SmallMoney => thousand_euros(rng.random_range(3..320) * 25),
        ValueKind::Count => count(rng),
        ValueKind::FewPeople => few(rng.random_range(5..32)),
        ValueKind::Tonnes => tonnes(rng.random_range(12..9_000)),
        ValueKind::Duration => duration(rng),
        ValueKind::Version => {
            Value::plain(vec![format!("{}.{}.{}", rng.random_range(1..12), rng.random_range(0..20), rng.random_range(0..10))])
        }
        ValueKind::Phone => {
            let (area, line, extension) = (rng.random_range(20..99), rng.random_range(100..1_000), rng.random_range(1_000..10_000));
            let also = vec![format!("+00{area}{line}{extension}"), format!("{area} {line} {extension}")];
            Value { also, ..Value::plain(vec![format!("+00 {area} {line} {extension}")]) }
        }
        ValueKind::Email => {
            let local: String = owner
                .chars()
                .filter(|c| *c != '.')
                .map(|c| if c == ' ' { '.' } else { c.to_ascii_lowercase() })
                .filter(|c| c.is_ascii())
                .collect();
            Value::plain(vec![format!("{local}{}@{}", rng.random_range(2..100), pick(&lists.mail_domains, rng))])
        }
        ValueKind::Purpose => phrase(pick(&lists.purposes, rng)),
        ValueKind::Cause => phrase(pick(&lists.causes, rng)),
        ValueKind::Content => phrase(pick(&lists.contents, rng)),
        ValueKind::Subject => phrase(pick(&lists.law_subjects, rng)),
        ValueKind::Profession => phrase(pick(&lists.professions, rng)),
        ValueKind::Licence => Value::plain(vec![pick(&lists.licences, rng).to_owned()]),
        ValueKind::Rhythm => Value::plain(vec![pick(&lists.rhythms, rng).to_owned()]),
    }
}

fn pick<'a>(list: &'a [String], rng: &mut ChaCha8Rng) -> &'a str {
    list.choose(rng).map_or("", String::as_str)
}

fn stem(lists: &NameLists, rng: &mut ChaCha8Rng) -> String {
    format!("{}{}", pick(&lists.heads, rng), pick(&lists.tails, rng))
}

/// A noun phrase without its article, which is no part of the answer.
fn phrase(text: &str) -> Value {
    let split = ["a ", "an ", "the "].into_iter().find_map(|article| Some((article, text.strip_prefix(article)?)));
    let (article, core) = split.unwrap_or(("", text));
    let also = if article.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    Value { article: article.to_owned(), also, ..Value::plain(vec![core.to_owned()]) }
}

fn date(lists: &NameLists, rng: &mut ChaCha8Rng) -> Value {
    let (day, month, year) = (rng.random_range(1..=28), rng.random_range(0..lists.months.len()), rng.random_range(2009..2032));
    let name = &lists.months[month];
    let mut forms = vec![format!("{day} {name} {year}"), format!("{name} {day}, {year}"), format!("{year}-{:02}-{day:02}", month + 1)];
    // Words are commoner than digits; the first form is the one told most.
    forms.rotate_left([0, 0, 0, 1, 1, 2][rng.random_range(0..6)]);
    Value::plain(forms).ordered((year * 100 + month as i32) * 100 + day)
}

fn year(year: i32) -> Value {
    Value::plain(vec![year.to_string()]).ordered(year)
}

/// A small number, in digits or in the words that people prefer.
fn few(number: usize) -> Value {
    const WORDS: [&str; 13] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let digits = number.to_string();
    let forms = WORDS.get(number).map_or_else(|| vec![digits.clone()], |word| vec![(*word).to_owned(), digits.clone()]);
    Value::plain(forms).ordered(number as i64)
}

fn tonnes(tenths: u32) -> Value {
    let number = if tenths.is_multiple_of(10) { thousands(tenths / 10) } else { format!("{}.{}", thousands(tenths / 10), tenths % 10) };
    Value { also: vec![number.clone()], ..Value::plain(vec![format!("{number} tonnes"), format!("{number} t")]) }.ordered(tenths)
}

/// A stretch of months or years.
fn duration(rng: &mut ChaCha8Rng) -> Value {
    let (number, unit, months) =
        if rng.random_bool(0.5) { (rng.random_range(2..8), "years", 12) } else { (rng.random_range(3..40), "months", 1) };
    let words = few(number).forms;
    Value::plain(words.iter().map(|word| format!("{word} {unit}")).collect()).ordered((number * months) as i64)
}

fn millions(rng: &mut ChaCha8Rng) -> Value {
    let tenths = rng.random_range(11..990);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let short = if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") };
    let long = thousands(tenths * 100_000);
    Value {
        also: vec![format!("EUR {long}"), format!("€{short} million")],
        ..Value::plain(vec![format!("{short} million euros"), format!("{long} euros"), format!("EUR {short} million")])
    }
    .ordered(tenths * 100_000)
}

fn thousand_euros(sum: u32) -> Value {
    let amount = thousands(sum);
    Value { also: vec![format!("€{amount}")], ..Value::plain(vec![format!("{amount} euros"), format!("EUR {amount}")]) }.ordered(sum)
}

fn count(rng: &mut ChaCha8Rng) -> Value {
    let number = rng.random_range(41..9_800_u32);
    let written = thousands(number);
    Value { also: if number >= 1_000 { vec![number.to_string()] } else { Vec::new() }, ..Value::plain(vec![written]) }.ordered(number)
}

fn thousands(number: u32) -> String {
    crate::card::count(u64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(["7", "1,250", "4,200,000"].map(str::to_owned), [thousands(7), thousands(1_250), thousands(4_200_000)]);
    }

    #[test]
    fn an_article_is_no_part_of_a_phrase_but_an_accepted_answer() {
        let value = phrase("a worn valve");
        assert_eq!((value.article.as_str(), value.aliases(0)), ("a ", vec!["worn valve".to_owned(), "a worn valve".to_owned()]));
    }
}
