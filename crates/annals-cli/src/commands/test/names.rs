//! Short names that stand for uuids: the same name is the same uuid, in every case and every file.

use std::collections::BTreeMap;

use uuid::Uuid;

/// The name space of short names that stand for uuids.
const NAMES: Uuid = Uuid::from_u128(0x2f0c_87a4_16b5_4d3e_8a54_5b7e_1b1d_6c11);

/// The short names of a case, by the uuids that they stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// The uuid that a text is, or that it stands for; `None` where there is no text.
    pub(super) fn uuid(&mut self, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        if let Ok(uuid) = Uuid::try_parse(text) {
            return Some(uuid.to_string());
        }
        let uuid = Uuid::new_v5(&NAMES, text.as_bytes()).to_string();
        self.0.insert(uuid.clone(), text.to_owned());
        Some(uuid)
    }

    /// A text with the names in place of the uuids.
    pub(super) fn shown(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (uuid, name)| text.replace(uuid, name))
    }
}
