//! Names that are never given twice: the n-th name of a kind is a fixed shuffle of all combinations of its word lists, so that a name can
//! be made from its number, and its number found from its parts, without remembering any.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::grammar::{EntityKind, NameLists};

/// All combinations of some lists in a shuffled order: number -> one choice from each list, and back.
#[derive(Clone, Debug)]
pub(crate) struct NameSpace {
    radices: Vec<u64>,
    size: u64,
    /// Multiplier of the shuffle `number * step + shift mod size`, coprime to the size, and its inverse.
    step: u64,
    inverse: u64,
    shift: u64,
}

impl NameSpace {
    pub fn new(radices: &[usize], seed: u64) -> Self {
        let radices: Vec<u64> = radices.iter().map(|radix| (*radix).max(1) as u64).collect();
        let size: u64 = radices.iter().product();
        let spread = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Near the golden section, so that neighbours are far apart.
        let mut step = (size as f64 * 0.618_034) as u64 + spread % (size / 7 + 1);
        while greatest_common_divisor(step, size) != 1 {
            step += 1;
        }
        let step = step % size.max(2);
        Self { inverse: modular_inverse(step, size), step, shift: (spread >> 20) % size, radices, size }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The place of a number in the shuffle; below the size, different for different numbers below the size.
    pub fn place(&self, number: u64) -> u64 {
        ((u128::from(number) * u128::from(self.step) + u128::from(self.shift)) % u128::from(self.size)) as u64
    }

    pub fn choices(&self, number: u64) -> Vec<usize> {
        let mut place = self.place(number);
        let choose = |radix: &u64| {
            let choice = place % radix;
            place /= radix;
            choice as usize
        };
        self.radices.iter().map(choose).collect()
    }

    pub fn number(&self, choices: &[usize]) -> u64 {
        let place = self.radices.iter().zip(choices).rev().fold(0, |place, (radix, choice)| place * radix + *choice as u64);
        let moved = u128::from(place + self.size - self.shift % self.size) % u128::from(self.size);
        (moved * u128::from(self.inverse) % u128::from(self.size)) as u64
    }

    /// The number of a name that differs from `number` in one choice and is none of the first `used` names.
    pub fn near_miss(&self, number: u64, used: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        (0..20).find_map(|_| {
            let mut choices = self.choices(number);
            let at = rng.random_range(0..choices.len());
            choices[at] = rng.random_range(0..self.radices[at]) as usize;
            Some(self.number(&choices)).filter(|other| *other >= used)
        })
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The inverse of `value` modulo `modulus`, which must be coprime (extended Euclid).
fn modular_inverse(value: u64, modulus: u64) -> u64 {
    let (mut old, mut new) = ((i128::from(value), 1_i128), (i128::from(modulus), 0_i128));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old.1.rem_euclid(i128::from(modulus)) as u64
}

/// How something is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Whether "the" stands before it.
    pub article: bool,
    /// Unambiguous in the whole world, without the article.
    pub full: String,
    /// Enough inside a document of its organisation.
    pub short: String,
    /// An official code that is unique in the world.
    pub code: Option<String>,
    /// Other strings that count as the name.
    pub aliases: Vec<String>,
}

impl Name {
    /// `text` with the article where one belongs.
    pub fn with_article(&self, text: &str) -> String {
        if self.article { format!("the {text}") } else { text.to_owned() }
    }
}

/// The name spaces of one world.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    organisation: NameSpace,
    person: NameSpace,
    product: NameSpace,
    policy: NameSpace,
    incident: NameSpace,
    project: NameSpace,
    site: NameSpace,
}

impl Names {
    pub fn new(lists: &NameLists, seed: u64) -> Self {
        let space = |radices: &[usize], salt: u64| NameSpace::new(radices, seed.wrapping_add(salt));
        let (heads, tails) = (lists.heads.len(), lists.tails.len());
        Self {
            organisation: space(&[heads, tails, lists.organisation_fields.len(), lists.organisation_types.len()], 1),
            person: space(&[lists.first_names.len(), lists.last_heads.len(), lists.last_tails.len()], 2),
            product: space(
                &[lists.product_heads.len(), lists.product_middles.len(), lists.product_tails.len(), lists.product_suffixes.len()],
                3,
            ),
            policy: space(&[lists.policies.len(), 9_000], 4),
            incident: space(&[90_000], 5),
            project: space(&[heads, tails, lists.project_nouns.len()], 6),
            site: space(&[lists.site_prefixes.len(), heads, tails, lists.site_types.len()], 7),
        }
    }

