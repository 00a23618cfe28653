//! Secrets of connections in the format of NSS, for programs that look into captured traffic.

use super::unusable;
use crate::error::Error;
use rustls::KeyLog;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
struct KeyLogFile(Mutex<File>);

/// Appends to a file, which only its owner may read where it is made here.
pub(super) fn open(path: &str) -> Result<Arc<dyn KeyLog>, Error> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options
        .open(path)
        .map_err(|error| unusable(&format!("key log {path}: {error}")))?;
    Ok(Arc::new(KeyLogFile(Mutex::new(file))))
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
        // A log that cannot be written is no reason to fail a connection.
        let _ = file.write_all(line.as_bytes());
    }
}
