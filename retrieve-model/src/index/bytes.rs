//! `vectors.bytes`: the vectors as they are compared, beside the table, so that the first search need not read all their numbers. For each section, in
//! the order of the keys: the scale (f32, little-endian), the sum of the bytes (u32) and the bytes. An index without it makes them from the table.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use records::Shard;

use super::vectors::{Scale, Vectors, normalise};

/// Name of the file.
pub(super) const FILE: &str = "vectors.bytes";
/// Bytes that are read at once.
const BUFFER: usize = 1 << 20;

/// The file while it is written.
pub(super) struct Writer {
    pub path: PathBuf,
    out: BufWriter<File>,
    rows: u64,
}

impl Writer {
    pub fn create(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE);
        Ok(Self { out: BufWriter::new(File::create(&path)?), path, rows: 0 })
    }

    /// Vectors of the next sections.
    pub fn push(&mut self, vectors: &[Vec<f32>]) -> io::Result<()> {
        for vector in vectors {
            let (mut unit, mut bytes) = (vector.clone(), vec![0; vector.len()]);
            normalise(&mut unit);
            let Scale { scale, sum } = Scale::of(&unit, &mut bytes);
            for part in [&scale.to_le_bytes()[..], &sum.to_le_bytes(), &bytes] {
                self.out.write_all(part)?;
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Everything is on disk.
    pub fn finish(self) -> io::Result<Shard> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Shard::of(&self.path, self.rows)
    }
}

/// The vectors of an index; none where it has no such file, or one of another size.
pub(super) fn read(dir: &Path, rows: u64, dimensions: usize) -> Option<Vectors> {
    let file = File::open(dir.join(FILE)).ok()?;
    if file.metadata().ok()?.len() != rows.checked_mul(dimensions as u64 + 8)? {
        return None;
    }
    let (mut file, mut vectors) = (BufReader::with_capacity(BUFFER, file), Vectors::new(rows, dimensions));
    for (row, bytes) in vectors.places() {
        let (mut scale, mut sum) = ([0; 4], [0; 4]);
        file.read_exact(&mut scale).ok()?;
        file.read_exact(&mut sum).ok()?;
        file.read_exact(bytes).ok()?;
        *row = Scale { scale: f32::from_le_bytes(scale), sum: u32::from_le_bytes(sum) };
    }
    Some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_near_as_it_was_and_a_file_of_another_size_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let vectors = [vec![3.0, 0.0, 4.0], vec![0.0; 3], vec![-1.0, 2.0, 0.5], vec![f32::NAN; 3]];
        let mut writer = Writer::create(dir.path()).unwrap();
        writer.push(&vectors[..3]).unwrap();
        writer.push(&vectors[3..]).unwrap();
        let shard = writer.finish().unwrap();
        assert_eq!((shard.rows, shard.bytes), (4, 4 * (3 + 8)));
        let held = read(dir.path(), 4, 3).unwrap();
        assert_eq!(held.near(&[0.6, 0.0, 0.8], 4), [0, 2]);
        assert!(read(dir.path(), 5, 3).is_none() && read(dir.path(), 4, 2).is_none() && read(&dir.path().join("none"), 4, 3).is_none());
    }
}
