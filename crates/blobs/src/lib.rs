//! Port: photos and files by content
