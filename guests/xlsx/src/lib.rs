//! The XLSX extractor: each sheet under a heading of its own, a line for each
//! row. Cells are streamed, so that one far corner costs no rectangle.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx, open_workbook_from_rs};
use ctx_sdk::{Error, ExtractRequest, Extracted, Extractor, ExtractorInfo, Result};
use office::Package;

struct Spreadsheet;

impl Extractor for Spreadsheet {
    fn describe() -> ExtractorInfo {
        ExtractorInfo::new(
            "Text of spreadsheets",
            ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        )
    }

    fn extract(request: ExtractRequest) -> Result<Extracted> {
        let wrong = |error: calamine::XlsxError| {
            Error::invalid_input(format!("it is no whole spreadsheet: {error}"))
        };
        let mut workbook: Xlsx<_> =
            open_workbook_from_rs(Cursor::new(request.data.as_slice())).map_err(wrong)?;
        let mut text = String::new();
        for name in workbook.sheet_names() {
            for piece in ["# ", &name, "\n\n"] {
                text.push_str(piece);
            }
            // A sheet of charts has no cells.
            let Ok(mut cells) = workbook.worksheet_cells_reader(&name) else { continue };
            let mut row = None;
            while let Some(cell) = cells.next_cell().map_err(wrong)? {
                let Some(value) = show(cell.get_value()) else { continue };
                match row {
                    Some(last) if last == cell.get_position().0 => text.push_str(" | "),
                    Some(_) => text.push('\n'),
                    None => {}
                }
                row = Some(cell.get_position().0);
                text.push_str(&value);
            }
            text.push_str(if row.is_some() { "\n\n" } else { "\n" });
        }
        drop(workbook);
        office::describe(&mut Package::open(request.data)?, Extracted::markdown(text))
    }
}

/// Returns what a reader of the sheet would see of a cell, if anything.
fn show(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::Empty => return None,
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(date) if date.is_datetime() => match date.to_ymd_hms_milli() {
            (year, month, day, 0, 0, 0, _) => format!("{year:04}-{month:02}-{day:02}"),
            (year, month, day, hour, minute, second, _) => {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        },
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Error(error) => error.to_string(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

ctx_sdk::export!(extractor: Spreadsheet);
