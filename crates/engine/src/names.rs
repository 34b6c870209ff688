//! Interning: every device, subject, measure and text is a small number inside the engine.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Names by number and numbers by name; numbers are given in order of first appearance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Arc<str>>", into = "Vec<Arc<str>>")]
pub struct Names {
    names: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
}

impl Names {
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(n) = self.numbers.get(name) {
            return *n;
        }
        let (n, name) = (self.names.len() as u32, Arc::<str>::from(name));
        self.names.push(name.clone());
        self.numbers.insert(name, n);
        n
    }
    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }
    /// The name of a number given by this table; empty for any other.
    pub fn name(&self, n: u32) -> &str {
        self.names.get(n as usize).map_or("", |s| s)
    }
    pub fn len(&self) -> usize {
        self.names.len()
    }
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl From<Vec<Arc<str>>> for Names {
    fn from(names: Vec<Arc<str>>) -> Self {
        let numbers = names.iter().enumerate().map(|(i, n)| (n.clone(), i as u32)).collect();
        Names { names, numbers }
    }
}
impl From<Names> for Vec<Arc<str>> {
    fn from(n: Names) -> Self {
        n.names
    }
}
