//! Whether a schema keeps what an earlier one promised to those who read what
//! it describes: nothing is removed, renamed, of another type, or no longer
//! always there. It may have more.

use std::collections::BTreeSet;

use serde_json::Value;

/// Words of a schema that mean another value when they change.
const SAME: [&str; 4] = ["const", "format", "minimum", "pattern"];

/// Names everything that the earlier schema promised and the later one breaks.
pub(super) fn broken(earlier: &Value, later: &Value) -> Vec<String> {
    let mut look = Look { earlier, later, seen: BTreeSet::new(), broken: Vec::new() };
    look.compare("", earlier, later);
    look.broken
}

struct Look<'a> {
    earlier: &'a Value,
    later: &'a Value,
    /// Pairs of named schemas that were compared: they may refer to themselves.
    seen: BTreeSet<(String, String)>,
    broken: Vec<String>,
}

impl<'a> Look<'a> {
    fn compare(&mut self, at: &str, before: &'a Value, after: &'a Value) {
        let names = [before, after].map(|one| one["$ref"].as_str().unwrap_or_default().to_owned());
        if names.iter().any(|name| !name.is_empty()) {
            let [one, other] = names;
            if !self.seen.insert((one, other)) {
                return;
            }
        }
        let (before, after) = (followed(self.earlier, before), followed(self.later, after));
        self.types(at, before, after);
        for word in SAME {
            if let Some(was) = before.get(word)
                && after.get(word) != Some(was)
            {
                let is = after.get(word).map_or_else(|| "nothing".to_owned(), Value::to_string);
                self.say(at, &format!("`{word}` was {was} and is {is}"));
            }
        }
        self.words(at, before, after);
        self.fields(at, before, after);
        self.variants(at, before, after);
        for inner in ["items", "additionalProperties"] {
            if let Some(was) = before.get(inner).filter(|was| was.is_object()) {
                let at = format!("{at}/{}", if inner == "items" { "[]" } else { "*" });
                match after.get(inner) {
                    Some(is) => self.compare(&at, was, is),
                    None => self.say(&at, "what is in it is no longer said"),
                }
            }
        }
    }

    fn types(&mut self, at: &str, before: &Value, after: &Value) {
        let (was, is) = (types(before), types(after));
        if !was.is_empty() && was != is {
            self.say(at, &format!("it was {} and is {}", listed(&was), listed(&is)));
        }
    }

    /// Values that may turn up may become more, and none may go.
    fn words(&mut self, at: &str, before: &Value, after: &Value) {
        let Some(was) = before["enum"].as_array() else { return };
        let is = after["enum"].as_array();
        for word in was {
            if !is.is_some_and(|is| is.contains(word)) {
                self.say(at, &format!("the value {word} is gone"));
            }
        }
    }

    fn fields(&mut self, at: &str, before: &'a Value, after: &'a Value) {
        let Some(was) = before["properties"].as_object() else { return };
        let is = after["properties"].as_object();
        let required = |schema: &Value, name: &str| {
            schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
        };
        for (name, field) in was {
            let at = format!("{at}/{name}");
            let Some(now) = is.and_then(|is| is.get(name)) else {
                let alike = |(other, schema): &(&String, &Value)| {
                    !was.contains_key(*other) && *schema == field
                };
                let why = match is.into_iter().flatten().find(alike) {
                    Some((other, _)) => format!("it is gone, or renamed to `{other}`"),
                    None => "it is gone".to_owned(),
                };
                self.say(&at, &why);
                continue;
            };
            if required(before, name) && !required(after, name) {
                self.say(&at, "it was always there, and now it may be absent");
            }
            self.compare(&at, field, now);
        }
    }

    /// Of alternatives each must still be there, in its place.
    fn variants(&mut self, at: &str, before: &'a Value, after: &'a Value) {
        for word in ["oneOf", "anyOf", "allOf"] {
            let Some(was) = before[word].as_array() else { continue };
            for (place, variant) in was.iter().enumerate() {
                let at = format!("{at}<{place}>");
                match after[word].get(place) {
                    Some(now) => self.compare(&at, variant, now),
                    None => self.say(&at, "this alternative is gone"),
                }
            }
        }
    }

    fn say(&mut self, at: &str, why: &str) {
        self.broken.push(format!("{}: {why}", if at.is_empty() { "/" } else { at }));
    }
}

fn followed<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(pointer) = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#')) {
        match root.pointer(pointer) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

fn types(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::String(one) => BTreeSet::from([one.as_str()]),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn listed(types: &BTreeSet<&str>) -> String {
    if types.is_empty() {
        return "anything".to_owned();
    }
    types.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(" or ")
}
