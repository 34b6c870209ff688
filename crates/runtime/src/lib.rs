//! The loops, the clock and the wiring
