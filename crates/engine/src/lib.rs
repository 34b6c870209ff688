//! Plan, events and watermarks to findings and explanations
