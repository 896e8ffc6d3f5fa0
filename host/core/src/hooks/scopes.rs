//! Classes of data: what a hook may not see is not in what it is shown, and
//! what it writes there does not count.

use ctx_merge::Path;
use ctx_model::{Document, HookTransaction};
use serde_json::Value;

/// Which classes lie where in what a hook is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Classes(Vec<(Path, Vec<String>)>);

/// The keys of a document that say something of what is in it.
const TELLING: [&str; 6] = ["title", "author", "uri", "language", "metadata", "text"];

impl Classes {
    /// Reads classes by path, as a caller gives them.
    pub(crate) fn read(
        given: impl IntoIterator<Item = (String, Vec<String>)>,
    ) -> Result<Self, String> {
        let one = |(path, classes): (String, Vec<String>)| {
            let path = path.parse().map_err(|error: ctx_merge::InvalidPath| error.to_string())?;
            Ok((path, classes))
        };
        given.into_iter().map(one).collect::<Result<_, String>>().map(Self)
    }

    /// Returns those of a document: its source's, which it may narrow and
    /// never widen.
    pub(crate) fn of_document(source: &[String], document: &Document) -> Self {
        let classes: Vec<String> = match &document.data_classes {
            None => source.to_vec(),
            Some(own) => source.iter().filter(|class| own.contains(class)).cloned().collect(),
        };
        if classes.is_empty() {
            return Self::default();
        }
        let one = |key: &str| (key.parse().expect("a key is a path"), classes.clone());
        Self(TELLING.into_iter().map(one).collect())
    }

    /// Returns the places that somebody with these scopes may not see.
    pub(super) fn hidden<'a>(&'a self, scopes: &[String]) -> Vec<&'a Path> {
        let lacks = |classes: &[String]| classes.iter().any(|class| !scopes.contains(class));
        self.0.iter().filter(|(_, classes)| lacks(classes)).map(|(path, _)| path).collect()
    }
}

/// Returns what is left of a value without these places.
pub(super) fn stripped(value: &Value, hidden: &[&Path]) -> Value {
    let mut left = value.clone();
    for path in hidden {
        let Some((last, way)) = path.keys().split_last() else { continue };
        let above =
            way.iter().try_fold(&mut left, |value, key| value.as_object_mut()?.get_mut(key));
        if let Some(Value::Object(object)) = above {
            object.shift_remove(last);
        }
    }
    left
}

/// Returns the first place that a transaction writes to and that its author
/// may not see.
pub(super) fn written<'a>(transaction: &HookTransaction, hidden: &[&'a Path]) -> Option<&'a Path> {
    let paths = transaction.operations.iter().filter_map(|one| one.path.parse::<Path>().ok());
    paths.into_iter().find_map(|path| hidden.iter().find(|one| one.overlaps(&path)).copied())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use ctx_model::Content;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn strings(all: &[&str]) -> Vec<String> {
        all.iter().map(|&one| one.to_owned()).collect()
    }

    #[test]
    fn what_a_hook_may_not_see_is_not_there() {
        let given = [
            ("user.email".to_owned(), strings(&["pii"])),
            ("user.card".to_owned(), strings(&["pii", "payment"])),
            ("/nowhere/at all".to_owned(), strings(&["pii"])),
        ];
        let classes = Classes::read(given).unwrap();
        let value = json!({"user": {"name": "n", "email": "e", "card": 1}});
        let seen = |scopes: &[&str]| stripped(&value, &classes.hidden(&strings(scopes)));
        assert_eq!(seen(&[]), json!({"user": {"name": "n"}}));
        assert_eq!(seen(&["pii"]), json!({"user": {"name": "n", "email": "e"}}));
        assert_eq!(seen(&["pii", "payment"]), value);
        assert!(Classes::read([("a..b".to_owned(), vec![])]).is_err());
    }

    proptest! {
        #[test]
        fn a_document_narrows_the_classes_of_its_source_and_never_widens_them(
            source in prop::collection::btree_set("[a-d]", 0..4),
            own in prop::option::of(prop::collection::vec("[a-f]", 0..5)),
            scopes in prop::collection::vec("[a-f]", 0..5),
        ) {
            let source: Vec<String> = source.into_iter().collect();
            let document = Document {
                id: "d".into(), version: String::new(), title: None, author: None, uri: None,
                media_type: String::new(), language: None, created: None, modified: None,
                data_classes: own.clone(), metadata: "{}".into(), content: Content::Deferred,
            };
            let classes = Classes::of_document(&source, &document);
            let effective: Vec<&String> = source.iter()
                .filter(|class| own.as_ref().is_none_or(|own| own.contains(class))).collect();
            let is_hidden = effective.iter().any(|class| !scopes.contains(class));
            prop_assert_eq!(!classes.hidden(&scopes).is_empty(), is_hidden);
        }
    }
}
