//! Port: the ordered, replayable stream
