//! The suite every store is run through.
