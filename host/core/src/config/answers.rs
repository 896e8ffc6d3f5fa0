//! `[answers]`: how answers are wanted where the caller says nothing, surface by
//! surface, and whether transforms are tools of their own. A value that makes
//! no sense is a warning, and answers stay as they are.

use ctx_model::Budget;
use toml::{Table, Value};

use super::{engine, unknown};
use crate::shape::Surface;

/// What the config says of answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// Of tools, over MCP.
    pub own: Wanted,
    /// Of searches.
    pub search: Wanted,
    /// Documents that are read.
    pub get: Wanted,
    /// Whether `compress`, `chunk` and `view` are tools.
    pub tools: bool,
}

/// How one surface is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// A read-mode.
    pub view: Option<String>,
    /// A compressor.
    pub compress: Option<String>,
    pub budget: Option<Budget>,
}

/// The keys of `[answers]`.
pub(super) const KEYS: &[&str] = &["view", "compress", "budget", "tools", "search", "get"];

/// The keys of what is below it.
const BELOW: [&str; 3] = ["view", "compress", "budget"];

impl Answers {
    /// Returns how a surface is wanted.
    pub(crate) fn of(&self, surface: Surface) -> &Wanted {
        match surface {
            Surface::Answers => &self.own,
            Surface::Search => &self.search,
            Surface::Documents => &self.get,
        }
    }

    pub(super) fn read(table: &Table, warnings: &mut Vec<String>) -> Self {
        let mut below = |key: &str| {
            let section = format!("answers.{key}");
            match table.get(key) {
                None => Wanted::default(),
                Some(Value::Table(inside)) => {
                    unknown(warnings, &section, &Value::Table(inside.clone()), &BELOW);
                    Wanted::read(inside, &section, warnings)
                }
                Some(_) => {
                    warnings.push(format!("`{section}` must be a table, and is passed over"));
                    Wanted::default()
                }
            }
        };
        let (search, get) = (below("search"), below("get"));
        let own = Wanted::read(table, "answers", warnings);
        let tools = match table.get("tools") {
            None => false,
            Some(Value::Boolean(tools)) => *tools,
            Some(_) => {
                warnings.push("`answers.tools` must be true or false".to_owned());
                false
            }
        };
        Self { own, search, get, tools }
    }
}

impl Wanted {
    fn read(table: &Table, section: &str, warnings: &mut Vec<String>) -> Self {
        let view = engine::text(table, section, "view", warnings);
        let compress = engine::text(table, section, "compress", warnings);
        let budget = table.get("budget").and_then(|value| {
            let budget = match value {
                Value::Integer(tokens) => u32::try_from(*tokens).ok().map(Budget::Tokens),
                Value::String(text) => text.parse().ok(),
                _ => None,
            };
            if budget.is_none() {
                warnings.push(format!(
                    "`{section}.budget` must be a number of tokens or a text such as `8 KiB`"
                ));
            }
            budget
        });
        Self { view, compress, budget }
    }
}
