//! Makes the sample sheets, or one with as many orders as you like.
//!
//! ```text
//! cargo run -p ex10-work-items --example 10-sheets
//! cargo run -p ex10-work-items --example 10-sheets -- 2000 many.xlsx
//! ```

mod sheets;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
            for (name, rows) in sheets::SAMPLES {
                sheets::write(&folder.join(name), "Orders", rows)?;
            }
        }
        [rows, path] => sheets::write_many(Path::new(path), rows.parse()?)?,
        _ => return Err("wanted: nothing, or a number of orders and a file".into()),
    }
    Ok(())
}
