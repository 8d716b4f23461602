//! What a report is worth, as pure functions. The reward is a product, not a sum: an answer that is wrong, a quote that does not hold the
//! fact, or a citation that supports nothing cannot be paid for by something else. Each function states its formula and where it comes from.
//!
//! Used by evaluation of the controller and (later) its reinforcement; nothing here looks at how an answer was found.

use std::collections::{HashMap, HashSet};

use records::Report;

/// What a question's gold answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gold {
    /// Strings that count as right; empty if the corpus does not hold the answer.
    pub aliases: Vec<String>,
    /// The sentences of the vital facts.
    pub facts: Vec<String>,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The answer; none if the report abstains.
    pub answer: Option<String>,
    /// The quoted sentences in order.
    pub quotes: Vec<String>,
    /// Searches made.
    pub searches: usize,
}

/// Prices of what costs a reader's or a machine's time.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// For each quote that holds no vital fact.
    pub idle_quote: f32,
    /// For each quote said before.
    pub repeated_quote: f32,
    /// For each search beyond one a vital fact.
    pub idle_search: f32,
}

impl Default for Prices {
    fn default() -> Self {
        Self { idle_quote: 0.15, repeated_quote: 0.25, idle_search: 0.05 }
    }
}

/// Words as answers are compared: lower case, without punctuation and articles (Rajpurkar et al. 2016).
#[must_use]
pub fn normalised(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !matches!(*word, "a" | "an" | "the")).map(str::to_owned).collect()
}

/// 1 if the words are the same, else 0.
#[must_use]
pub fn exact_match(said: &str, alias: &str) -> f32 {
    let (said, alias) = (normalised(said), normalised(alias));
    f32::from(u8::from(!alias.is_empty() && said == alias))
}

