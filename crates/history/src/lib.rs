//! Port: the past readings
