//! The key log: secrets in the format of NSS, for programs that decrypt captured traffic.
//!
//! rustls has a `KeyLogFile`, but it takes its path from an environment variable and creates the file with default
//! permissions.

#[cfg(unix)]
use rustix::fs::OFlags;
use rustls::KeyLog;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
struct KeyLogFile(Mutex<File>);

/// Opens a file to append to, and creates it readable by its owner only. Returns `None` if that fails, because a log is
/// no reason to fail a connection.
pub(super) fn open(path: &str) -> Option<Arc<dyn KeyLog>> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
        // Opening a pipe without a reader must not block.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path).ok()?;
    Some(Arc::new(KeyLogFile(Mutex::new(file))))
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = format!("{label} ");
        for part in [client_random, secret] {
            for byte in part {
                // Writing to a String cannot fail.
                let _ = write!(line, "{byte:02x}");
            }
            line.push(' ');
        }
        let line = format!("{}\n", line.trim_end());
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A log is no reason to fail a connection.
        let _ = file.write_all(line.as_bytes());
    }
}
