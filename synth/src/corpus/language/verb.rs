//! The forms of a verb, by rule.

/// The forms of one verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::corpus) struct Verb {
    pub base: String,
    pub third: String,
    pub past: String,
    pub participle: String,
    pub gerund: String,
}

/// The form in which a verb stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::corpus) enum Form {
    Base,
    Third,
    Past,
    Participle,
    Gerund,
}

impl Verb {
    pub fn form(&self, form: Form) -> &str {
        match form {
            Form::Base => &self.base,
            Form::Third => &self.third,
            Form::Past => &self.past,
            Form::Participle => &self.participle,
            Form::Gerund => &self.gerund,
        }
    }

    /// The five forms by rule; a `*` after the base doubles its last letter.
    pub(super) fn regular(entry: &str) -> Self {
        let base = entry.trim_end_matches('*');
        let stem = match base.chars().last() {
            Some(last) if entry.ends_with('*') => format!("{base}{last}"),
            _ => base.to_owned(),
        };
        let hard_y = base.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| base.ends_with(end));
        let past = match (base.ends_with('e'), hard_y) {
            (true, _) => format!("{base}d"),
            (_, true) => format!("{}ied", &base[..base.len() - 1]),
            _ => format!("{stem}ed"),
        };
        let silent_e = base.ends_with('e') && !["ee", "oe", "ye"].iter().any(|end| base.ends_with(end));
        let gerund = match (silent_e, base.strip_suffix("ie")) {
            (true, Some(front)) => format!("{front}ying"),
            (true, None) => format!("{}ing", &base[..base.len() - 1]),
            _ => format!("{stem}ing"),
        };
        Self { base: base.to_owned(), third: with_s(base), participle: past.clone(), past, gerund }
    }
}

/// A noun in the plural, or a verb in the third person, by the regular rule.
pub(super) fn with_s(word: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('y') {
        Some(front) if !front.ends_with(['a', 'e', 'o', 'u']) => format!("{front}ies"),
        _ if hisses => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    #[test]
    fn verbs_are_known_in_all_forms() {
        let language = Language::get().unwrap();
        for (word, form, base) in [
            ("carries", Form::Third, "carry"),
            ("stopped", Form::Past, "stop"),
            ("written", Form::Participle, "write"),
            ("using", Form::Gerund, "use"),
            ("lying", Form::Gerund, "lie"),
            ("running", Form::Gerund, "run"),
            ("publishes", Form::Third, "publish"),
        ] {
            assert_eq!(language.verb(word, form).map(|verb| verb.base.as_str()), Some(base), "{word}");
        }
    }
}
