//! Finding tools by what they are for: ranked by an index that lives as long
//! as the catalog that it was made of.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use ctx_model::Reach;
use ctx_store::{Findable, Finder, StoreError};
use serde_json::Value;

use crate::catalog::{Catalog, Tool};
use crate::hints::Truths;
use crate::host::{Host, Revision};

/// What was worked out of the catalog that was asked for last: its index, and
/// the hints of its tools.
#[derive(Default)]
pub(crate) struct Finding {
    index: Mutex<Option<(Weak<Catalog>, Arc<Finder>)>>,
    truths: Mutex<Option<(Revision, Arc<Truths>)>>,
}

impl Host {
    /// Returns the names of the tools that fit a question, the best first, of
    /// those within reach. Blocks for a moment.
    pub fn find_tools(
        &self,
        catalog: &Arc<Catalog>,
        question: &str,
        reach: &Reach,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        let finder = self.finding.of(catalog)?;
        let all: Vec<_> = catalog.tools().collect();
        // Those out of reach are left out afterwards, so all are ranked.
        let found = finder.find(question, all.len())?;
        let within = found.into_iter().filter_map(|at| all.get(at)).filter(|(extension, tool)| {
            reach.holds(extension.name.as_str(), &tool.info.name, &tool.wire_name)
        });
        Ok(within.take(most).map(|(_, tool)| tool.wire_name.clone()).collect())
    }
}

impl Finding {
    fn of(&self, catalog: &Arc<Catalog>) -> Result<Arc<Finder>, StoreError> {
        let mut kept = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, finder)) = &*kept
            && std::ptr::eq(known.as_ptr(), Arc::as_ptr(catalog))
        {
            return Ok(finder.clone());
        }
        let finder = Arc::new(Finder::new(catalog.tools().map(|(_, tool)| findable(tool)))?);
        *kept = Some((Arc::downgrade(catalog), finder.clone()));
        Ok(finder)
    }
}

impl Finding {
    /// Returns the hints that were made of the same grants.
    pub(crate) fn truths(&self, revision: &Revision) -> Option<Arc<Truths>> {
        let kept = self.truths.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, truths) = kept.as_ref()?;
        (known == revision).then(|| truths.clone())
    }

    /// Keeps hints until the grants are others.
    pub(crate) fn keep(&self, revision: Revision, truths: Arc<Truths>) {
        *self.truths.lock().unwrap_or_else(PoisonError::into_inner) = Some((revision, truths));
    }
}

fn findable(tool: &Tool) -> Findable {
    let info = &tool.info;
    let schema: Value = serde_json::from_str(&info.input_schema).unwrap_or_default();
    let mut details = String::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        details.push_str(name);
        details.push(' ');
        details.push_str(property["description"].as_str().unwrap_or_default());
        details.push('\n');
    }
    Findable {
        name: tool.wire_name.clone(),
        title: info.title.clone().unwrap_or_default(),
        description: info.description.clone(),
        details,
    }
}
