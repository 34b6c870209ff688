//! Case, command and time to facts or a refusal
