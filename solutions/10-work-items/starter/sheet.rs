//! Orders from a sheet: what calamine reads, and what can be wrong with it.

use crate::item::{Failure, Item, New, Result};
use calamine::{Data, Dimensions, Range, Reader, Xlsx, XlsxError, open_workbook};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The columns that an order has. Their order in the sheet does not matter, and others are left alone.
pub(crate) const COLUMNS: [&str; 3] = ["Name", ZIP, "Product"];
/// The one that may hold a number.
const ZIP: &str = "Zip";
const SHEET: &str = "Orders";

/// What a sheet holds.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) orders: Vec<New>,
    pub(crate) blank: usize,
    /// What is not as it should be, by row: `row 7: Zip is missing`.
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
    let cells =
        Cells::of(&mut book).map_err(|error| format!("{name}, sheet {SHEET}: {}", told(error)))?;
    // The range begins where the first cell is filled, and the header is its first row.
    let header = cells.values.start().map_or(0, |(row, _)| row);
    let mut columns = [0; 3];
    for (place, column) in columns.iter_mut().zip(COLUMNS) {
        let found = cells.columns().find(|at| text(cells.at(header, *at)) == column);
        *place = found.ok_or_else(|| {
            format!(
                "{name}, sheet {SHEET}: the header has no column {column}; {} are wanted",
                COLUMNS.join(", ")
            )
        })?;
    }
    let mut sheet = Sheet::default();
    for row in header + 1..=cells.last_row() {
        sheet.take(&cells, row, columns);
    }
    Ok(sheet)
}

/// Reads the sheets among the files of an item: all of them, or none.
pub(crate) fn of(item: &Item) -> std::result::Result<Sheet, Failure> {
    let failure = |kind, code, message| Failure { kind, code, message };
    let files = item.files.clone()?;
    let files = files.as_object().into_iter().flatten();
    let sheets: Vec<_> = files.filter(|(name, _)| is_sheet(name)).collect();
    let mut all = Sheet::default();
    for (name, path) in &sheets {
        let path = Path::new(path.as_str().unwrap_or_default());
        if !path.exists() {
            let message = format!("{} does not exist", path.display());
            return Err(failure("APPLICATION", "FILE_MISSING", message));
        }
        let sheet =
            read(path).map_err(|error| failure("BUSINESS", "INVALID_SHEET", error.to_string()))?;
        all.join(sheet, Some(*name).filter(|_| sheets.len() > 1));
    }
    if sheets.is_empty() {
        return Err(failure("BUSINESS", "NO_SHEET", "none of its files ends in .xlsx".to_owned()));
    }
    Ok(all)
}

/// Whatever the case: mail programs write `ORDERS.XLSX` too.
fn is_sheet(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"))
}

impl Sheet {
    fn take(&mut self, cells: &Cells, row: u32, columns: [u32; 3]) {
        let number = row + 1;
        let found = columns.map(|column| cells.find(row, column));
        let nothing = found.iter().all(|found| matches!(found, Ok(None)));
        if nothing && cells.columns().all(|column| text(cells.at(row, column)).is_empty()) {
            self.blank += 1;
            return;
        }
        let mut order = Map::from_iter([("Row".to_owned(), Value::from(number))]);
        for (column, found) in COLUMNS.into_iter().zip(found) {
            match found {
                Ok(Some(cell)) => drop(order.insert(column.to_owned(), value(cell, column))),
                Ok(None) => self.faults.push(format!("row {number}: {column} is missing")),
                Err(what) => self.faults.push(format!("row {number}: {column} is {what}")),
            }
        }
        self.orders.push(New::of(Value::Object(order)));
    }

    /// Adds another sheet. Where there are several, each order tells which one it comes from.
    fn join(&mut self, mut other: Sheet, name: Option<&String>) {
        if let Some(name) = name {
            for order in &mut other.orders {
                order.payload["Sheet"] = Value::from(name.as_str());
            }
            other.faults.iter_mut().for_each(|fault| fault.insert_str(0, &format!("{name}, ")));
        }
        self.orders.append(&mut other.orders);
        self.faults.append(&mut other.faults);
        self.blank += other.blank;
    }
}

/// The cells of a sheet. Both ranges are asked with the numbers that the sheet itself has.
struct Cells {
    values: Range<Data>,
    /// A formula has no value if the program that wrote it never calculated it.
    formulas: Range<String>,
    merged: Vec<Dimensions>,
}

impl Cells {
    fn of(book: &mut Xlsx<BufReader<File>>) -> std::result::Result<Cells, XlsxError> {
        let values = book.worksheet_range(SHEET)?;
        let formulas = book.worksheet_formula(SHEET)?;
        Ok(Cells { values, formulas, merged: book.merge_cells_by_sheet_name(SHEET)? })
    }

    fn at(&self, row: u32, column: u32) -> &Data {
        self.values.get_value((row, column)).unwrap_or(&Data::Empty)
    }

    fn columns(&self) -> impl Iterator<Item = u32> + use<> {
        let (start, end) = (self.values.start(), self.values.end());
        start.zip(end).into_iter().flat_map(|(start, end)| start.1..=end.1)
    }

    fn last_row(&self) -> u32 {
        let ends = [self.values.end(), self.formulas.end()];
        ends.into_iter().flatten().map(|(row, _)| row).max().unwrap_or_default()
    }

    /// What stands in a cell, or what stands there that can't be used: nobody guesses what was meant.
    fn find(&self, row: u32, column: u32) -> std::result::Result<Option<&Data>, String> {
        let cell = self.at(row, column);
        match cell {
            Data::Error(error) => Err(error.to_string()),
            Data::DateTime(time) if time.is_datetime() => {
                let (year, month, day, ..) = time.to_ymd_hms_milli();
                Err(format!("a date, {year}-{month:02}-{day:02}"))
            }
            Data::DateTime(_) | Data::DurationIso(_) => Err("a time".to_owned()),
            Data::DateTimeIso(date) => Err(format!("a date, {date}")),
            Data::Bool(_) => Err(cell.to_string().to_uppercase()),
            _ if !text(cell).is_empty() => Ok(Some(cell)),
            _ if self.formulas.get_value((row, column)).is_some_and(|text| !text.is_empty()) => {
                Err("a formula without a value".to_owned())
            }
            _ if self.is_covered(row, column) => Err("merged with another cell".to_owned()),
            _ => Ok(None),
        }
    }

    /// Whether a cell is a part of a larger one that holds something.
    fn is_covered(&self, row: u32, column: u32) -> bool {
        let area = self.merged.iter().find(|area| area.contains(row, column));
        area.is_some_and(|area| !text(self.at(area.start.0, area.start.1)).is_empty())
    }
}

/// A cell without the blanks around it; nothing for a cell that is empty.
fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}

/// A sheet holds all numbers as fractions; a whole one is whole again here. Where text is wanted, it is text.
fn value(cell: &Data, column: &str) -> Value {
    let number = match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Value::from(*number as i64)
        }
        Data::Float(number) => Value::from(*number),
        Data::Int(number) => Value::from(*number),
        other => return Value::from(text(other)),
    };
    if column == ZIP { number } else { Value::from(number.to_string()) }
}

/// Why a file can't be read, in the words of the person who sent it.
fn told(error: XlsxError) -> String {
    match error {
        XlsxError::Io(error) => error.to_string(),
        XlsxError::Password => "is encrypted: save it without a password".to_owned(),
        XlsxError::Zip(_) => format!("is no whole .xlsx file ({error})"),
        other => format!("can't be read ({other})"),
    }
}
