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
}

impl Value {
    fn plain(forms: Vec<String>) -> Self {
        Self { entity: None, article: String::new(), forms, also: Vec::new() }
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
        Self { entity: Some(position), article, forms: vec![name.short.clone()], also }
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
        ValueKind::City | ValueKind::Person | ValueKind::Department | ValueKind::Site => {
            Value::plain(vec![stem(lists, rng) + pick(&lists.city_tails, rng)])
        }
        ValueKind::Company => {
            let form = pick(&lists.company_forms, rng);
            let core = format!("{} {}", stem(lists, rng), pick(&lists.companies, rng));
            Value { also: vec![core.clone()], ..Value::plain(vec![format!("{core} {form}")]) }
        }
        ValueKind::Year => Value::plain(vec![rng.random_range(1871..2019).to_string()]),
        ValueKind::RecentYear => Value::plain(vec![rng.random_range(1979..2026).to_string()]),
        ValueKind::Date => date(lists, rng),
        ValueKind::Money if rng.random_bool(0.6) => millions(rng),
        ValueKind::Money => thousand_euros(rng.random_range(40..3_600) * 250),
        ValueKind::SmallMoney => thousand_euros(rng.random_range(3..320) * 25),
        ValueKind::Count => count(rng),
        ValueKind::Version => {
            Value::plain(vec![format!("{}.{}.{}", rng.random_range(1..12), rng.random_range(0..20), rng.random_range(0..10))])
        }
        ValueKind::Phone => {
            let (area, line, extension) = (rng.random_range(20..99), rng.random_range(100..1_000), rng.random_range(1_000..10_000));
            let also = vec![format!("+00{area}{line}{extension}"), format!("{area} {line} {extension}")];
            Value { also, ..Value::plain(vec![format!("+00 {area} {line} {extension}")]) }
        }
        ValueKind::Email => {
            let local: String =
                owner.chars().map(|c| if c == ' ' { '.' } else { c.to_ascii_lowercase() }).filter(|c| c.is_ascii()).collect();
            Value::plain(vec![format!("{local}{}@{}", rng.random_range(2..100), pick(&lists.mail_domains, rng))])
        }
        ValueKind::Purpose => phrase(pick(&lists.purposes, rng)),
        ValueKind::Cause => phrase(pick(&lists.causes, rng)),
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
    Value::plain(forms)
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
}

fn thousand_euros(amount: u32) -> Value {
    let amount = thousands(amount);
    Value { also: vec![format!("€{amount}")], ..Value::plain(vec![format!("{amount} euros"), format!("EUR {amount}")]) }
}

fn count(rng: &mut ChaCha8Rng) -> Value {
    let number = rng.random_range(41..9_800_u32);
    let written = thousands(number);
    Value { also: if number >= 1_000 { vec![number.to_string()] } else { Vec::new() }, ..Value::plain(vec![written]) }
}

fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
