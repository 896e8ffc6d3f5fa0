//! A form for a JSON Schema, and arguments out of what was filled in. Pure.
//! What has no field of its own is written as JSON; so is everything, where a
//! schema is more than a list of properties.

mod property;
#[cfg(test)]
mod tests;

use ctx_model::AgentInfo;
use serde_json::{Map, Value};

use self::property::field;

/// Fields of one form. A schema with more is filled in as JSON.
const MOST: usize = 64;

/// What the fields are called when they come back, so that no property can
/// take another's name.
const PREFIX: &str = "arg:";

/// The field that holds all arguments as JSON.
const WHOLE: &str = "json";

/// A form, empty or filled in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    /// Whether its one field holds all arguments.
    pub(crate) is_whole: bool,
}

/// A field and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// What it is called when it comes back.
    pub(crate) key: String,
    /// What it is called within the page.
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) description: String,
    /// What its schema says of values, in a few words.
    pub(crate) rule: String,
    pub(crate) is_required: bool,
    pub(crate) control: Control,
    /// What is in it.
    pub(crate) value: String,
    /// What is wrong with it.
    pub(crate) problem: Option<String>,
    name: String,
    has_default: bool,
}

/// How a value is filled in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Control {
    /// Text of one line.
    Line,
    /// Text of more than one.
    Lines,
    Number {
        is_whole: bool,
    },
    Check {
        is_checked: bool,
    },
    Choice(Vec<Choice>),
    /// Any JSON.
    Json,
}

/// One of the values that there are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    /// As JSON.
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

impl Form {
    /// Makes the form for a schema of arguments.
    pub(crate) fn of(schema: &str) -> Self {
        let Ok(schema) = serde_json::from_str::<Value>(schema) else { return Self::whole() };
        let Some(properties) = plain(&schema) else { return Self::whole() };
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut fields: Vec<Field> = properties
            .iter()
            .map(|(name, property)| {
                field(&schema, name, property, required.contains(&name.as_str()))
            })
            .collect();
        // Whoever must be filled in comes first; otherwise as the schema says.
        fields.sort_by_key(|field| !field.is_required);
        Self { fields, is_whole: false }.numbered()
    }

    /// Makes the form for the arguments of an agent, which are text.
    pub(crate) fn of_agent(agent: &AgentInfo) -> Self {
        let fields = agent.arguments.iter().map(|argument| Field {
            label: argument.title.clone().unwrap_or_else(|| argument.name.clone()),
            description: argument.description.clone(),
            is_required: argument.required,
            control: property::text(&argument.name),
            ..Field::new(&argument.name)
        });
        Self { fields: fields.collect(), is_whole: false }.numbered()
    }

    /// Makes the form in which all arguments are JSON.
    pub(crate) fn whole() -> Self {
        let field = Field {
            key: WHOLE.to_owned(),
            label: "Arguments".to_owned(),
            description: "A JSON object, as the schema below describes it.".to_owned(),
            control: Control::Json,
            value: "{}".to_owned(),
            ..Field::new("")
        };
        Self { fields: vec![field], is_whole: true }.numbered()
    }

    /// Fills in what came back and reads the arguments. Without them something
    /// is wrong, which stands beside its field.
    pub(crate) fn read(&mut self, posted: &[(String, String)]) -> Option<Value> {
        let mut arguments = Map::new();
        let mut is_sound = true;
        for field in &mut self.fields {
            let text = posted.iter().find(|(key, _)| *key == field.key).map(|(_, text)| &**text);
            match field.read(text) {
                Ok(Some(Value::Object(all))) if self.is_whole => arguments = all,
                Ok(Some(_)) if self.is_whole => {
                    field.problem = Some("this is no JSON object".to_owned());
                    is_sound = false;
                }
                Ok(Some(value)) => drop(arguments.insert(field.name.clone(), value)),
                Ok(None) => {}
                Err(problem) => {
                    field.problem = Some(problem);
                    is_sound = false;
                }
            }
        }
        is_sound.then_some(Value::Object(arguments))
    }

    fn numbered(mut self) -> Self {
        for (at, field) in self.fields.iter_mut().enumerate() {
            field.id = format!("field-{at}");
        }
        self
    }
}

impl Field {
    fn new(name: &str) -> Self {
        Self {
            key: format!("{PREFIX}{name}"),
            id: String::new(),
            label: name.to_owned(),
            description: String::new(),
            rule: String::new(),
            is_required: false,
            control: Control::Line,
            value: String::new(),
            problem: None,
            name: name.to_owned(),
            has_default: false,
        }
    }

    /// Returns the ids of what is said about it within the page.
    pub(crate) fn described(&self) -> String {
        let about = !self.description.is_empty() || !self.rule.is_empty();
        let about = about.then(|| format!("{}-about", self.id));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.id));
        about.into_iter().chain(problem).collect::<Vec<_>>().join(" ")
    }

    /// Takes in what came back, and reads the value if there is one.
    fn read(&mut self, text: Option<&str>) -> Result<Option<Value>, String> {
        let text = text.unwrap_or_default();
        match &mut self.control {
            Control::Check { is_checked } => {
                *is_checked = !text.is_empty();
                // An absent one would be filled in by its default.
                let is_said = *is_checked || self.is_required || self.has_default;
                Ok(is_said.then_some(Value::Bool(*is_checked)))
            }
            Control::Choice(choices) => {
                for choice in &mut *choices {
                    choice.is_chosen = choice.value == text;
                }
                if text.is_empty() {
                    return Ok(None);
                }
                let chosen = choices.iter().find(|choice| choice.is_chosen);
                let chosen = chosen.and_then(|choice| serde_json::from_str(&choice.value).ok());
                chosen.map(Some).ok_or_else(|| "this is none of the choices".to_owned())
            }
            Control::Line | Control::Lines => {
                // Browsers send line ends as HTTP does, and nobody typed that.
                self.value = text.replace("\r\n", "\n");
                let is_said = self.is_required || !self.value.is_empty();
                Ok(is_said.then(|| Value::String(self.value.clone())))
            }
            Control::Number { .. } => {
                text.trim().clone_into(&mut self.value);
                if self.value.is_empty() {
                    return Ok(None);
                }
                number(&self.value).map(Some).ok_or_else(|| "this is no number".to_owned())
            }
            Control::Json => {
                text.trim().clone_into(&mut self.value);
                if self.value.is_empty() {
                    return Ok(None);
                }
                serde_json::from_str(&self.value)
                    .map(Some)
                    .map_err(|error| format!("this is no JSON: {error}"))
            }
        }
    }
}

/// Reads a number as a person writes it. An integer stays one.
fn number(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return value.is_number().then_some(value);
    }
    serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// Returns the properties of a schema that is no more than a list of them.
fn plain(schema: &Value) -> Option<&Map<String, Value>> {
    const MORE: [&str; 9] = [
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "patternProperties",
        "dependentSchemas",
        "dependencies",
    ];
    let object = schema.as_object()?;
    let is_object = object.get("type").is_none_or(|kind| kind == "object");
    let is_open = object.get("additionalProperties").is_some_and(Value::is_object);
    let properties = object.get("properties")?.as_object()?;
    let is_plain = is_object
        && !is_open
        && properties.len() <= MOST
        && !MORE.iter().any(|key| object.contains_key(*key));
    is_plain.then_some(properties)
}
