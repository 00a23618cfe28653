//! Which certificates an environment believes, kept so that they are parsed once and sessions resume.

use std::cell::RefCell;
use std::sync::Arc;
use websocket_rs_client::connect::Trust;

/// `ca` options that are kept.
const KEPT: usize = 8;

/// Node's roots, and the `ca` options used last.
#[derive(Debug, Default)]
pub(crate) struct Trusts {
    node: RefCell<Arc<Trust>>,
    given: RefCell<Vec<Arc<Trust>>>,
}

impl Trusts {
    /// Takes the roots Node trusts.
    pub(crate) fn set_node(&self, pem: Vec<String>) {
        *self.node.borrow_mut() = Arc::new(Trust::from_node(pem));
    }

    /// The trust of a `ca` option, or Node's.
    pub(crate) fn find(&self, ca: Option<&Vec<String>>) -> Arc<Trust> {
        let Some(ca) = ca else {
            return Arc::clone(&self.node.borrow());
        };
        let mut given = self.given.borrow_mut();
        if let Some(trust) = given.iter().find(|trust| trust.pem() == ca) {
            return Arc::clone(trust);
        }
        let trust = Arc::new(Trust::from_option(ca.clone()));
        if given.len() >= KEPT {
            given.remove(0);
        }
        given.push(Arc::clone(&trust));
        trust
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_options_share_their_trust_and_only_some_are_kept() {
        let trusts = Trusts::default();
        let ca = |number: usize| vec![number.to_string()];
        let first = trusts.find(Some(&ca(0)));
        assert!(Arc::ptr_eq(&first, &trusts.find(Some(&ca(0)))));
        assert!(!Arc::ptr_eq(&first, &trusts.find(None)));
        for number in 1..=KEPT {
            trusts.find(Some(&ca(number)));
        }
        assert_eq!(trusts.given.borrow().len(), KEPT);
        assert!(!Arc::ptr_eq(&first, &trusts.find(Some(&ca(0)))));
    }
}
