//! What the codes of fonts with 256 letters stand for: the sets that the format names, and names of letters that a font may put elsewhere.

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// Letters with a name that is none of their own; `uni20AC` and the like need no table.
const NAMES: &str = "space= exclam=! quotedbl=\" numbersign=# dollar=$ percent=% ampersand=& quotesingle=' parenleft=( parenright=) asterisk=* plus=+ comma=, \
hyphen=- minus=\u{2212} period=. slash=/ zero=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 colon=: semicolon=; less=< equal== greater=> \
question=? at=@ bracketleft=[ backslash=\\ bracketright=] asciicircum=^ underscore=_ grave=` braceleft={ bar=| braceright=} asciitilde=~ \
quoteleft=\u{2018} quoteright=\u{2019} quotedblleft=\u{201c} quotedblright=\u{201d} quotesinglbase=\u{201a} quotedblbase=\u{201e} endash=\u{2013} emdash=\u{2014} \
bullet=\u{2022} ellipsis=\u{2026} dagger=\u{2020} daggerdbl=\u{2021} perthousand=\u{2030} guilsinglleft=\u{2039} guilsinglright=\u{203a} guillemotleft=\u{ab} \
guillemotright=\u{bb} fi=fi fl=fl ff=ff ffi=ffi ffl=ffl fraction=\u{2044} Euro=\u{20ac} trademark=\u{2122} florin=\u{192} dotlessi=\u{131} Lslash=\u{141} \
lslash=\u{142} OE=\u{152} oe=\u{153} Scaron=\u{160} scaron=\u{161} Zcaron=\u{17d} zcaron=\u{17e} Ydieresis=\u{178} exclamdown=\u{a1} cent=\u{a2} sterling=\u{a3} \
currency=\u{a4} yen=\u{a5} brokenbar=\u{a6} section=\u{a7} dieresis=\u{a8} copyright=\u{a9} ordfeminine=\u{aa} logicalnot=\u{ac} registered=\u{ae} macron=\u{af} \
degree=\u{b0} plusminus=\u{b1} twosuperior=\u{b2} threesuperior=\u{b3} acute=\u{b4} mu=\u{b5} paragraph=\u{b6} periodcentered=\u{b7} cedilla=\u{b8} onesuperior=\u{b9} \
ordmasculine=\u{ba} onequarter=\u{bc} onehalf=\u{bd} threequarters=\u{be} questiondown=\u{bf} Agrave=\u{c0} Aacute=\u{c1} Acircumflex=\u{c2} Atilde=\u{c3} \
Adieresis=\u{c4} Aring=\u{c5} AE=\u{c6} Ccedilla=\u{c7} Egrave=\u{c8} Eacute=\u{c9} Ecircumflex=\u{ca} Edieresis=\u{cb} Igrave=\u{cc} Iacute=\u{cd} Icircumflex=\u{ce} \
Idieresis=\u{cf} Eth=\u{d0} Ntilde=\u{d1} Ograve=\u{d2} Oacute=\u{d3} Ocircumflex=\u{d4} Otilde=\u{d5} Odieresis=\u{d6} multiply=\u{d7} Oslash=\u{d8} Ugrave=\u{d9} \
Uacute=\u{da} Ucircumflex=\u{db} Udieresis=\u{dc} Yacute=\u{dd} Thorn=\u{de} germandbls=\u{df} agrave=\u{e0} aacute=\u{e1} acircumflex=\u{e2} atilde=\u{e3} \
adieresis=\u{e4} aring=\u{e5} ae=\u{e6} ccedilla=\u{e7} egrave=\u{e8} eacute=\u{e9} ecircumflex=\u{ea} edieresis=\u{eb} igrave=\u{ec} iacute=\u{ed} icircumflex=\u{ee} \
idieresis=\u{ef} eth=\u{f0} ntilde=\u{f1} ograve=\u{f2} oacute=\u{f3} ocircumflex=\u{f4} otilde=\u{f5} odieresis=\u{f6} divide=\u{f7} oslash=\u{f8} ugrave=\u{f9} \
uacute=\u{fa} ucircumflex=\u{fb} udieresis=\u{fc} yacute=\u{fd} thorn=\u{fe} ydieresis=\u{ff} Alpha=\u{391} Beta=\u{392} Gamma=\u{393} Delta=\u{394} Theta=\u{398} \
Lambda=\u{39b} Xi=\u{39e} Pi=\u{3a0} Sigma=\u{3a3} Phi=\u{3a6} Psi=\u{3a8} Omega=\u{3a9} alpha=\u{3b1} beta=\u{3b2} gamma=\u{3b3} delta=\u{3b4} epsilon=\u{3b5} zeta=\u{3b6} \
eta=\u{3b7} theta=\u{3b8} iota=\u{3b9} kappa=\u{3ba} lambda=\u{3bb} nu=\u{3bd} xi=\u{3be} pi=\u{3c0} rho=\u{3c1} sigma=\u{3c3} tau=\u{3c4} phi=\u{3c6} chi=\u{3c7} \
psi=\u{3c8} omega=\u{3c9} lessequal=\u{2264} greaterequal=\u{2265} notequal=\u{2260} approxequal=\u{2248} infinity=\u{221e} summation=\u{2211} product=\u{220f} \
integral=\u{222b} radical=\u{221a} partialdiff=\u{2202} arrowright=\u{2192} arrowleft=\u{2190} element=\u{2208} proportional=\u{221d} similar=\u{223c} minute=\u{2032} \
second=\u{2033} nbspace= sfthyphen=- circumflex=^ tilde=~ caron=\u{2c7} breve=\u{2d8} ring=\u{2da} ogonek=\u{2db} hungarumlaut=\u{2dd} dotaccent=\u{2d9}";