    /// The space of a kind; departments have none, they are named within their organisation.
    pub fn space(&self, kind: EntityKind) -> Option<&NameSpace> {
        match kind {
            EntityKind::Organisation => Some(&self.organisation),
            EntityKind::Person => Some(&self.person),
            EntityKind::Product => Some(&self.product),
            EntityKind::Policy => Some(&self.policy),
            EntityKind::Incident => Some(&self.incident),
            EntityKind::Project => Some(&self.project),
            EntityKind::Site => Some(&self.site),
            EntityKind::Department => None,
        }
    }

    /// The name with this number.
    pub fn name(&self, lists: &NameLists, kind: EntityKind, number: u64) -> Name {
        let choices = self.space(kind).map(|space| space.choices(number)).unwrap_or_default();
        let at = |list: &[String], which: usize| list[choices[which] % list.len()].clone();
        let plain = |full: String| Name { article: false, short: full.clone(), full, code: None, aliases: Vec::new() };
        match kind {
            EntityKind::Organisation => {
                let stem = at(&lists.heads, 0) + &at(&lists.tails, 1);
                plain(format!("{stem} {} {}", at(&lists.organisation_fields, 2), at(&lists.organisation_types, 3)))
            }
            EntityKind::Person => {
                let (first, last) = (at(&lists.first_names, 0), at(&lists.last_heads, 1) + &at(&lists.last_tails, 2));
                let initial: String = first.chars().take(1).collect();
                Name { aliases: vec![last.clone(), format!("{initial}. {last}")], ..plain(format!("{first} {last}")) }
            }
            EntityKind::Product => {
                let stem = at(&lists.product_heads, 0) + &at(&lists.product_middles, 1) + &at(&lists.product_tails, 2);
                let code = format!("{}-{:05}", stem.chars().take(2).collect::<String>().to_uppercase(), self.product.place(number) + 1_000);
                Name { code: Some(code), ..plain(stem + &at(&lists.product_suffixes, 3)) }
            }
            EntityKind::Policy => {
                let (topic, letters) = &lists.policies[choices[0] % lists.policies.len()];
                let code = format!("{letters}-{}", 1_000 + choices[1]);
                Name { article: true, code: Some(code.clone()), ..plain(format!("{topic} Policy {code}")) }
            }
            EntityKind::Incident => {
                let number = 10_000 + choices[0];
                let event = &lists.incident_events[(number * 7 + number / 97) % lists.incident_events.len()];
                let code = format!("IN-{number}");
                Name { article: true, code: Some(code.clone()), ..plain(format!("{event} {code}")) }
            }
            EntityKind::Project => {
                let full = format!("Project {}{} {}", at(&lists.heads, 0), at(&lists.tails, 1), at(&lists.project_nouns, 2));
                Name { code: Some(format!("PJ-{:05}", self.project.place(number) + 1_000)), ..plain(full) }
            }
            EntityKind::Site => {
                let full =
                    format!("{}{}{} {}", at(&lists.site_prefixes, 0), at(&lists.heads, 1), at(&lists.tails, 2), at(&lists.site_types, 3));
                Name { article: true, ..plain(full) }
            }
            EntityKind::Department => plain(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::grammar::Grammar;
    use super::*;

    proptest! {
        #[test]
        fn a_number_is_found_again_from_its_choices(a in 1..90_usize, b in 1..40_usize, c in 1..20_usize, seed: u64, at in 0.0..1.0_f64) {
            let space = NameSpace::new(&[a, b, c], seed);
            let number = ((space.size() as f64 * at) as u64).min(space.size() - 1);
            prop_assert_eq!(space.number(&space.choices(number)), number);
        }
    }

    #[test]
    fn no_name_and_no_code_is_given_twice() {
        let lists = Grammar::load().unwrap().names;
        let names = Names::new(&lists, 11);
        for (kind, _) in EntityKind::NAMES {
            let Some(space) = names.space(kind) else { continue };
            assert!(space.size() >= 90_000, "{kind:?}: {}", space.size());
            let (mut seen, mut codes) = (HashSet::new(), HashSet::new());
            for number in 0..60_000 {
                let name = names.name(&lists, kind, number);
                assert!(seen.insert(name.full.clone()), "{kind:?} {}", name.full);
                assert!(name.code.is_none_or(|code| codes.insert(code)), "{kind:?} {}", name.full);
            }
        }
    }
}
