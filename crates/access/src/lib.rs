//! Port: who may do what, where
