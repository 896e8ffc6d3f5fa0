//! What a caller may use: everything, unless lists narrow it. Each list must
//! name a tool or an agent for it to be within reach.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// Names tools and agents: `*`, `weather/*`, `weather/forecast`, or a bare name
/// as it goes outside. A `*` at the end stands for any ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every tool and every agent.
    All,
    /// What is the operator's own: syncs, logs, counts and the page.
    Operator,
    /// Those of one extension, or of whichever.
    Named { extension: Option<String>, name: String },
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` names no tools: write `*`, `EXTENSION/*`, `EXTENSION/TOOL`, `TOOL` or `@operator`")]
pub struct InvalidPattern(String);

/// What a caller may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach(Vec<Arc<[Pattern]>>);

impl Reach {
    /// Returns what may use everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Narrows it to what a list names besides.
    #[must_use]
    pub fn narrowed(mut self, list: impl Into<Arc<[Pattern]>>) -> Self {
        self.0.push(list.into());
        self
    }

    /// Whether nothing narrows it.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds what is the operator's own.
    pub fn is_operator(&self) -> bool {
        self.0.iter().all(|list| list.contains(&Pattern::Operator))
    }

    /// Whether it holds all of an extension: what it keeps beside its tools, too.
    pub fn holds_all_of(&self, extension: &str) -> bool {
        let is_whole = |one: &Pattern| match one {
            Pattern::All => true,
            Pattern::Operator => false,
            Pattern::Named { extension: owner, name } => {
                owner.as_deref() == Some(extension) && name == "*"
            }
        };
        self.0.iter().all(|list| list.iter().any(is_whole))
    }

    /// Whether it holds a tool or an agent, by its extension, its name there,
    /// and the name that it goes by outside.
    pub fn holds(&self, extension: &str, name: &str, wire_name: &str) -> bool {
        self.0.iter().all(|list| list.iter().any(|one| one.names(extension, name, wire_name)))
    }
}

impl Pattern {
    fn names(&self, extension: &str, name: &str, wire_name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Operator => false,
            Self::Named { extension: None, name: wanted } => {
                fits(wanted, wire_name) || fits(wanted, name)
            }
            Self::Named { extension: Some(owner), name: wanted } => {
                owner == extension && fits(wanted, name)
            }
        }
    }
}

fn fits(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => wanted == name,
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        match text {
            "*" => return Ok(Self::All),
            "@operator" => return Ok(Self::Operator),
            _ => {}
        }
        let (extension, name) = match text.split_once('/') {
            Some((extension, name)) => (Some(extension), name),
            None => (None, text),
        };
        let is_plain = |text: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            text.bytes().all(plain)
        };
        let stem = name.strip_suffix('*').unwrap_or(name);
        let is_named = !name.is_empty() && is_plain(stem);
        let is_owned = extension.is_none_or(|owner| !owner.is_empty() && is_plain(owner));
        if !is_named || !is_owned {
            return Err(InvalidPattern(text.to_owned()));
        }
        Ok(Self::Named { extension: extension.map(str::to_owned), name: name.to_owned() })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Operator => f.write_str("@operator"),
            Self::Named { extension: Some(extension), name } => write!(f, "{extension}/{name}"),
            Self::Named { extension: None, name } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn list(patterns: &[&str]) -> Vec<Pattern> {
        patterns.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_list_holds_what_it_names_and_nothing_else() {
        for (patterns, expected) in [
            (&["*"][..], [true, true, true]),
            (&["weather/*"], [true, true, false]),
            (&["weather/forecast"], [true, false, false]),
            (&["weather/fore*"], [true, false, false]),
            (&["forecast"], [true, false, false]),
            (&["other__forecast"], [false, false, true]),
            (&["weather"], [false, false, false]),
            (&["@operator"], [false, false, false]),
            (&[], [false, false, false]),
        ] {
            let reach = Reach::everything().narrowed(list(patterns));
            let all = [
                ("weather", "forecast", "forecast"),
                ("weather", "alerts", "alerts"),
                ("other", "Forecast", "other__forecast"),
            ];
            let held = all.map(|(extension, name, wire)| reach.holds(extension, name, wire));
            assert_eq!(held, expected, "{patterns:?}");
        }
    }

    #[test]
    fn each_list_narrows_what_the_others_leave() {
        let reach = Reach::everything().narrowed(list(&["weather/*"]));
        let both = reach.clone().narrowed(list(&["*", "@operator"]));
        assert!(both.holds("weather", "a", "a") && !both.holds("other", "a", "a"));
        assert!(both.holds_all_of("weather") && !both.holds_all_of("other"));
        assert!(!Reach::everything().narrowed(list(&["weather/a"])).holds_all_of("weather"));
        assert!(!both.is_operator() && Reach::everything().is_operator());
        assert!(reach.narrowed(Vec::new()) != both);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "/", "a/", "/a", "a/b/c", "*a", "a*b", "a b", "weather/**", "é", "@admin"]
        {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
        for text in ["*", "@operator", "a", "a/*", "a/b", "a/b*", "a-b/c_d"] {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }
}
