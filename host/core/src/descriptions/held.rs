//! What an extension said that it holds, as it is kept.

use ctx_model::{Holdings, ResourceInfo, TemplateInfo};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct KeptHoldings {
    resources: Vec<KeptResource>,
    templates: Vec<KeptResource>,
}

/// A resource, or a template, which has no size.
#[derive(Serialize, Deserialize)]
struct KeptResource {
    uri: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    media_type: Option<String>,
    size: Option<u64>,
    annotations: Option<String>,
    meta: Option<String>,
}

impl From<&Holdings> for KeptHoldings {
    fn from(held: &Holdings) -> Self {
        let resource = |info: &ResourceInfo| KeptResource {
            uri: info.uri.clone(),
            name: info.name.clone(),
            title: info.title.clone(),
            description: info.description.clone(),
            media_type: info.media_type.clone(),
            size: info.size,
            annotations: info.annotations.clone(),
            meta: info.meta.clone(),
        };
        let template = |info: &TemplateInfo| KeptResource {
            uri: info.uri_template.clone(),
            name: info.name.clone(),
            title: info.title.clone(),
            description: info.description.clone(),
            media_type: info.media_type.clone(),
            size: None,
            annotations: info.annotations.clone(),
            meta: info.meta.clone(),
        };
        Self {
            resources: held.resources.iter().map(resource).collect(),
            templates: held.templates.iter().map(template).collect(),
        }
    }
}

impl From<KeptHoldings> for Holdings {
    fn from(kept: KeptHoldings) -> Self {
        let resource = |kept: KeptResource| ResourceInfo {
            uri: kept.uri,
            name: kept.name,
            title: kept.title,
            description: kept.description,
            media_type: kept.media_type,
            size: kept.size,
            annotations: kept.annotations,
            meta: kept.meta,
        };
        let template = |kept: KeptResource| TemplateInfo {
            uri_template: kept.uri,
            name: kept.name,
            title: kept.title,
            description: kept.description,
            media_type: kept.media_type,
            annotations: kept.annotations,
            meta: kept.meta,
        };
        Self {
            resources: kept.resources.into_iter().map(resource).collect(),
            templates: kept.templates.into_iter().map(template).collect(),
        }
    }
}
