//! Port: ways to tell people
