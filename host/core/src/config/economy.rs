//! `[mcp]`: how much of what is installed a model is shown at once, and who is
//! shown what. The operator's word; a clone must not tell a model anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ctx_model::{Pattern, seconds};
use serde::Deserialize;
use toml::Value;

use super::message;

/// Keys of the section.
pub(super) const KEYS: [&str; 7] =
    ["instructions", "descriptions", "facade", "answer_tokens", "keep", "clients", "agents"];

/// Tokens of an answer, unless the config says: what the strictest client that
/// we know of takes.
const ANSWER: u32 = 25_000;

/// How long the rest of an answer is kept, unless the config says.
const KEEP: Duration = Duration::from_mins(10);

/// How much of what is installed a model is shown at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Economy {
    /// What a model reads first, after our own words.
    pub instructions: Option<String>,
    /// Characters of a description in a list.
    pub descriptions: Option<u32>,
    pub facade: Facade,
    /// Tokens of an answer; more of it is a resource. Absent: all of it.
    pub answer: Option<u32>,
    /// How long that resource is there.
    pub keep: Duration,
    /// The tools that a client is shown, by the name that it gives itself. `*`
    /// is for all that are not named.
    pub clients: BTreeMap<String, Arc<[Pattern]>>,
    /// The tools that an agent is shown, if not those that it names itself.
    pub agents: BTreeMap<String, Arc<[Pattern]>>,
}

/// When tools are not listed one by one, but found and called through three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Facade {
    #[default]
    Never,
    Always,
    /// Beyond so many tools, or tokens of all of them.
    Above {
        tools: Option<u32>,
        tokens: Option<u32>,
    },
}

impl Default for Economy {
    fn default() -> Self {
        Self {
            instructions: None,
            descriptions: None,
            facade: Facade::Never,
            answer: Some(ANSWER),
            keep: KEEP,
            clients: BTreeMap::new(),
            agents: BTreeMap::new(),
        }
    }
}

/// The section as it is written.
#[derive(Deserialize)]
struct Written {
    instructions: Option<String>,
    descriptions: Option<u32>,
    facade: Option<WrittenFacade>,
    answer_tokens: Option<u32>,
    keep: Option<String>,
    #[serde(default)]
    clients: BTreeMap<String, Shown>,
    #[serde(default)]
    agents: BTreeMap<String, Shown>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected true, false, or a table with `tools` or `tokens`")]
enum WrittenFacade {
    Switch(bool),
    Above(Above),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Above {
    tools: Option<u32>,
    tokens: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    tools: Vec<String>,
}

impl Economy {
    /// Reads the section.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let written: Written =
            value.try_into().map_err(|error| format!("[mcp] {}", message(&error)))?;
        let mut economy = Self {
            instructions: written.instructions.filter(|text| !text.trim().is_empty()),
            descriptions: written.descriptions.filter(|most| *most > 0),
            clients: lists("clients", written.clients)?,
            agents: lists("agents", written.agents)?,
            ..Self::default()
        };
        economy.facade = match written.facade {
            None | Some(WrittenFacade::Switch(false)) => Facade::Never,
            Some(WrittenFacade::Switch(true)) => Facade::Always,
            Some(WrittenFacade::Above(Above { tools, tokens })) => Facade::Above { tools, tokens },
        };
        if let Some(answer) = written.answer_tokens {
            economy.answer = (answer > 0).then_some(answer);
        }
        if let Some(keep) = &written.keep {
            let wrong = || "[mcp] keep wants a duration such as \"10m\"".to_owned();
            economy.keep = seconds(keep).ok_or_else(wrong)?;
        }
        Ok(economy)
    }

    /// Returns the tools that a client is shown, if that is narrowed.
    pub fn client(&self, name: &str) -> Option<&Arc<[Pattern]>> {
        self.clients.get(name).or_else(|| self.clients.get("*"))
    }
}

fn lists(
    key: &str,
    written: BTreeMap<String, Shown>,
) -> Result<BTreeMap<String, Arc<[Pattern]>>, String> {
    let read = |(name, shown): (String, Shown)| {
        let patterns = shown.tools.iter().map(|text| text.parse::<Pattern>());
        match patterns.collect::<Result<Vec<_>, _>>() {
            Ok(patterns) => Ok((name, patterns.into())),
            Err(error) => Err(format!("[mcp.{key}.{name}] tools: {error}")),
        }
    };
    written.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn read(text: &str) -> Result<Economy, String> {
        Economy::read(Value::Table(text.parse().unwrap()))
    }

    #[test]
    fn a_section_is_read_and_what_it_leaves_out_is_the_default() {
        assert_eq!(read("").unwrap(), Economy::default());
        let economy = read(
            "descriptions = 80\nfacade = { tools = 40 }\nanswer_tokens = 0\nkeep = '5m'\n\
             clients.cursor.tools = ['weather/*']\nclients.'*'.tools = ['search']",
        )
        .unwrap();
        assert_eq!(economy.facade, Facade::Above { tools: Some(40), tokens: None });
        assert_eq!((economy.answer, economy.descriptions), (None, Some(80)));
        assert_eq!(economy.client("cursor").unwrap()[0].to_string(), "weather/*");
        assert_eq!(economy.client("other").unwrap()[0].to_string(), "search");
        assert_eq!(read("facade = true").unwrap().facade, Facade::Always);
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_key() {
        for (text, named) in [
            ("facade = 'yes'", "facade"),
            ("keep = '10'", "keep"),
            ("clients.a.tools = ['a b']", "mcp.clients.a"),
            ("agents.a = {}", "tools"),
            ("descriptions = -1", "descriptions"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(named) || why.contains("expected"), "{text}: {why}");
        }
    }
}
