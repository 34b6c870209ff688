//! fjall behind the log port