/// The upper half of Adobe's own set, where it holds something.
const STANDARD: &str = "a1=exclamdown a2=cent a3=sterling a4=fraction a5=yen a6=florin a7=section a8=currency a9=quotesingle aa=quotedblleft ab=guillemotleft \
ac=guilsinglleft ad=guilsinglright ae=fi af=fl b1=endash b2=dagger b3=daggerdbl b4=periodcentered b6=paragraph b7=bullet b8=quotesinglbase b9=quotedblbase \
ba=quotedblright bb=guillemotright bc=ellipsis bd=perthousand bf=questiondown d0=emdash e1=AE e3=ordfeminine e8=Lslash e9=Oslash ea=OE eb=ordmasculine f1=ae \
f5=dotlessi f8=lslash f9=oslash fa=oe fb=germandbls";

/// The text of a letter by its name.
pub(super) fn named(name: &str) -> Option<String> {
    let stem = name.split('.').next().unwrap_or(name);
    if let Some(found) = NAMES.split_ascii_whitespace().find_map(|pair| pair.strip_prefix(stem)?.strip_prefix('=')) {
        return Some(if found.is_empty() { " ".to_owned() } else { found.to_owned() });
    }
    let mut letters = stem.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter.to_string());
    }
    let digits = |prefix: &str, least: usize| {
        stem.strip_prefix(prefix).filter(|digits| digits.len() >= least && digits.chars().all(|c| c.is_ascii_hexdigit()))
    };
    if let Some(digits) = digits("uni", 4) {
        let units: Option<Vec<u16>> =
            digits.as_bytes().chunks_exact(4).map(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok()).collect();
        return units.map(|units| String::from_utf16_lossy(&units));
    }
    if let Some(digits) = digits("u", 4) {
        return u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(String::from);
    }
    let parts: Vec<&str> = stem.split('_').collect();
    if parts.len() > 1 && parts.iter().all(|part| !part.is_empty()) { parts.into_iter().map(named).collect() } else { None }
}

/// The text of a code in one of the sets with a name.
pub(super) fn of_code(set: &str, code: u8) -> Option<String> {
    let one = [code];
    let decoded = match set {
        "MacRomanEncoding" => MACINTOSH.decode_without_bom_handling(&one).0,
        "StandardEncoding" => {
            return match code {
                b'\'' => Some("\u{2019}".into()),
                b'`' => Some("\u{2018}".into()),
                0x20..=0x7e => Some(char::from(code).to_string()),
                _ => {
                    let code = format!("{code:02x}");
                    STANDARD.split_ascii_whitespace().find_map(|pair| named(pair.strip_prefix(code.as_str())?.strip_prefix('=')?))
                }
            };
        }
        _ => WINDOWS_1252.decode_without_bom_handling(&one).0,
    };
    (code >= 0x20).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_known_by_name_by_number_and_in_parts() {
        let seen = ["eacute", "A", "uni20AC", "f_i", "one.oldstyle", "space", "u1F600", "g123"].map(named);
        let expected = ["\u{e9}", "A", "\u{20ac}", "fi", "1", " ", "\u{1f600}"].map(|text| Some(text.to_owned()));
        assert_eq!(seen[..7], expected);
        assert_eq!(seen[7], None);
        assert_eq!(
            (of_code("StandardEncoding", 0xae).as_deref(), of_code("WinAnsiEncoding", 0x80).as_deref()),
            (Some("fi"), Some("\u{20ac}"))
        );
    }
}
