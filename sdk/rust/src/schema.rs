//! JSON Schema in a few words, for arguments, answers and settings. Anything
//! beyond them is written with `serde_json::json!` and turned into a
//! [`Schema`] with `into()`.

use std::fmt;

use serde_json::{Map, Value, json};

/// A JSON Schema.
///
/// ```
/// use ctx_sdk::Schema;
///
/// let schema = Schema::object()
///     .required("city", Schema::string().describe("Name of the city"))
///     .optional("days", Schema::integer().between(1, 7).default(3));
/// assert_eq!(
///     schema.to_string(),
///     concat!(
///         r#"{"properties":{"city":{"description":"Name of the city","type":"string"},"#,
///         r#""days":{"default":3,"maximum":7,"minimum":1,"type":"integer"}},"#,
///         r#""required":["city"],"type":"object"}"#,
///     )
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schema(Map<String, Value>);

impl Schema {
    /// Any text.
    pub fn string() -> Self {
        Self::of("string")
    }

    /// A whole number.
    pub fn integer() -> Self {
        Self::of("integer")
    }

    /// Any number.
    pub fn number() -> Self {
        Self::of("number")
    }

    /// True or false.
    pub fn boolean() -> Self {
        Self::of("boolean")
    }

    /// A list of one kind of thing.
    pub fn array(items: Self) -> Self {
        Self::of("array").with("items", Value::Object(items.0))
    }

    /// An object. Its properties follow with [`required`](Self::required) and
    /// [`optional`](Self::optional).
    pub fn object() -> Self {
        Self::of("object")
    }

    /// Adds a property that must be there.
    #[must_use]
    pub fn required(self, name: &str, schema: Self) -> Self {
        let mut with = self.optional(name, schema);
        if let Value::Array(required) = with.0.entry("required").or_insert_with(|| json!([])) {
            required.push(json!(name));
        }
        with
    }

    /// Adds a property that may be there.
    #[must_use]
    pub fn optional(mut self, name: &str, schema: Self) -> Self {
        if let Value::Object(properties) = self.0.entry("properties").or_insert_with(|| json!({})) {
            properties.insert(name.to_owned(), Value::Object(schema.0));
        }
        self
    }

    /// Refuses properties that are not named, so that a mistyped one is told
    /// and not passed over.
    #[must_use]
    pub fn closed(self) -> Self {
        self.with("additionalProperties", Value::Bool(false))
    }

    /// Says what it is, for people and models.
    #[must_use]
    pub fn describe(self, description: &str) -> Self {
        self.with("description", json!(description))
    }

    /// Says what holds if the property is absent. The host fills it in for
    /// settings; for arguments, give the field a serde default as well.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        self.with("default", value.into())
    }

    /// Allows these values only.
    #[must_use]
    pub fn one_of<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.with("enum", values.into_iter().map(Into::into).collect())
    }

    /// Bounds a number, both ends included.
    #[must_use]
    pub fn between(self, least: impl Into<Value>, most: impl Into<Value>) -> Self {
        self.with("minimum", least.into()).with("maximum", most.into())
    }

    /// Returns the schema as the text that the host is given.
    pub(crate) fn into_json(self) -> String {
        Value::Object(self.0).to_string()
    }

    fn of(kind: &str) -> Self {
        Self(Map::new()).with("type", json!(kind))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

/// Anything but an object becomes the schema that everything fits.
impl From<Value> for Schema {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(schema) => Self(schema),
            _ => Self(Map::new()),
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clone().into_json())
    }
}
