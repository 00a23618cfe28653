//! Memory of the driver for one large payload, which is read into it: delivering the message takes no further copy.

use std::any::Any;
use std::fmt::Debug;

/// Memory for one payload, of its size. It is delivered once the payload has arrived.
pub trait Destination: Any + Debug + Send {
    /// Returns the memory. What it holds at first is never delivered.
    fn bytes(&mut self) -> &mut [u8];
}

/// Makes destinations, on the thread of the driver.
pub trait Destinations: Debug + Send + Sync {
    /// Returns memory of `length` bytes, or `None` if there is none. The system must not count it as used before it is
    /// written: a header can announce a payload that never arrives.
    fn make(&self, length: usize) -> Option<Box<dyn Destination>>;
}
