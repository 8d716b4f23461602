//! Archives: files in, files out, nothing written to disk. Names are made harmless and unique; what is no document is passed over with a reason, as on disk.

use std::collections::HashSet;
use std::io::Read as _;

use super::zipped::{MOST_MEMBERS, Zip, may_become};
use super::{Extraction, Member};
use crate::read::container::Container;
use crate::read::{MediaType, ReadError, ReadLimits};

pub(super) fn read_zip(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let zip = Zip::open(bytes, limits)?;
    let (mut out, mut names) = (Extraction::default(), Names::default());
    for entry in zip.entries().iter().filter(|entry| !entry.is_folder) {
        let name = names.unique(&entry.name);
        if let Some(reason) = skipped_name(&name) {
            out.skipped.push((name, reason));
            continue;
        }
        match zip.unpack(entry) {
            Ok(bytes) => out.members.push(Member { name, bytes }),
            Err(error) => out.failed.push((name, error.to_string())),
        }
    }
    Ok(out)
}

/// A tar archive, or a file that gzip made smaller.
pub(super) fn read_tar(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return members(bytes, limits);
    }
    let most = (2 * limits.bytes).min(may_become(bytes.len() as u64));
    let (mut unpacked, mut decoder) = (Vec::new(), flate2::read::MultiGzDecoder::new(bytes));
    let read = decoder.by_ref().take(most + 1).read_to_end(&mut unpacked);
    if unpacked.len() as u64 > most {
        return Err(ReadError::Bomb);
    }
    read.map_err(|_| ReadError::broken("the compressed archive breaks off"))?;
    if Container::of_bytes(&unpacked) == Some(Container::Tar) {
        return members(&unpacked, limits);
    }
    // One compressed file.
    let stated = flate2::read::GzDecoder::new(bytes)
        .header()
        .and_then(|header| header.filename().map(|name| String::from_utf8_lossy(name).into_owned()));
    let name = Names::default().unique(&stated.unwrap_or_else(|| "content.txt".into()));
    Ok(match skipped_name(&name) {
        Some(reason) => Extraction { skipped: vec![(name, reason)], ..Extraction::default() },
        None => Extraction { members: vec![Member { name, bytes: unpacked }], ..Extraction::default() },
    })
}

fn members(bytes: &[u8], limits: &ReadLimits) -> Result<Extraction, ReadError> {
    let broken = || ReadError::broken("the archive breaks off");
    let (mut out, mut names, mut taken) = (Extraction::default(), Names::default(), 0);
    let mut archive = tar::Archive::new(bytes);
    for (count, entry) in archive.entries().map_err(|_| broken())?.enumerate() {
        let Ok(mut entry) = entry else {
            out.failed.push(("(rest of the archive)".into(), broken().to_string()));
            break;
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = names.unique(&String::from_utf8_lossy(&entry.path_bytes()));
        if count > MOST_MEMBERS {
            return Err(ReadError::broken(&format!("the archive holds more than {MOST_MEMBERS} members: unpack it first")));
        }
        if let Some(reason) = skipped_name(&name) {
            out.skipped.push((name, reason));
            continue;
        }
        taken += entry.size();
        if entry.size() > limits.bytes || taken > 2 * limits.bytes {
            out.failed.push((name, ReadError::Bomb.to_string()));
            continue;
        }
        let mut content = Vec::new();
        match entry.read_to_end(&mut content) {
            Ok(read) if read as u64 == entry.size() => out.members.push(Member { name, bytes: content }),
            _ => out.failed.push((name, broken().to_string())),
        }
    }
    Ok(out)
}

/// Why a member is left alone, if it is: by its name, as files on disk are.
pub(super) fn skipped_name(name: &str) -> Option<String> {
    if name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX") {
        return Some("hidden".into());
    }
    let file = name.rsplit('/').next().unwrap_or(name);
    // A second member of the same name has a number behind it.
    let file = file.rsplit_once('#').filter(|(_, number)| number.parse::<u32>().is_ok()).map_or(file, |(file, _)| file);
    match file.rsplit_once('.') {
        None => Some("no extension".into()),
        Some((_, extension)) => {
            let extension = extension.to_ascii_lowercase();
            MediaType::of_extension(&extension).is_none().then(|| format!("extension .{}", extension.chars().take(16).collect::<String>()))
        }
    }
}

/// Names that were given.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A name that leads nowhere else and that no other member has.
    pub fn unique(&mut self, name: &str) -> String {
        let name = name.replace('\\', "/");
        let parts = name.split('/').map(str::trim).filter(|part| !matches!(*part, "" | "." | ".."));
        let clean: String = parts.collect::<Vec<_>>().join("/").chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let clean = if clean.is_empty() { "unnamed".to_owned() } else { clean };
        let numbered = |number: u32| if number == 1 { clean.clone() } else { format!("{clean}#{number}") };
        let free = (1..).map(numbered).find(|name| !self.0.contains(name)).unwrap_or(clean.clone());
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else_and_are_unique() {
        let mut names = Names::default();
        let given: Vec<String> =
            ["../../etc/a.txt", "/etc/a.txt", "etc\\a.txt", "..", "b\n.txt"].iter().map(|name| names.unique(name)).collect();
        assert_eq!(given, ["etc/a.txt", "etc/a.txt#2", "etc/a.txt#3", "unnamed", "b\u{fffd}.txt"]);
        assert_eq!(skipped_name("etc/a.txt#2"), None);
        assert_eq!(skipped_name("a/.b/c.txt").as_deref(), Some("hidden"));
    }
}
