//! Scenario folder to a checked scenario
