//! Takes secrets out of a conversation, and makes sure that none is left.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_model::Redaction;
use toml::Value;

use super::Unkept;
use crate::format::Conversation;

pub(super) fn clean(
    conversation: &Conversation,
    redaction: &Redaction,
) -> Result<Conversation, Unkept> {
    let format = |error: &dyn std::fmt::Display| Unkept::Format(error.to_string());
    let mut value = Value::try_from(conversation).map_err(|error| format(&error))?;
    walk(&mut value, "", redaction)?;
    let clean: Conversation = value.try_into().map_err(|error| format(&error))?;
    let written = clean.write().map_err(|error| format(&error))?;
    if redaction.text(&written) != written {
        let why = "it is an ordinary word, or a part of one, of the file itself";
        return Err(Unkept::Inside(why.to_owned()));
    }
    // What is recorded must be read again as it is.
    match Conversation::parse(&written) {
        Ok(again) if again == clean => Ok(clean),
        Ok(_) => Err(Unkept::Format("it is not read again as it was written".to_owned())),
        Err(error) => Err(format(&error)),
    }
}

fn walk(value: &mut Value, key: &str, redaction: &Redaction) -> Result<(), Unkept> {
    match value {
        Value::String(text) if key == "base64" || key == "answer_base64" => {
            let bytes = STANDARD.decode(text.as_bytes()).unwrap_or_default();
            let read = String::from_utf8_lossy(&bytes);
            if redaction.text(&read) != read {
                return Err(Unkept::Inside("bytes that are no text".to_owned()));
            }
        }
        Value::String(text) => *text = cleaned(text, redaction),
        Value::Array(all) => all.iter_mut().try_for_each(|one| walk(one, key, redaction))?,
        Value::Table(table) => {
            for (key, one) in table.iter_mut() {
                walk(one, key, redaction)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn cleaned(text: &str, redaction: &Redaction) -> String {
    let clean = redaction.text(text).into_owned();
    // In JSON a secret may be escaped in other ways than ours.
    let looks_so = clean.trim_start().starts_with(['{', '[', '"']);
    match serde_json::from_str::<serde_json::Value>(&clean) {
        Ok(value) if looks_so => {
            let (before, after) = (value.to_string(), redaction.json(clean.clone()));
            if before == after { clean } else { after }
        }
        _ => clean,
    }
}
