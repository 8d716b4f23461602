//! Electronic books: the spine says the order of the chapters, each of which is a page of XHTML and goes through the reader of HTML.

use std::collections::HashMap;

use super::Extracted;
use super::page::Pages;
use super::pptx::resolved;
use super::tree::{Element, parse};
use super::zipped::Zip;
use crate::read::{MediaType, ReadError, ReadLimits, read_bytes};

pub(super) fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Extracted, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let encrypted = encrypted(&zip)?;
    let container = parse(&zip.need("META-INF/container.xml")?)?;
    let package_name = container.at(&["rootfiles", "rootfile"]).and_then(|file| file.attribute("full-path"));
    let package_name = package_name.ok_or_else(|| ReadError::broken("it names no package"))?;
    let package = parse(&zip.need(package_name)?)?;
    let folder = package_name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let items: HashMap<&str, &str> = package
        .child("manifest")
        .map(|manifest| manifest.elements().filter_map(|item| Some((item.attribute("id")?, item.attribute("href")?))).collect())
        .unwrap_or_default();
    let spine: Vec<&Element> = package.child("spine").map(|spine| spine.elements().collect()).unwrap_or_default();
    let mut pages = Pages::default();
    for item in spine {
        let Some(target) = item.attribute("idref").and_then(|id| items.get(id)) else { continue };
        let name = resolved(folder, &percent_decoded(target));
        if encrypted.contains(&name) {
            return Err(ReadError::Encrypted);
        }
        pages.turn(target.to_string());
        let Some(chapter) = zip.get(&name)? else { continue };
        // A cover without words is no reason to give the book up.
        if let Ok(reading) = read_bytes(MediaType::Html, &chapter, limits) {
            pages.html(reading);
        }
    }
    pages.finish(package.at(&["metadata", "title"]).map(Element::text))
}

/// What only a reader with a key can open.
fn encrypted(zip: &Zip<'_>) -> Result<Vec<String>, ReadError> {
    let root = zip.get("META-INF/encryption.xml")?.and_then(|xml| parse(&xml).ok()).unwrap_or_default();
    Ok(root.all("CipherReference").into_iter().filter_map(|reference| reference.attribute("URI").map(str::to_owned)).collect())
}

fn percent_decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.split('#').next().unwrap_or_default().as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match digits.filter(|_| *first == b'%') {
            Some(byte) => {
                out.push(byte);
                rest = &behind[2..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
