//! Memory of a process, as the kernel counts it (`/proc`); unknown on other systems.

/// Resident memory now, in bytes.
#[must_use]
pub fn resident() -> Option<u64> {
    field("self", "VmRSS:")
}

/// The most that was resident since [`forget_peak`], or since the start where the kernel refuses that.
#[must_use]
pub fn peak() -> Option<u64> {
    field("self", "VmHWM:")
}

/// The most that another process had resident so far; none where it has ended.
#[must_use]
pub fn peak_of(process: u32) -> Option<u64> {
    field(&process.to_string(), "VmHWM:")
}

/// Starts counting the peak anew.
pub fn forget_peak() {
    // Where the kernel refuses, the peak stays that of the whole process: too high, never too low.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn field(process: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_peak_is_at_least_what_is_resident() {
        forget_peak();
        let block = vec![1_u8; 32 << 20];
        let now = resident().unwrap();
        assert!(peak_of(std::process::id()).unwrap() >= now && peak_of(u32::MAX).is_none());
        assert!(peak().unwrap() >= now && now > block.iter().map(|byte| u64::from(*byte)).sum());
    }
}
