//! The real `linli` binary: its process under load, killed and started again, and its commands with real files.

mod acknowledged;
mod first_day;
mod killed;
mod process;
mod real_data;
mod reloaded;
mod rule_files;
mod told_again;
