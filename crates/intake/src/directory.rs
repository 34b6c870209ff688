//! Who may send, what exists, what can be measured: a snapshot that the runtime renews on every registry change.
//!
//! Invariants
//! - DI1 A secret is compared through a keyed hash, in constant time; it is stored nowhere as it is.
//! - DI2 A message is judged against one snapshot from its first row to its last.
//!
//! Secrets of devices and gateways are drawn by us (32 random bytes), so a keyed SHA-256 is enough for them and
//! cheap enough for every request; people's passwords are hashed with argon2 elsewhere.

use hmac::{Hmac, Mac};
use linli_model::{Device, DeviceClass, DeviceId, DeviceState, Measure, Millis, SourceId};
use linli_rule::{Catalogue, ValueKind};
use rustc_hash::FxHashMap;
use sha2::Sha256;
use std::{collections::BTreeSet, sync::Arc};

/// What the runtime provides: the newest snapshot, for the price of an `Arc` clone.
pub trait Directory: Send + Sync {
    fn snapshot(&self) -> Arc<Snapshot>;
}

/// A snapshot that never changes, for tests, replays and tools.
impl Directory for Arc<Snapshot> {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.clone()
    }
}

/// All of something, or only what is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<T: Ord> {
    All,
    Only(BTreeSet<T>),
}

impl<T: Ord> Scope<T> {
    pub fn only(items: impl IntoIterator<Item = T>) -> Self {
        Scope::Only(items.into_iter().collect())
    }
    pub fn contains(&self, item: &T) -> bool {
        match self {
            Scope::All => true,
            Scope::Only(items) => items.contains(item),
        }
    }
}

/// The sender of a message, after its credential was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub name: String,
    /// What a row belongs to when neither it nor the message names a source.
    pub home: SourceId,
    /// The sources it may send as.
    pub sources: Scope<SourceId>,
    /// The devices it may speak for.
    pub devices: Scope<DeviceId>,
}

impl Principal {
    /// A device with a connection of its own: speaks for itself only.
    pub fn device(source: SourceId, device: DeviceId) -> Self {
        Principal {
            name: device.0.clone(),
            sources: Scope::only([source.clone()]),
            home: source,
            devices: Scope::only([device]),
        }
    }
    /// A gateway or feed: speaks for every device registered under its source.
    pub fn gateway(name: impl Into<String>, source: SourceId) -> Self {
        Principal {
            name: name.into(),
            sources: Scope::only([source.clone()]),
            home: source,
            devices: Scope::All,
        }
    }
    /// The installation itself: a corrected row sent again by a person, an import, the demo.
    pub fn installation(name: impl Into<String>, home: SourceId) -> Self {
        Principal { name: name.into(), home, sources: Scope::All, devices: Scope::All }
    }
}

/// The key under which secrets are hashed; kept in the installation's key file.
#[derive(Clone)]
pub struct SecretKey(pub Vec<u8>);

impl SecretKey {
    fn mac(&self, name: &str, secret: &[u8]) -> Hmac<Sha256> {
        // HMAC takes keys of any length: there is no key this could refuse.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&(name.len() as u64).to_be_bytes());
        mac.update(name.as_bytes());
        mac.update(secret);
        mac
    }
    /// What is stored for the secret of the credential `name`, as hex.
    pub fn hash(&self, name: &str, secret: &[u8]) -> String {
        hex::encode(self.mac(name, secret).finalize().into_bytes())
    }
    fn holds(&self, name: &str, secret: &[u8], stored_hash: &str) -> bool {
        hex::decode(stored_hash).is_ok_and(|stored| self.mac(name, secret).verify_slice(&stored).is_ok())
    }
}

/// A credential as stored: its name is the user name of MQTT and HTTP Basic.
#[derive(Clone, Debug)]
pub struct Credential {
    pub principal: Arc<Principal>,
    /// [`SecretKey::hash`] of its secret.
    pub secret_hash: String,
}

/// What a measure's values are and in which bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasureKind {
    Number {
        min: f64,
        max: f64,
    },
    Flag,
    Text {
        chars_max: usize,
    },
    /// The catalogue has no opinion: any value of the format.
    Any,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MeasureSpec {
    pub code: Measure,
    pub kind: MeasureKind,
    pub unit: String,
}

/// What the judgement needs of a registered device.
#[derive(Clone, Debug)]
pub struct DeviceEntry {
    pub source: SourceId,
    /// Empty = whatever the catalogue knows.
    pub measures: Vec<Measure>,
    pub class: DeviceClass,
    pub retired: bool,
    /// How far its clock is known to be ahead of ours; negative when it is slow.
    pub clock_ahead: Millis,
}

