//! What extensions said of themselves, kept by digest, so that a start asks
//! none of them again. A cache: it may be deleted.

mod held;

use std::io::Write as _;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use ctx_model::{
    AgentArgument, AgentInfo, Digest, EmbedderInfo, ExtractorInfo, Hints, Hooks, Role, SourceInfo,
    TaskSupport, ToolInfo, TransformInfo, Transforms,
};
use ctx_sandbox::Description;
use serde::{Deserialize, Serialize};

use crate::private::scratch_name;
use held::KeptHoldings;

/// Raised when what is kept changes its shape.
const FORMAT: u32 = 4;

/// Kept descriptions.
pub(crate) struct Descriptions {
    /// Absent if the folder cannot be used; then nothing is kept.
    dir: Option<Dir>,
}

impl Descriptions {
    pub(crate) fn open(path: &Path) -> Self {
        Self { dir: Dir::open_ambient_dir(path, ambient_authority()).ok() }
    }

    /// Finds what is kept under a key. What cannot be read is not there.
    pub(crate) fn get(&self, key: Digest) -> Option<Description> {
        let text = self.dir.as_ref()?.read_to_string(name(key)).ok()?;
        let kept: Kept = serde_json::from_str(&text).ok()?;
        (kept.format == FORMAT).then(|| kept.into())
    }

    /// Keeps a description. A full disk costs time and nothing else.
    pub(crate) fn put(&self, key: Digest, description: &Description) {
        let Some(dir) = &self.dir else { return };
        let kept = serde_json::to_vec(&Kept::from(description)).unwrap_or_default();
        let scratch = scratch_name(&name(key));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        let written = dir
            .open_with(&scratch, &options)
            .and_then(|mut file| file.write_all(&kept))
            .and_then(|()| dir.rename(&scratch, dir, name(key)));
        if written.is_err() {
            drop(dir.remove_file(&scratch));
        }
    }

    /// Forgets what is kept under a key.
    pub(crate) fn forget(&self, key: Digest) {
        if let Some(dir) = &self.dir {
            // What was never kept need not be forgotten.
            drop(dir.remove_file(name(key)));
        }
    }
}

fn name(key: Digest) -> String {
    format!("{key}.json")
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    roles: Vec<String>,
    tools: Vec<KeptTool>,
    agents: Vec<KeptAgent>,
    holdings: KeptHoldings,
    source: Option<KeptSource>,
    /// Description, and the media types that it reads.
    extractor: Option<(String, Vec<String>)>,
    /// Description, and how many texts it takes at once.
    embedder: Option<(String, u32)>,
    /// What it listens to.
    hooks: Vec<String>,
    #[serde(default)]
    compressors: Vec<KeptTransform>,
    #[serde(default)]
    chunkers: Vec<KeptTransform>,
    #[serde(default)]
    read_modes: Vec<KeptTransform>,
}

#[derive(Serialize, Deserialize)]
struct KeptTransform {
    name: String,
    description: String,
    media_types: Vec<String>,
    idempotent: bool,
    compares: bool,
}

impl From<&TransformInfo> for KeptTransform {
    fn from(info: &TransformInfo) -> Self {
        Self {
            name: info.name.clone(),
            description: info.description.clone(),
            media_types: info.media_types.clone(),
            idempotent: info.idempotent,
            compares: info.compares,
        }
    }
}

