//! Port: what is kept in relations
