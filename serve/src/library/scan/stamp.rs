//! Size and times of a file, and whether they can be believed.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Nanoseconds by which times must lie before a look to be believed: file systems round them, some to two seconds.
pub(super) const SETTLED: u64 = 3_000_000_000;

/// Size and times of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// In bytes.
    pub size: u64,
    /// When its bytes were last written, in nanoseconds since 1970.
    pub modified: u64,
    /// When its bytes or its times were last set: no program can set this one itself. 0 where the system has none.
    pub changed: u64,
}

impl Stamp {
    /// That of a file as it is now.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        let modified = file.modified().ok().map(nanoseconds)?;
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            u64::try_from(file.ctime()).unwrap_or_default() * 1_000_000_000 + u64::try_from(file.ctime_nsec()).unwrap_or_default()
        };
        #[cfg(not(unix))]
        let changed = 0;
        Some(Self { size: file.len(), modified, changed })
    }

    /// Whether a file that has this stamp still is what it was when it was read at `read`.
    pub(super) fn holds(&self, now: &Self, read: u64) -> bool {
        self == now && self.modified.max(self.changed).saturating_add(SETTLED) < read
    }
}

/// Nanoseconds since 1970.
pub(in crate::library) fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