impl From<KeptTransform> for TransformInfo {
    fn from(kept: KeptTransform) -> Self {
        Self {
            name: kept.name,
            description: kept.description,
            media_types: kept.media_types,
            idempotent: kept.idempotent,
            compares: kept.compares,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct KeptTool {
    name: String,
    title: Option<String>,
    description: String,
    input_schema: String,
    output_schema: Option<String>,
    hints: [bool; 4],
    task: u8,
    meta: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct KeptAgent {
    name: String,
    title: Option<String>,
    description: String,
    arguments: Vec<(String, Option<String>, String, bool)>,
    tools: Vec<String>,
    meta: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct KeptSource {
    description: String,
    settings_schema: String,
    incremental: bool,
    complete: bool,
    streaming: bool,
}

impl From<&Description> for Kept {
    fn from(description: &Description) -> Self {
        let tool = |tool: &ToolInfo| KeptTool {
            name: tool.name.clone(),
            title: tool.title.clone(),
            description: tool.description.clone(),
            input_schema: tool.input_schema.clone(),
            output_schema: tool.output_schema.clone(),
            hints: [
                tool.hints.read_only,
                tool.hints.destructive,
                tool.hints.idempotent,
                tool.hints.open_world,
            ],
            task: match tool.task {
                TaskSupport::Forbidden => 0,
                TaskSupport::Optional => 1,
                TaskSupport::Required => 2,
            },
            meta: tool.meta.clone(),
        };
        let agent = |agent: &AgentInfo| KeptAgent {
            name: agent.name.clone(),
            title: agent.title.clone(),
            description: agent.description.clone(),
            arguments: agent
                .arguments
                .iter()
                .map(|a| (a.name.clone(), a.title.clone(), a.description.clone(), a.required))
                .collect(),
            tools: agent.tools.clone(),
            meta: agent.meta.clone(),
        };
        let source = |source: &SourceInfo| KeptSource {
            description: source.description.clone(),
            settings_schema: source.settings_schema.clone(),
            incremental: source.incremental,
            complete: source.complete,
            streaming: source.streaming,
        };
        Self {
            format: FORMAT,
            roles: description.roles.iter().map(ToString::to_string).collect(),
            tools: description.tools.iter().map(tool).collect(),
            agents: description.agents.iter().map(agent).collect(),
            holdings: KeptHoldings::from(&description.holdings),
            source: description.source.as_ref().map(source),
            extractor: description
                .extractor
                .as_ref()
                .map(|one| (one.description.clone(), one.media_types.clone())),
            embedder: description.embedder.as_ref().map(|one| (one.description.clone(), one.batch)),
            hooks: description.hooks.words(),
            compressors: description.transforms.compressors.iter().map(Into::into).collect(),
            chunkers: description.transforms.chunkers.iter().map(Into::into).collect(),
            read_modes: description.transforms.read_modes.iter().map(Into::into).collect(),
        }
    }
}

impl From<Kept> for Description {
    fn from(kept: Kept) -> Self {
        let tool = |tool: KeptTool| {
            let [read_only, destructive, idempotent, open_world] = tool.hints;
            ToolInfo {
                name: tool.name,
                title: tool.title,
                description: tool.description,
                input_schema: tool.input_schema,
                output_schema: tool.output_schema,
                hints: Hints { read_only, destructive, idempotent, open_world },
                task: match tool.task {
                    1 => TaskSupport::Optional,
                    2 => TaskSupport::Required,
                    _ => TaskSupport::Forbidden,
                },
                meta: tool.meta,
            }
        };
        let agent = |agent: KeptAgent| AgentInfo {
            name: agent.name,
            title: agent.title,
            description: agent.description,
            arguments: agent
                .arguments
                .into_iter()
                .map(|(name, title, description, required)| AgentArgument {
                    name,
                    title,
                    description,
                    required,
                })
                .collect(),
            tools: agent.tools,
            meta: agent.meta,
        };
        let source = |source: KeptSource| SourceInfo {
            description: source.description,
            settings_schema: source.settings_schema,
            incremental: source.incremental,
            complete: source.complete,
            streaming: source.streaming,
        };
        Self {
            roles: kept.roles.iter().filter_map(|word| Role::parse(word)).collect(),
            tools: kept.tools.into_iter().map(tool).collect(),
            agents: kept.agents.into_iter().map(agent).collect(),
            holdings: kept.holdings.into(),
            source: kept.source.map(source),
            extractor: kept
                .extractor
                .map(|(description, media_types)| ExtractorInfo { description, media_types }),
            embedder: kept.embedder.map(|(description, batch)| EmbedderInfo { description, batch }),
            hooks: Hooks::of(kept.hooks.iter().map(String::as_str)),
            transforms: Transforms {
                compressors: kept.compressors.into_iter().map(Into::into).collect(),
                chunkers: kept.chunkers.into_iter().map(Into::into).collect(),
                read_modes: kept.read_modes.into_iter().map(Into::into).collect(),
            },
        }
    }
}
