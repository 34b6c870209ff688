//! What an expression sees while a reading is stepped.

use crate::{
    event::{Event, NONE, ValueTag},
    operator::{Said, Truth},
    world::World,
    zone::Zone,
};
use linli_rule::expr::{Field, Scope, Val};
use std::cell::Cell;

pub(crate) struct Here<'a> {
    pub(crate) world: &'a World,
    pub(crate) zone: &'a Zone,
    pub(crate) parameters: &'a [f64],
    pub(crate) event: Option<&'a Event>,
    /// The plan's number of the event's measure.
    pub(crate) local: u8,
    /// What the nodes before say; empty when nobody reads it.
    pub(crate) said: &'a [Cell<Said>],
    pub(crate) at: i64,
    pub(crate) subject: u32,
    pub(crate) eager: bool,
    /// The middle of what the neighbours show, where the rule asks for it.
    pub(crate) neighbours: Option<f64>,
}

impl Here<'_> {
    fn of_event(&self, e: &Event) -> Val<'_> {
        match e.tag {
            ValueTag::Number => Val::Number(e.value),
            ValueTag::Flag => Val::Flag(e.value != 0.0),
            ValueTag::Text => Val::Text(self.world.texts.name(e.value as u32)),
        }
    }
    /// Capacity of the device as registered.
    pub(crate) fn capacity(&self) -> Option<f64> {
        let e = self.event?;
        self.world.devices.get(e.device as usize)?.face(self.eager)?.device.capacity
    }
}

impl Scope for Here<'_> {
    #[inline]
    fn measure(&self, i: usize) -> Val<'_> {
        match self.event {
            Some(e) if usize::from(self.local) == i => self.of_event(e),
            _ => Val::Unknown,
        }
    }
    #[inline]
    fn value(&self) -> Val<'_> {
        self.event.map_or(Val::Unknown, |e| self.of_event(e))
    }
    #[inline]
    fn parameter(&self, i: usize) -> f64 {
        self.parameters[i]
    }
    fn node(&self, i: usize) -> Val<'_> {
        match self.said[i].get() {
            Said::Number(n) => Val::Number(n),
            Said::Truth(Truth::True) => Val::Flag(true),
            Said::Truth(Truth::False) => Val::Flag(false),
            Said::Truth(Truth::Unknown) | Said::Unknown => Val::Unknown,
        }
    }
    fn field(&self, f: Field) -> Val<'_> {
        let device = || {
            let e = self.event?;
            self.world.devices.get(e.device as usize)?.face(self.eager)
        };
        let subject = || {
            let name = if self.subject == NONE { "" } else { self.world.subjects.name(self.subject) };
            let colon = name.bytes().position(|b| b == b':')?;
            Some((&name[..colon], &name[colon + 1..]))
        };
        match f {
            Field::Hour => Val::Number(self.zone.hour(self.at)),
            Field::Weekday => Val::Number(self.zone.weekday(self.at)),
            Field::DeviceId => {
                self.event.map_or(Val::Unknown, |e| Val::Text(self.world.device_names.name(e.device)))
            }
            Field::DeviceClass => device().map_or(Val::Unknown, |d| Val::Text(class_code(d.device.class))),
            Field::DeviceArea => device().map_or(Val::Unknown, |d| Val::Text(d.device.area.as_str())),
            Field::DeviceCapacity => self.capacity().map_or(Val::Unknown, Val::Number),
            Field::SubjectKind => subject().map_or(Val::Unknown, |s| Val::Text(s.0)),
            Field::SubjectId => subject().map_or(Val::Unknown, |s| Val::Text(s.1)),
        }
    }
}

fn class_code(c: linli_model::DeviceClass) -> &'static str {
    use linli_model::DeviceClass as C;
    match c {
        C::SmartDoor => "smart_door",
        C::WirelessProbe => "wireless_probe",
        C::WaterPressure => "water_pressure",
        C::Smoke => "smoke",
        C::GateCheckpoint => "gate_checkpoint",
        C::BikeShed => "bike_shed",
        C::WaterMeter => "water_meter",
        C::DoorMagnet => "door_magnet",
        C::Infrared => "infrared",
        C::Lift => "lift",
        C::WastePoint => "waste_point",
        C::Noise => "noise",
        C::ParkingLot => "parking_lot",
        C::Other => "other",
    }
}
