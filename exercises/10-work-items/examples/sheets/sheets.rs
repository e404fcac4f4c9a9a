//! The sample sheets, and how they are written.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use std::path::Path;

/// What a cell holds.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    Text(&'static str),
    Number(f64),
    /// A formula that went wrong, with what the sheet shows for it.
    Fault(&'static str),
    Empty,
}

use Cell::{Empty, Fault, Number, Text};

/// The rows of a sheet, from the first on.
pub(crate) type Rows = &'static [[Cell; 3]];

const HEADER: [Cell; 3] = [Text("Name"), Text("Zip"), Text("Product")];
const BLANK: [Cell; 3] = [Empty; 3];

/// As they come by mail: with blank rows between the orders, and zip codes that were typed as text.
pub(crate) const SAMPLES: [(&str, Rows); 3] = [
    (
        "all-good.xlsx",
        &[
            HEADER,
            [Text("Ada"), Number(1011.0), Text("Chair")],
            [Text("Edsger"), Number(5611.0), Text("Desk")],
            [Text("Grace"), Number(2200.0), Text("Chair")],
            BLANK,
            [Text("Tony"), Text("9999"), Text("Lamp")],
            [Text("Barbara"), Number(1000.0), Text("Desk")],
            [Text("Ada"), Number(1011.0), Text("Chair")],
        ],
    ),
    (
        "some-fail.xlsx",
        &[
            HEADER,
            [Text("Ada"), Number(1011.0), Text("Chair")],
            [Text("Edsger"), Number(123.0), Text("Desk")],
            [Text("Grace"), Number(2200.0), Empty],
            BLANK,
            BLANK,
            [Text("Tony"), Text("9999"), Text("Lamp")],
            [Text("Barbara"), Text("none"), Text("Desk")],
            [Text("Leslie"), Fault("#REF!"), Text("Lamp")],
            [Text("Ada"), Number(1011.0), Text("Chair")],
        ],
    ),
    (
        "all-fail.xlsx",
        &[
            HEADER,
            [Text("Ada"), Number(999.0), Text("Chair")],
            [Empty, Number(5611.0), Text("Desk")],
            BLANK,
            [Text("Grace"), Number(10000.0), Text("Lamp")],
            [Text("Tony"), Number(4711.5), Text("Lamp")],
        ],
    ),
];

/// Below the last order: rows that hold no more than a format, as sheets from offices do.
const FORMATTED: u32 = 1000;

/// Writes a sheet with these rows.
pub(crate) fn write(path: &Path, name: &str, rows: &[[Cell; 3]]) -> Result<(), XlsxError> {
    let (mut book, grey) = (Workbook::new(), Format::new().set_background_color("#EEEEEE"));
    // Else each sheet would hold the time when it was made, and be another file each time.
    let then = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&then));
    let sheet = book.add_worksheet().set_name(name)?;
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Text(text) => sheet.write_string(row, column, *text)?,
                Number(number) => sheet.write_number(row, column, *number)?,
                Fault(shown) => sheet.write_formula(
                    row,
                    column,
                    rust_xlsxwriter::Formula::new("=Prices!A1").set_result(*shown),
                )?,
                Empty => sheet,
            };
        }
    }
    let below = u32::try_from(rows.len()).unwrap_or(u32::MAX - FORMATTED);
    for row in below..below + FORMATTED {
        sheet.write_blank(row, 0, &grey)?;
    }
    book.save(path)
}

/// Writes a sheet with as many good orders as are wanted.
pub(crate) fn write_many(path: &Path, orders: u32) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Orders")?;
    for (column, name) in (0..).zip(["Name", "Zip", "Product"]) {
        sheet.write_string(0, column, name)?;
    }
    for row in 1..=orders {
        sheet.write_string(row, 0, format!("Customer {row}"))?;
        sheet.write_number(row, 1, 1000 + row % 9000)?;
        sheet.write_string(row, 2, ["Chair", "Desk", "Lamp"][row as usize % 3])?;
    }
    book.save(path)
}
