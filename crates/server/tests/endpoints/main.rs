//! Every endpoint over the real router.

mod accounts;
mod authorisation;
mod cases;
mod deliveries;
mod devices;
mod duty;
mod imports;
mod indicators;
mod map;
mod near;
mod own_rules;
mod past;
mod people;
mod photos;
mod pushes;
mod quarantine;
mod readings;
mod routing;
mod rule_outcomes;
mod rule_privacy;
mod rules;
mod shared;
mod together;
mod town;
mod traces;
mod wire;
