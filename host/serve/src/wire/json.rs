//! JSON that an extension gave, passed on as it came: read once to see that
//! it is JSON, and never built into a tree. What is none is passed on as text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON that an extension gave.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(Given<'a>);

#[derive(Debug, Clone, Copy)]
enum Given<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl<'a> Json<'a> {
    /// Reads what an extension gave.
    pub fn new(text: &'a str) -> Self {
        // A raw value alone would let through what readers choke on: a number
        // beyond all bounds, half a surrogate pair, nesting without end.
        let is_sound = serde_json::from_str::<Sound>(text).is_ok();
        let given = is_sound.then(|| serde_json::from_str(text).ok()).flatten();
        Self(given.map_or(Given::Text(text), Given::Json))
    }

    /// Reads what an extension gave where it may also give nothing, which
    /// `null` is.
    pub fn present(text: Option<&'a str>) -> Option<Self> {
        text.map(Self::new).filter(|json| !json.is_null())
    }

    fn is_null(&self) -> bool {
        matches!(self.0, Given::Json(json) if json.get() == "null")
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Given::Json(json) => json.serialize(serializer),
            Given::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// JSON that can be read to its end. Nothing of it is kept.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}
