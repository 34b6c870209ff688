//! Every endpoint over the real router.

mod accounts;
mod authorisation;
mod cases;
mod deliveries;
mod devices;
mod imports;
mod indicators;
mod own_rules;
mod people;
mod photos;
mod pushes;
mod quarantine;
mod readings;
mod rule_privacy;
mod rules;
mod town;
mod traces;
mod wire;
