//! What goes between a program and its children: frames, each a length of eight bytes and so many bytes. A request is a frame of JSON and one with
//! the file; an answer a frame of JSON and one for each member of the file.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::read::extract::{Extraction, Member};
use crate::read::{Container, ReadError, ReadLimits};

/// Longest frame: the text of a file with its places.
const MOST_FRAME: u64 = 1 << 30;
/// Frames of one answer together.
const MOST_ANSWER: u64 = 3 << 29;

/// What is asked of a child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub kind: Container,
    pub limits: ReadLimits,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    result: Result<Extraction, ReadError>,
    /// Names of the members, whose bytes follow.
    members: Vec<String>,
}

pub(super) fn write_request(out: &mut impl Write, request: &Request, bytes: &[u8]) -> io::Result<()> {
    write_frame(out, &serde_json::to_vec(request)?)?;
    write_frame(out, bytes)?;
    out.flush()
}

/// None at the end of the input.
pub(super) fn read_request(input: &mut impl Read) -> io::Result<Option<(Request, Vec<u8>)>> {
    let Some(json) = read_frame(input, MOST_FRAME)? else { return Ok(None) };
    let bytes = read_frame(input, MOST_FRAME)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(Some((serde_json::from_slice(&json)?, bytes)))
}

pub(super) fn write_answer(out: &mut impl Write, mut result: Result<Extraction, ReadError>) -> io::Result<()> {
    let members = result.as_mut().map(|found| std::mem::take(&mut found.members)).unwrap_or_default();
    let answer = Answer { result, members: members.iter().map(|member| member.name.clone()).collect() };
    write_frame(out, &serde_json::to_vec(&answer)?)?;
    for Member { bytes, .. } in members {
        write_frame(out, &bytes)?;
    }
    out.flush()
}

pub(super) fn read_answer(input: &mut impl Read) -> io::Result<Result<Extraction, ReadError>> {
    let mut room = MOST_ANSWER;
    let mut next = |input: &mut _| {
        let frame = read_frame(input, room.min(MOST_FRAME))?.ok_or(io::ErrorKind::UnexpectedEof)?;
        room -= frame.len() as u64;
        io::Result::Ok(frame)
    };
    let answer: Answer = serde_json::from_slice(&next(input)?)?;
    let mut result = answer.result;
    for name in answer.members {
        let bytes = next(input)?;
        if let Ok(found) = &mut result {
            found.members.push(Member { name, bytes });
        }
    }
    Ok(result)
}

fn write_frame(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)
}

fn read_frame(input: &mut impl Read, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match input.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => input.read_exact(&mut length[1..])?,
    }
    let length = u64::from_le_bytes(length);
    if length > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "more than may be said at once"));
    }
    let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
    input.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let mut wire = Vec::new();
        let request = Request { kind: Container::Zip, limits: ReadLimits::default() };
        write_request(&mut wire, &request, b"PK").unwrap();
        let (read, bytes) = read_request(&mut wire.as_slice()).unwrap().unwrap();
        assert_eq!((read.kind, bytes.as_slice()), (Container::Zip, &b"PK"[..]));
        let found = Extraction { members: vec![Member { name: "a".into(), bytes: vec![1, 2] }], ..Extraction::default() };
        for result in [Ok(found), Err(ReadError::Encrypted)] {
            let mut wire = Vec::new();
            write_answer(&mut wire, result.clone()).unwrap();
            assert_eq!(read_answer(&mut wire.as_slice()).unwrap(), result);
            wire.truncate(wire.len() - 1);
            assert!(read_answer(&mut wire.as_slice()).is_err());
        }
        assert!(read_answer(&mut [0xff; 64].as_slice()).is_err());
    }
}