#[derive(Clone, Default)]
pub struct Snapshot {
    devices: FxHashMap<String, DeviceEntry>,
    measures: FxHashMap<String, MeasureSpec>,
    credentials: FxHashMap<String, Credential>,
    key: Option<SecretKey>,
}

impl Snapshot {
    pub fn with_key(key: SecretKey) -> Self {
        Snapshot { key: Some(key), ..Snapshot::default() }
    }
    pub fn devices<'a>(mut self, devices: impl IntoIterator<Item = &'a Device>) -> Self {
        for device in devices {
            let entry = DeviceEntry {
                source: device.source.clone(),
                measures: device.measures.clone(),
                class: device.class,
                retired: device.state == DeviceState::Retired,
                clock_ahead: Millis(0),
            };
            self.devices.insert(device.id.0.clone(), entry);
        }
        self
    }
    /// How far the clocks of some of the devices are known to be ahead.
    pub fn clocks<'a>(mut self, clocks: impl IntoIterator<Item = (&'a DeviceId, Millis)>) -> Self {
        for (device, clock_ahead) in clocks {
            if let Some(entry) = self.devices.get_mut(device.as_str()) {
                entry.clock_ahead = clock_ahead;
            }
        }
        self
    }
    pub fn measures(mut self, measures: impl IntoIterator<Item = MeasureSpec>) -> Self {
        self.measures.extend(measures.into_iter().map(|m| (m.code.0.clone(), m)));
        self
    }
    /// The measures of the rules' catalogue.
    pub fn catalogue(self, catalogue: &Catalogue) -> Self {
        self.measures(catalogue.iter().map(|def| MeasureSpec {
            code: def.code.clone(),
            kind: match def.kind {
                ValueKind::Number { min, max } => MeasureKind::Number { min, max },
                ValueKind::Flag => MeasureKind::Flag,
                ValueKind::Text { chars_max } => MeasureKind::Text { chars_max },
            },
            unit: def.unit.clone(),
        }))
    }
    pub fn credentials(mut self, credentials: impl IntoIterator<Item = Credential>) -> Self {
        self.credentials.extend(credentials.into_iter().map(|c| (c.principal.name.clone(), c)));
        self
    }
    pub fn find_device(&self, id: &str) -> Option<&DeviceEntry> {
        self.devices.get(id)
    }
    pub fn find_measure(&self, code: &str) -> Option<&MeasureSpec> {
        self.measures.get(code)
    }
    /// The holder of a credential that was checked earlier on this connection; none once it is withdrawn.
    pub fn find_principal(&self, name: &str) -> Option<&Arc<Principal>> {
        self.credentials.get(name).map(|c| &c.principal)
    }
    /// Checks a name and secret as sent by MQTT or HTTP Basic.
    pub fn authenticate(&self, name: &str, secret: &[u8]) -> Option<Arc<Principal>> {
        let key = self.key.as_ref()?;
        match self.credentials.get(name) {
            Some(credential) => {
                key.holds(name, secret, &credential.secret_hash).then(|| credential.principal.clone())
            }
            None => {
                // The same work for an unknown name, so that names cannot be told by time.
                let _ = key.holds(name, secret, &"00".repeat(32));
                None
            }
        }
    }
    /// Checks a bearer token, written `name.secret`; names may contain dots, secrets do not.
    pub fn authenticate_bearer(&self, token: &str) -> Option<Arc<Principal>> {
        let (name, secret) = token.rsplit_once('.')?;
        self.authenticate(name, secret.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let key = SecretKey(b"key of the test".to_vec());
        let principal = Principal::device(SourceId::new("gw-1"), DeviceId::new("door-1"));
        let secret_hash = key.hash("door-1", b"right");
        Snapshot::with_key(key).credentials([Credential { principal: Arc::new(principal), secret_hash }])
    }

    #[test]
    fn only_the_right_secret_opens_and_only_under_its_own_name() {
        let snapshot = snapshot();
        assert_eq!(snapshot.authenticate("door-1", b"right").unwrap().name, "door-1");
        assert!(snapshot.authenticate("door-1", b"Right").is_none());
        assert!(snapshot.authenticate("door-1", b"").is_none());
        assert!(snapshot.authenticate("door-2", b"right").is_none());
        assert_eq!(snapshot.authenticate_bearer("door-1.right").unwrap().name, "door-1");
        assert!(snapshot.authenticate_bearer("door-1right").is_none());
    }

    #[test]
    fn the_same_secret_is_stored_differently_for_two_names() {
        let key = SecretKey(vec![7; 32]);
        assert_ne!(key.hash("a", b"bc"), key.hash("ab", b"c"));
    }
}
