//! Zip archives: the directory at the end, and members inflated within bounds. Written here because the crate for it names features of crates under
//! the database, which would then be compiled anew; the few hundred bytes of format that matter are these.

use std::collections::HashMap;
use std::io::Read as _;

use crate::read::{ReadError, ReadLimits};

/// Most members that a directory may name.
pub(super) const MOST_MEMBERS: usize = 100_000;
/// A member may unpack to this many times its packed size, and to [`RATIO_FROM`] in any case.
const RATIO: u64 = 200;
const RATIO_FROM: u64 = 4 << 20;
/// All members of an archive together, in limits of one file.
const TOTAL: u64 = 2;

/// The directory of an archive.
pub(super) struct Zip<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    names: HashMap<String, usize>,
    /// Bytes that may still be unpacked.
    room: std::cell::Cell<u64>,
    most: u64,
}

/// One member.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    pub is_folder: bool,
    encrypted: bool,
    method: u16,
    checksum: u32,
    packed: u64,
    unpacked: u64,
    offset: u64,
}

/// Bytes that so many packed ones may unpack to.
pub(super) fn may_become(packed: u64) -> u64 {
    packed.saturating_mul(RATIO).max(RATIO_FROM)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let found = bytes.get(at..at.checked_add(width)?)?;
    Some(found.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Whether the directory of an archive names this member. Reads no more than the directory.
pub(in crate::read) fn zip_holds(bytes: &[u8], name: &str) -> bool {
    match entries(bytes) {
        Ok(entries) => entries.iter().any(|entry| entry.name == name),
        // The first bytes of a file, or a file that breaks off: names stand before the members too.
        Err(_) => bytes.windows(name.len()).any(|window| window == name.as_bytes()),
    }
}

impl<'a> Zip<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// If there is none: the file breaks off.
    pub fn open(bytes: &'a [u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let entries = entries(bytes)?;
        let mut names = HashMap::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            names.entry(entry.name.clone()).or_insert(at);
        }
        Ok(Self { bytes, entries, names, room: (TOTAL * limits.bytes).into(), most: limits.bytes })
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of a member, none where there is none of this name.
    ///
    /// # Errors
    /// If it is broken, under a password or a bomb.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let name = name.trim_start_matches('/');
        self.names.get(name).map(|at| self.unpack(&self.entries[*at])).transpose()
    }

    /// The bytes of a member that has to be there.
    ///
    /// # Errors
    /// As [`Self::get`], and if it is missing.
    pub fn need(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        self.get(name)?.ok_or_else(|| ReadError::broken(&format!("{name} is missing in it")))
    }

    /// The bytes of a member.
    ///
    /// # Errors
    /// If it is broken, packed in a way that nobody uses, under a password or a bomb.
    pub fn unpack(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        let broken = || ReadError::broken("a member of the archive breaks off");
        if entry.encrypted {
            return Err(ReadError::Encrypted);
        }
        let at = usize::try_from(entry.offset).map_err(|_| broken())?;
        let lengths = number(self.bytes, at.saturating_add(26), 2).zip(number(self.bytes, at.saturating_add(28), 2));
        let (name, extra) = lengths.ok_or_else(broken)?;
        let start = at + 30 + (name + extra) as usize;
        let packed = start.checked_add(entry.packed as usize).and_then(|end| self.bytes.get(start..end)).ok_or_else(broken)?;
        let most = self.most.min(self.room.get()).min(may_become(entry.packed));
        let out = match entry.method {
            0 => packed.to_vec(),
            8 => inflated(packed, entry.unpacked.min(most), most).ok_or_else(broken)?,
            _ => return Err(ReadError::broken("a member is packed in a way that is not known: pack it again as an ordinary zip")),
        };
        if out.len() as u64 > most {
            return Err(ReadError::Bomb);
        }
        let mut checksum = flate2::Crc::new();
        checksum.update(&out);
        if checksum.sum() != entry.checksum {
            return Err(ReadError::broken(&format!("{} in it is damaged: its checksum is another", entry.name)));
        }
        self.room.set(self.room.get() - out.len() as u64);
        Ok(out)
    }
}

/// What a deflated stream holds, one byte more than `most` at most; none if it is broken.
fn inflated(packed: &[u8], expected: u64, most: u64) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(expected.min(1 << 24) as usize);
    flate2::read::DeflateDecoder::new(packed).take(most + 1).read_to_end(&mut out).ok()?;
    Some(out)
}

/// The members that the directory names.
fn entries(bytes: &[u8]) -> Result<Vec<Entry>, ReadError> {
    let broken = || ReadError::broken("the archive breaks off: its directory is missing");
    let tail = bytes.len().saturating_sub(22 + 0xffff);
    let end = bytes[tail..].windows(4).rposition(|window| window == b"PK\x05\x06").map(|at| tail + at).ok_or_else(broken)?;
    let (mut count, mut at) = number(bytes, end + 10, 2).zip(number(bytes, end + 16, 4)).ok_or_else(broken)?;
    // Archives of 64 bits say so with the largest number of 32, and give their own directory's place before this one.
    if (count == 0xffff || at == 0xffff_ffff)
        && let Some(place) =
            end.checked_sub(20).filter(|place| bytes[*place..].starts_with(b"PK\x06\x07")).and_then(|place| number(bytes, place + 8, 8))
        && let Some(wide) =
            usize::try_from(place).ok().filter(|wide| bytes.get(*wide..).is_some_and(|rest| rest.starts_with(b"PK\x06\x06")))
    {
        (count, at) = number(bytes, wide + 32, 8).zip(number(bytes, wide + 48, 8)).ok_or_else(broken)?;
    }
    if count as usize > MOST_MEMBERS {
        return Err(ReadError::broken(&format!("the archive names more than {MOST_MEMBERS} members: unpack it first")));
    }
    let mut out = Vec::with_capacity(count as usize);
    let mut at = at as usize;
    for _ in 0..count {
        let (entry, next) = entry(bytes, at).ok_or_else(broken)?;
        out.push(entry);
        at = next;
    }
    Ok(out)
}

/// One entry of the directory and where the next one stands.
fn entry(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
        return None;
    }
    let field = |offset, width| number(bytes, at + offset, width);
    let (flags, method, checksum) = (field(8, 2)?, field(10, 2)? as u16, field(16, 4)? as u32);
    let (mut packed, mut unpacked, mut offset) = (field(20, 4)?, field(24, 4)?, field(42, 4)?);
    let (name, extra, comment) = (field(28, 2)? as usize, field(30, 2)? as usize, field(32, 2)? as usize);
    let start = at + 46;
    let raw = bytes.get(start..start + name)?;
    let mut more = bytes.get(start + name..start + name + extra)?;
    while more.len() >= 4 {
        let (id, size) = (number(more, 0, 2)?, number(more, 2, 2)? as usize);
        let mut wide = more.get(4..4 + size)?;
        for value in [&mut unpacked, &mut packed, &mut offset] {
            if id == 1 && *value == 0xffff_ffff {
                *value = number(wide, 0, 8)?;
                wide = &wide[8..];
            }
        }
        more = &more[4 + size..];
    }
    let name_text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(raw).0.into_owned(),
    };
    let is_folder = raw.ends_with(b"/");
    let entry =
        Entry { name: name_text.replace('\\', "/"), is_folder, encrypted: flags & 1 == 1, method, checksum, packed, unpacked, offset };
    Some((entry, start + name + extra + comment))
}
