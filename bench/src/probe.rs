//! How fast the disk is just now: 4 KiB appended to a file, then `fdatasync`, again and again.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use annals_bench_harness::{Failure, share};
use serde::Serialize;

/// What one probe found.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Probe {
    /// Appends by the second.
    pub(crate) per_second: f64,
    /// Median, in microseconds.
    pub(crate) p50_us: f64,
    /// 99 of 100 took no longer.
    pub(crate) p99_us: f64,
    /// The machine's load over the last minute, before the probe.
    pub(crate) load: f64,
}

/// Probes the disk of a folder for so long.
pub(crate) fn probe(folder: &Path, run: Duration) -> Result<Probe, Failure> {
    let path = folder.join("probe");
    let mut file = File::create(&path)?;
    let (start, mut times, page) = (Instant::now(), Vec::new(), [7; 4096]);
    while start.elapsed() < run {
        let before = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(u32::try_from(before.elapsed().as_micros())?);
    }
    let per_second = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    std::fs::remove_file(path)?;
    let (p50_us, p99_us) = (share(&times, 0.5), share(&times, 0.99));
    Ok(Probe { per_second, p50_us, p99_us, load: load() })
}

/// The load average of the last minute, 0 where the system has none.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}
