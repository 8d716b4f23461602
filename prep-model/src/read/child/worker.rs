//! The child's side: it takes its own rights away, then answers requests until there are none. It may read what it is sent and write its answers; no file can
//! be written, no socket opened, and memory, open files and processor time are bounded.

use std::io::{self, BufReader, BufWriter};

use super::frames::{read_request, write_answer};
use crate::read::extract::extract;

/// Address space in bytes. The program itself, mapped, is part of it.
pub(super) const MEMORY: u64 = 3 << 30;
/// Processor time for one file, in seconds.
pub(super) const PROCESSOR_SECONDS: u64 = 100;
/// Open files: the three that every process has, and what the system reads by itself.
const FILES: u64 = 16;

/// Serves requests from standard input on standard output until the input ends.
///
/// # Errors
/// If the limits cannot be set, or the program on the other side speaks another language.
pub fn run_worker() -> io::Result<()> {
    confine()?;
    let (mut input, mut output) = (BufReader::new(io::stdin().lock()), BufWriter::new(io::stdout().lock()));
    while let Some((request, bytes)) = read_request(&mut input)? {
        allow_processor_time();
        let result = extract(request.kind, &bytes, &request.limits);
        drop(bytes);
        write_answer(&mut output, result)?;
    }
    Ok(())
}

#[cfg(unix)]
fn confine() -> io::Result<()> {
    use rlimit::Resource;
    Resource::AS.set(MEMORY, MEMORY)?;
    Resource::NOFILE.set(FILES, FILES)?;
    Resource::FSIZE.set(0, 0)?;
    Resource::CORE.set(0, 0)?;
    deny_network()
}

#[cfg(not(unix))]
fn confine() -> io::Result<()> {
    Ok(())
}

/// From now on this process can open no connection and start no program.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn deny_network() -> io::Result<()> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    let denied =
        [libc::SYS_socket, libc::SYS_socketpair, libc::SYS_connect, libc::SYS_bind, libc::SYS_execve, libc::SYS_execveat, libc::SYS_ptrace];
    let rules = denied.into_iter().map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let architecture = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture).map_err(io::Error::other)?;
    let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
    match apply_filter(&program) {
        Ok(()) => Ok(()),
        // A kernel without it: the other limits hold.
        Err(error) => {
            tracing::debug!("the network stays open to the process that reads files: {error}");
            Ok(())
        }
    }
}

#[cfg(all(unix, not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))))]
fn deny_network() -> io::Result<()> {
    Ok(())
}

/// The limit on processor time counts from the start of the process, so it is moved on before each file.
#[cfg(unix)]
fn allow_processor_time() {
    let spent = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = spent.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(seconds) = nanoseconds.map(|nanoseconds| nanoseconds / 1_000_000_000) {
        let hard = rlimit::Resource::CPU.get_hard().unwrap_or(rlimit::INFINITY);
        let _ = rlimit::Resource::CPU.set((seconds + 1 + PROCESSOR_SECONDS).min(hard), hard);
    }
}

#[cfg(not(unix))]
fn allow_processor_time() {}
