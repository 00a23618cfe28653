//! The trusted root certificates of an environment, kept so that they are parsed once and TLS sessions resume.

use std::cell::RefCell;
use std::sync::Arc;
use websocket_rs_client::connect::Trust;

/// How many `ca` options are kept.
const KEPT: usize = 8;

/// Node's root certificates, and the most recently used `ca` options.
#[derive(Debug, Default)]
pub(crate) struct Trusts {
    node: RefCell<Arc<Trust>>,
    /// The most recently used last. The `lru` crate would keep a second copy of each PEM text as its key, and hash all of
    /// it for every connection.
    options: RefCell<Vec<Arc<Trust>>>,
}

impl Trusts {
    /// Sets the root certificates that Node trusts.
    pub(crate) fn set_node(&self, pem: Vec<String>) {
        *self.node.borrow_mut() = Arc::new(Trust::from_node(pem));
    }

    /// Returns the trust for a `ca` option, or Node's if there is none.
    pub(crate) fn find(&self, ca: Option<&Vec<String>>) -> Arc<Trust> {
        let Some(ca) = ca else {
            return Arc::clone(&self.node.borrow());
        };
        let mut options = self.options.borrow_mut();
        let trust = match options.iter().position(|trust| trust.pem() == ca) {
            Some(index) => options.remove(index),
            None => Arc::new(Trust::from_option(ca.clone())),
        };
        if options.len() >= KEPT {
            options.remove(0);
        }
        options.push(Arc::clone(&trust));
        trust
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_options_share_their_trust_and_the_least_recently_used_is_dropped() {
        let trusts = Trusts::default();
        let find = |number: usize| trusts.find(Some(&vec![number.to_string()]));
        let (first, second) = (find(0), find(1));
        assert!(!Arc::ptr_eq(&first, &trusts.find(None)));
        for number in 2..KEPT {
            find(number);
        }
        assert!(Arc::ptr_eq(&first, &find(0)));
        find(KEPT);
        assert_eq!(trusts.options.borrow().len(), KEPT);
        assert!(Arc::ptr_eq(&first, &find(0)));
        assert!(!Arc::ptr_eq(&second, &find(1)));
    }
}
