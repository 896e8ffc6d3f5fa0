//! The probes of scans: one connector, and the setting `probe` says which.

use ctx_sdk::{Connector, Error, OpenError, Scan, Schema, SourceInfo};
use serde::Deserialize;

use crate::endless_documents::EndlessDocuments;
use crate::endless_scan::EndlessScan;
use crate::idle_pages::IdlePages;
use crate::page_bomb::PageBomb;
use crate::stuck_checkpoint::StuckCheckpoint;
use crate::to_and_fro::ToAndFro;

pub(crate) struct Scans;

#[derive(Deserialize)]
pub(crate) struct Settings {
    probe: String,
}

impl Connector for Scans {
    type Settings = Settings;
    type Scan = Box<dyn Scan>;

    fn describe() -> SourceInfo {
        let probes = Schema::string().one_of([
            "endless-documents",
            "endless-scan",
            "idle-pages",
            "page-bomb",
            "stuck-checkpoint",
            "to-and-fro",
        ]);
        SourceInfo::new("Walks that do not end")
            .settings(Schema::object().required("probe", probes))
    }

    fn open(settings: Settings, _since: Option<String>) -> Result<Box<dyn Scan>, OpenError> {
        match settings.probe.as_str() {
            "endless-documents" => Ok(Box::new(EndlessDocuments::default())),
            "endless-scan" => Ok(Box::new(EndlessScan)),
            "idle-pages" => Ok(Box::new(IdlePages)),
            "page-bomb" => Ok(Box::new(PageBomb)),
            "stuck-checkpoint" => Ok(Box::new(StuckCheckpoint)),
            "to-and-fro" => Ok(Box::new(ToAndFro::default())),
            other => Err(Error::not_found(format!("there is no probe `{other}`")).into()),
        }
    }
}
