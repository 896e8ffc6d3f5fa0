//! Bounds of what a request holds, each described as it is checked: what the
//! description admits is accepted, but for what only an extension knows.

use std::borrow::Cow;
use std::fmt;

use ctx_model::{Budget, Phase};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Characters of the name of a tenant, a session or a document of state.
const LONGEST: usize = 256;

/// Every text that fits it is a budget.
const BUDGET: &str =
    "^([0-9]{1,9}( ?(t|tokens|B|b|bytes))?|[0-9]{1,6} ?(kB|KB|KiB)|[0-9]{1,3} ?(MB|MiB))$";

/// A path with dots, or a JSON Pointer. No key is empty.
const PLACE: &str = r"^(/[^/]+(/[^/]+)*|[^./][^.]*(\.[^.]+)*)$";

/// A budget: a number of tokens, or a text such as `8 KiB`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room(pub(crate) Budget);

/// A budget behind the question mark, where everything is text.
pub(crate) struct RoomText;

/// A number from 0 to 4,294,967,295.
pub(crate) struct Count;

/// A number of 64 bits.
pub(crate) struct Long;

/// The name of a tenant, a session or a document of state.
#[derive(Debug, Clone)]
pub(crate) struct Name(pub(crate) String);

/// A place in what handlers are shown, as the host reads it.
pub(crate) struct Place;

/// The name of a phase.
pub(crate) struct PhaseName;

/// One message of a conversation: whatever a model takes, as long as it says
/// whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Spoken(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Room;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of tokens, or a text such as `8 KiB`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Room, E> {
                text.parse().map(Room).map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, tokens: u64) -> Result<Room, E> {
                let tokens = u32::try_from(tokens).map_err(E::custom)?;
                Ok(Room(Budget::Tokens(tokens)))
            }
        }

        deserializer.deserialize_any(Reader).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.chars().count() {
            1..=LONGEST => Ok(Self(name)),
            _ => Err(D::Error::custom(format!("a name has 1 to {LONGEST} characters"))),
        }
    }
}

impl<'de> Deserialize<'de> for Spoken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let message = Map::deserialize(deserializer)?;
        if !message.get("role").is_some_and(Value::is_string) {
            return Err(D::Error::custom("a message has a `role`, which is text"));
        }
        let is_content = match message.get("content") {
            None | Some(Value::Null | Value::String(_)) => true,
            Some(Value::Array(parts)) => parts.iter().all(Value::is_object),
            Some(_) => false,
        };
        if !is_content {
            return Err(D::Error::custom("the `content` of a message is text, or a list of parts"));
        }
        Ok(Self(message))
    }
}

/// Reads the messages of a conversation, of which there is one at least.
pub(crate) fn conversation<'de, D>(deserializer: D) -> Result<Vec<Spoken>, D::Error>
where
    D: Deserializer<'de>,
{
    let messages = Vec::<Spoken>::deserialize(deserializer)?;
    if messages.is_empty() {
        return Err(D::Error::custom("a conversation has a message at least"));
    }
    Ok(messages)
}

/// Describes a conversation.
pub(crate) fn spoken() -> Schema {
    let content = AnyOfBuilder::new()
        .item(text())
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::Object)))
        .description(Some("Text, or the parts that it is made of"));
    let message = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("role", text().description(Some("Whose it is, such as `user`")))
        .property("content", content)
        .required("role");
    let messages = ArrayBuilder::new()
        .items(message)
        .min_items(Some(1))
        .description(Some("The oldest first; a model may take more fields than these"));
    Schema::Array(messages.build())
}

/// Describes what handlers are shown.
pub(crate) fn subject() -> Schema {
    let subject = AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Object))
        .item(text())
        .description(Some(
            "What the handlers are shown: an object, and the text of a query for \
             `retrieval_enrichment`",
        ));
    Schema::AnyOf(subject.build())
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number(least: i64, most: i64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
}

impl PartialSchema for Room {
    fn schema() -> RefOr<Schema> {
        let room = AnyOfBuilder::new()
            .item(Count::schema())
            .item(RoomText::schema())
            .description(Some("A number of tokens, or a text with a unit such as `8 KiB`"));
        Schema::AnyOf(room.build()).into()
    }
}

impl PartialSchema for RoomText {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some(BUDGET)).into()
    }
}

impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        number(0, u32::MAX.into()).into()
    }
}

impl PartialSchema for Long {
    fn schema() -> RefOr<Schema> {
        number(i64::MIN, i64::MAX).into()
    }
}

impl PartialSchema for Name {
    fn schema() -> RefOr<Schema> {
        text().min_length(Some(1)).max_length(Some(LONGEST)).into()
    }
}

impl PartialSchema for Place {
    fn schema() -> RefOr<Schema> {
        text().pattern(Some(PLACE)).into()
    }
}

impl PartialSchema for PhaseName {
    fn schema() -> RefOr<Schema> {
        text().enum_values(Some(Phase::ALL.map(Phase::as_str))).into()
    }
}

impl ToSchema for Room {
    fn name() -> Cow<'static, str> {
        "Budget".into()
    }
}

impl ToSchema for RoomText {}
impl ToSchema for Count {}
impl ToSchema for Long {}
impl ToSchema for Name {}
impl ToSchema for Place {}
impl ToSchema for PhaseName {}
