//! Orders from a sheet: what calamine reads, and what can be wrong with it.

use crate::Result;
use crate::json::New;
use crate::queue::{Failure, Item};
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::{Map, Value};
use std::path::Path;

/// The columns that an order has. Their order in the sheet does not matter, and others are left alone.
pub(crate) const COLUMNS: [&str; 3] = ["Name", "Zip", "Product"];
const SHEET: &str = "Orders";

/// What a sheet holds.
pub(crate) struct Sheet {
    pub(crate) orders: Vec<New>,
    pub(crate) blank: usize,
    /// What is missing, by row: `row 7: Zip is missing`.
    pub(crate) faults: Vec<String>,
}

/// Reads a sheet as a whole, or says why it can't be read.
pub(crate) fn read(path: &Path) -> Result<Sheet> {
    let name = path.display();
    let mut book: Xlsx<_> =
        open_workbook(path).map_err(|error| format!("{name}: {}", told(error)))?;
    if !book.sheet_names().iter().any(|sheet| sheet == SHEET) {
        let names = book.sheet_names().join(", ");
        return Err(format!("{name}: no sheet is called {SHEET}; there are: {names}").into());
    }
    let range = book
        .worksheet_range(SHEET)
        .map_err(|error| format!("{name}, sheet {SHEET}: {}", told(error)))?;
    let mut rows = range.rows();
    let header = rows.next().unwrap_or_default();
    let mut columns = [0; 3];
    for (place, column) in columns.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|cell| text(cell) == column);
        *place = found.ok_or_else(|| {
            format!(
                "{name}, sheet {SHEET}: the header has no column {column}; {} are wanted",
                COLUMNS.join(", ")
            )
        })?;
    }
    // As the sheet counts them: the range begins where the first cell is filled, and the header is its first row.
    let first = range.start().map_or(0, |(row, _)| row) + 2;
    let mut sheet = Sheet { orders: Vec::new(), blank: 0, faults: Vec::new() };
    for (number, row) in (first..).zip(rows) {
        sheet.take(number, row, columns);
    }
    Ok(sheet)
}

/// Reads the sheet among the files of an item.
pub(crate) fn of(item: &Item) -> std::result::Result<Sheet, Failure> {
    let failure = |kind, code, message| Failure { kind, code, message };
    let mut files = item.files.as_object().into_iter().flatten();
    let Some((_, path)) = files.find(|(name, _)| name.ends_with(".xlsx")) else {
        return Err(failure("BUSINESS", "NO_SHEET", "none of its files ends in .xlsx".to_owned()));
    };
    let path = Path::new(path.as_str().unwrap_or_default());
    if !path.exists() {
        let message = format!("{} does not exist", path.display());
        return Err(failure("APPLICATION", "FILE_MISSING", message));
    }
    read(path).map_err(|error| failure("BUSINESS", "INVALID_SHEET", error.to_string()))
}

impl Sheet {
    fn take(&mut self, number: u32, row: &[Data], columns: [usize; 3]) {
        if row.iter().all(|cell| text(cell).is_empty()) {
            self.blank += 1;
            return;
        }
        let mut order = Map::from_iter([("Row".to_owned(), Value::from(number))]);
        for (column, place) in COLUMNS.into_iter().zip(columns) {
            match &row[place] {
                Data::Error(error) => {
                    self.faults.push(format!("row {number}: {column} is {error}"))
                }
                cell if text(cell).is_empty() => {
                    self.faults.push(format!("row {number}: {column} is missing"))
                }
                cell => drop(order.insert(column.to_owned(), value(cell))),
            }
        }
        self.orders.push(New::of(Value::Object(order)));
    }
}

/// A field of an order as text, in one line.
pub(crate) fn field(order: &Value, name: &str) -> String {
    let value = &order[name];
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.replace(['\n', '\r'], " ")
}

/// A cell without the blanks around it; nothing for a cell that is empty.
fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}

/// A sheet holds all numbers as fractions; a whole one is whole again here.
fn value(cell: &Data) -> Value {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Value::from(*number as i64)
        }
        Data::Float(number) => Value::from(*number),
        Data::Int(number) => Value::from(*number),
        other => Value::from(text(other)),
    }
}

/// Why a file can't be read, in the words of the person who sent it.
fn told(error: calamine::XlsxError) -> String {
    use calamine::XlsxError as Wrong;
    match error {
        Wrong::Io(error) => error.to_string(),
        Wrong::Password => "is encrypted: save it without a password".to_owned(),
        Wrong::Zip(_) => format!("is no whole .xlsx file ({error})"),
        other => format!("can't be read ({other})"),
    }
}
