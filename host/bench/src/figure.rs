//! A figure, its goal, and the table of all of them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

/// Something measured.
pub(crate) struct Figure {
    /// Stable: later runs are compared by it.
    pub(crate) id: &'static str,
    /// What it is, for people.
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The most that it may be; absent if it is only context for another.
    pub(crate) goal: Option<f64>,
}

impl Figure {
    pub(crate) fn at_most(
        id: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        goal: f64,
    ) -> Self {
        Self { id, what: what.into(), value, unit, goal: Some(goal) }
    }

    pub(crate) fn context(
        id: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        Self { id, what: what.into(), value, unit, goal: None }
    }

    fn holds(&self) -> bool {
        self.goal.is_none_or(|goal| self.value <= goal)
    }
}

/// Prints a table.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn print(figures: &[Figure], before: &BTreeMap<String, f64>) {
    println!(
        "{:<34} {:>11} {:>11} {:<8} {:>9}  {:<6} what",
        "figure", "value", "before", "unit", "goal", "holds"
    );
    for figure in figures {
        let goal = figure.goal.map_or_else(String::new, |goal| format!("<= {goal}"));
        let holds = match (figure.goal, figure.holds()) {
            (None, _) => "",
            (Some(_), true) => "yes",
            (Some(_), false) => "NO",
        };
        let before = before.get(figure.id).map_or_else(String::new, |it| format!("{it:.3}"));
        println!(
            "{:<34} {:>11.3} {before:>11} {:<8} {goal:>9}  {holds:<6} {}",
            figure.id, figure.value, figure.unit, figure.what
        );
    }
}

/// Writes the same for programs.
pub(crate) fn write(figures: &[Figure], path: &Path) -> Result<()> {
    let all: Vec<_> = figures
        .iter()
        .map(|figure| {
            json!({
                "id": figure.id,
                "value": figure.value,
                "unit": figure.unit,
                "goal": figure.goal,
                "better": "lower",
                "holds": figure.holds(),
            })
        })
        .collect();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}
