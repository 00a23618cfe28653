//! The request of the last connect, as options: connects to one URL repeat it.

use std::cell::RefCell;
use websocket_rs_client::ConnectOptions;

/// The options of the last request that has a number, and its high-water mark.
#[derive(Debug, Default)]
pub(crate) struct LastRequest(RefCell<Option<Box<Numbered>>>);

#[derive(Debug)]
struct Numbered {
    number: u32,
    options: ConnectOptions,
    high_water_mark: usize,
}

impl LastRequest {
    /// Returns the options of a request that has been kept.
    pub(crate) fn find(&self, number: u32) -> Option<(ConnectOptions, usize)> {
        let last = self.0.borrow();
        let known = last.as_ref().filter(|known| known.number == number)?;
        Some((known.options.clone(), known.high_water_mark))
    }

    /// Keeps the options of a request, unless its number is 0.
    pub(crate) fn keep(&self, number: u32, options: &ConnectOptions, high_water_mark: usize) {
        if number != 0 {
            *self.0.borrow_mut() = Some(Box::new(Numbered {
                number,
                options: options.clone(),
                high_water_mark,
            }));
        }
    }

    /// Forgets the options: what they were made of has changed.
    pub(crate) fn forget(&self) {
        self.0.borrow_mut().take();
    }
}
