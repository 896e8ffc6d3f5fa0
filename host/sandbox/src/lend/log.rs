//! `log`: always granted, bounded in volume.

use ctx_model::{LogLevel, LogLine};

use crate::bindings::ctx::extension::log::{Host, Level};
use crate::state::State;

/// A line costs this much beside its text, so that empty lines are bounded
/// too.
const LINE: usize = 16;

impl Host for State {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        // Not a host call: its own limit is the volume.
        let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.meter.log(LINE + message.len() + bytes)?;
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        let message = self.redact(&message);
        let fields: Vec<(String, String)> = fields
            .into_iter()
            .map(|(name, value)| {
                (self.redact(&name).into_owned(), self.redact(&value).into_owned())
            })
            .collect();
        let line = LogLine {
            extension: self.extension(),
            caller: &self.lent.caller,
            level,
            message: &message,
            fields: &fields,
        };
        self.ports().log.write(&line);
        if let Some(hearer) = &self.lent.hearer {
            hearer.write(&line);
        }
        Ok(())
    }
}
