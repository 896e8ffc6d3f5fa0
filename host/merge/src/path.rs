//! Where in a document something is: dotted keys, or a JSON Pointer.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};
use thiserror::Error;

/// A place in a document: one key or more, none of them empty. Keys are those
/// of objects; what is in an array has no path of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<String>);

/// Text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no path: write keys with dots between them, or a JSON Pointer; no key is empty")]
pub struct InvalidPath(String);

impl Path {
    /// Whether both lie on one line: they are equal, or one contains the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Whether `other` is this place or lies below it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Names the keys on the way.
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// Returns what is there.
    pub fn get<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, key| value.as_object()?.get(key))
    }

    /// Whether something can be put there: nothing on the way is anything but
    /// an object.
    pub(crate) fn is_reachable(&self, document: &Value) -> bool {
        let mut value = document;
        for key in &self.0 {
            let Some(object) = value.as_object() else { return false };
            match object.get(key) {
                Some(next) => value = next,
                None => return true,
            }
        }
        true
    }

    /// Puts a value there, with the objects on the way. What is no object
    /// there gives way.
    pub fn set(&self, document: &mut Value, new: Value) {
        *self.place(document) = new;
    }

    /// Returns the place itself, made with all that leads to it.
    pub(crate) fn place<'a>(&self, document: &'a mut Value) -> &'a mut Value {
        self.0.iter().fold(document, |value, key| {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            let object = value.as_object_mut().expect("it was made one above");
            object.entry(key.as_str()).or_insert(Value::Null)
        })
    }
}

impl FromStr for Path {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let keys: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => text.split('.').map(str::to_owned).collect(),
        };
        if keys.iter().any(String::is_empty) {
            return Err(InvalidPath(text.to_owned()));
        }
        Ok(Self(keys))
    }
}

impl fmt::Display for Path {
    /// With dots, or as a JSON Pointer if a key needs it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |key: &String| !key.contains('.') && !key.starts_with('/');
        if self.0.iter().all(is_plain) {
            return f.write_str(&self.0.join("."));
        }
        self.0
            .iter()
            .try_for_each(|key| write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")))
    }
}
