//! Real servers, clocks and traces for tests