/// Harmonic mean of the shares of words in common, `2 p r / (p + r)` (Rajpurkar et al. 2016).
#[must_use]
pub fn f1(said: &str, alias: &str) -> f32 {
    let (said, alias) = (normalised(said), normalised(alias));
    let mut left: HashMap<&str, usize> = HashMap::new();
    alias.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut common = 0;
    for word in &said {
        if let Some(count) = left.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    if common == 0 {
        return 0.0;
    }
    let (precision, recall) = (common as f32 / said.len() as f32, common as f32 / alias.len() as f32);
    2.0 * precision * recall / (precision + recall)
}

/// The best of [`exact_match`] over the aliases.
#[must_use]
pub fn best_exact(said: &str, aliases: &[String]) -> f32 {
    aliases.iter().map(|alias| exact_match(said, alias)).fold(0.0, f32::max)
}

/// The best of [`f1`] over the aliases.
#[must_use]
pub fn best_f1(said: &str, aliases: &[String]) -> f32 {
    aliases.iter().map(|alias| f1(said, alias)).fold(0.0, f32::max)
}

/// Set F1 of the answers given where several are wanted, each of these by its aliases: `2 p r / (p + r)` with the shares of answers that say a wanted
/// one not yet said, and of wanted ones that are said; 0 where none is.
#[must_use]
pub fn set_f1<A: AsRef<[String]>>(said: &[&str], wanted: &[A]) -> f32 {
    let mut left: Vec<&A> = wanted.iter().collect();
    for answer in said {
        if let Some(at) = left.iter().position(|item| is_right(answer, item.as_ref())) {
            left.remove(at);
        }
    }
    let found = (wanted.len() - left.len()) as f32;
    if found == 0.0 { 0.0 } else { 2.0 * found / (said.len() + wanted.len()) as f32 }
}

/// Whether an answer counts as right: the same words as an alias, or nearly all of them (F1 at least 0.8). A list of all that could be meant
/// has too little in common with any one of them.
#[must_use]
pub fn is_right(said: &str, aliases: &[String]) -> bool {
    best_f1(said, aliases) >= 0.8
}

/// +1 for a right answer, 0 for abstaining, -1 for a wrong one or for answering what the corpus does not hold (OpenAI's and SimpleQA's scoring,
/// Wei et al. 2024).
#[must_use]
pub fn score(said: &Said, gold: &Gold) -> f32 {
    match &said.answer {
        None => 0.0,
        Some(answer) if is_right(answer, &gold.aliases) => 1.0,
        Some(_) => -1.0,
    }
}

/// Whether a quote tells a fact: it holds at least four fifths of the fact sentence's words.
#[must_use]
pub fn tells(quote: &str, fact: &str) -> bool {
    let (quote, fact) = (normalised(quote), normalised(fact));
    let held: HashSet<&String> = quote.iter().collect();
    let common = fact.iter().filter(|word| held.contains(word)).count();
    !fact.is_empty() && common * 5 >= fact.len() * 4
}

/// Share of the vital facts that a quote tells.
#[must_use]
pub fn recall(quotes: &[String], facts: &[String]) -> f32 {
    if facts.is_empty() {
        return 0.0;
    }
    facts.iter().filter(|fact| quotes.iter().any(|quote| tells(quote, fact))).count() as f32 / facts.len() as f32
}

/// Whether the answer's words stand in one of the quotes, in order; of a list, those of each item.
#[must_use]
pub fn is_aligned(answer: &str, quotes: &[String]) -> bool {
    let quotes: Vec<Vec<String>> = quotes.iter().map(|quote| normalised(quote)).collect();
    let stands = |part: &str| {
        let part = normalised(part);
        !part.is_empty() && quotes.iter().any(|quote| quote.windows(part.len()).any(|words| words == part))
    };
    stands(answer) || answer.split(Report::BETWEEN_ITEMS).all(stands)
}

/// What quoting and searching cost: prices times quotes without a vital fact, quotes said before, and searches beyond one a fact.
#[must_use]
pub fn costs(said: &Said, gold: &Gold, prices: &Prices) -> f32 {
    let mut seen = HashSet::new();
    let (mut idle, mut repeated) = (0, 0);
    for quote in &said.quotes {
        if !seen.insert(normalised(quote)) {
            repeated += 1;
        } else if !gold.facts.iter().any(|fact| tells(quote, fact)) {
            idle += 1;
        }
    }
    let searches = said.searches.saturating_sub(gold.facts.len().max(1));
    prices.idle_quote * idle as f32 + prices.repeated_quote * repeated as f32 + prices.idle_search * searches as f32
}

/// The reward of a report, in -1 to 1:
///
/// - abstaining: 0, minus costs (whether or not the corpus holds the answer: see [`score`]);
/// - a right answer: `aligned * supported * recall - costs`, each of the first two 0 or 1, never below -1;
/// - a wrong answer, or any answer where the corpus holds none: -1.
///
/// `aligned`: a quote holds the answer's words; `supported`: a quote that tells a vital fact holds them.
#[must_use]
pub fn reward(said: &Said, gold: &Gold, prices: &Prices) -> f32 {
    let costs = costs(said, gold, prices);
    let Some(answer) = &said.answer else { return (-costs).max(-1.0) };
    if !is_right(answer, &gold.aliases) {
        return -1.0;
    }
    let telling: Vec<String> = said.quotes.iter().filter(|quote| gold.facts.iter().any(|fact| tells(quote, fact))).cloned().collect();
    let aligned = f32::from(u8::from(is_aligned(answer, &said.quotes)));
    let supported = f32::from(u8::from(is_aligned(answer, &telling)));
    (aligned * supported * recall(&said.quotes, &gold.facts) - costs).max(-1.0)
}

/// How much better a report is than a baseline's on the same question: the difference of their rewards, in -2 to 2.
#[must_use]
pub fn gain(said: &Said, baseline: &Said, gold: &Gold, prices: &Prices) -> f32 {
    reward(said, gold, prices) - reward(baseline, gold, prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold() -> Gold {
        let facts = vec!["The Harbour Unit runs Falcon.".to_owned(), "Mara Lind leads the Harbour Unit.".to_owned()];
        Gold { aliases: vec!["Mara Lind".into(), "M. Lind".into()], facts }
    }

    fn honest() -> Said {
        Said { answer: Some("Mara Lind".into()), quotes: gold().facts, searches: 2 }
    }

    fn worth(said: &Said) -> f32 {
        reward(said, &gold(), &Prices::default())
    }

    const FILLER: [&str; 3] = ["The weather was fine.", "Falcon began in May.", "Mara Lind lives in Oslo."];

    #[test]
    fn an_honest_report_gets_everything() {
        assert_eq!(worth(&honest()), 1.0);
    }

    #[test]
    fn a_list_is_worth_its_items_and_no_more() {
        let wanted = [["Mara Lind".to_owned()], ["Tor Vik".to_owned()]];
        assert_eq!(set_f1(&["Tor Vik", "Mara Lind"], &wanted), 1.0);
        assert_eq!(set_f1(&["Tor Vik"], &wanted), 2.0 / 3.0);
        assert_eq!(set_f1(&["Tor Vik", "Tor Vik", "Ada Holm"], &wanted), 0.4);
        assert_eq!(set_f1(&[], &wanted), 0.0);
        let quotes = ["Mara Lind leads one.".to_owned(), "Tor Vik leads another.".to_owned()];
        assert!(is_aligned("Mara Lind; Tor Vik", &quotes) && !is_aligned("Mara Lind; Ada Holm", &quotes));
    }

    #[test]
    fn every_hack_gets_less_than_an_honest_answer() {
        let filler = |said: Said| Said { quotes: said.quotes.into_iter().chain(FILLER.map(str::to_owned)).collect(), ..said };
        let facts = gold().facts;
        let hacks = [
            ("cite everything", filler(honest())),
            ("list all candidates", Said { answer: Some("Mara Lind, Tor Vik, Ada Holm".into()), ..honest() }),
            ("empty filler", Said { quotes: FILLER.map(str::to_owned).to_vec(), ..honest() }),
            ("empty quotes", Said { quotes: facts.iter().cloned().chain([String::new()]).collect(), ..honest() }),
            ("duplicate quotes", Said { quotes: facts.iter().chain(&facts).cloned().collect(), ..honest() }),
            ("no quotes", Said { quotes: vec![], ..honest() }),
            ("never search", Said { searches: 0, quotes: vec![], ..honest() }),
            ("always search", Said { searches: 9, ..honest() }),
            ("always abstain", Said::default()),
            ("quote without support", Said { quotes: vec![facts[0].clone(), "Mara Lind lives in Oslo.".into()], ..honest() }),
            ("only the last fact", Said { quotes: vec![facts[1].clone()], ..honest() }),
            ("wrong answer, right quotes", Said { answer: Some("Tor Vik".into()), ..honest() }),
            ("empty answer", Said { answer: Some(String::new()), ..honest() }),
        ];
        for (name, hack) in hacks {
            assert!(worth(&hack) < worth(&honest()), "{name}: {}", worth(&hack));
        }
    }

    #[test]
    fn answering_what_the_corpus_does_not_hold_is_worse_than_abstaining() {
        let none = Gold::default();
        let prices = Prices::default();
        assert_eq!(reward(&honest(), &none, &prices), -1.0);
        assert_eq!(reward(&Said::default(), &none, &prices), 0.0);
        assert_eq!(score(&honest(), &none), -1.0);
    }

    #[test]
    fn words_are_compared_without_case_articles_and_punctuation() {
        assert_eq!(exact_match("The Harbour-Unit", "harbour unit."), 1.0);
        assert_eq!(exact_match("", ""), 0.0);
        assert!((f1("Mara Lind of Oslo", "Mara Lind") - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_better_report_gains_over_a_baseline() {
        assert_eq!(gain(&honest(), &Said::default(), &gold(), &Prices::default()), 1.0);
    }
}
