//! What becomes of good and of bad input. The student's program reads it with the same lines.

#[path = "../../../exercises/10-work-items/examples/sheets/sheets.rs"]
mod sheets;

use exam::{Folder, Program, Run, program};
use rusqlite::Connection;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, XlsxError};
use sheets::Cell::{self, Empty, Fault, Number, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

const HEADER: [Cell; 3] = [Text("Name"), Text("Zip"), Text("Product")];
const CHAIR: [Cell; 3] = [Text("Ada"), Number(1011.0), Text("Chair")];

#[test]
fn the_samples_are_what_their_program_makes() {
    let folder = Folder::new();
    for (name, rows) in sheets::SAMPLES {
        let made = folder.path().join(name);
        sheets::write(&made, "Orders", rows).unwrap();
        let program = program();
        let mut read = [program.samples().join(name), made].map(|path| {
            let queue = Folder::new();
            program
                .clone()
                .folder(&queue)
                .pace("real")
                .flags("produce")
                .arg(path.display())
                .run()
                .exits(0);
            desk(&queue, "export").stdout().to_owned()
        });
        read.sort();
        assert_eq!(
            read[0], read[1],
            "{name}: run `cargo run -p ex10-work-items --example 10-sheets`"
        );
    }
}

#[test]
fn a_row_is_an_order_however_it_was_typed() {
    let run = produce(&[
        [Text("Product"), Text(" Name "), Text("Zip")],
        [Text("Chair"), Text(" Ada\nLovelace "), Text(" 1011 ")],
        [Empty, Text("   "), Empty],
        [Empty, Text("Tony"), Fault("#N/A")],
        [Number(7.0), Number(8.5), Number(1e300)],
    ]);
    run.0.exits(0);
    run.0.one("[Producer] row 4: Zip is #N/A");
    run.0.one("[Producer] row 4: Product is missing");
    run.0.one("Produced 3 items from orders.xlsx, skipped 1 blank rows");
    let consumed = desk(&run.1, "consume");
    consumed.one("Consumed 3 items: 1 done, 2 failed");
    assert_eq!(run.1.read("parcels.txt").unwrap(), "item 1: Chair for Ada Lovelace, 1011\n");
}

#[test]
fn a_sheet_that_can_not_be_read_is_refused_and_leaves_nothing() {
    let no_zip = [Text("Name"), Text("Town"), Text("Product")];
    for (rows, complaint) in [
        (
            &[no_zip, CHAIR][..],
            "orders.xlsx, sheet Orders: the header has no column Zip; Name, Zip, Product are wanted",
        ),
        (
            &[CHAIR, CHAIR],
            "orders.xlsx, sheet Orders: the header has no column Name; Name, Zip, Product are wanted",
        ),
        (
            &[],
            "orders.xlsx, sheet Orders: the header has no column Name; Name, Zip, Product are wanted",
        ),
    ] {
        let (run, folder) = produce(rows);
        refused(&run, complaint);
        assert_eq!(folder.read("work.db"), None, "{complaint}");
    }
    let (run, _) = produce(&[HEADER]);
    run.one("Produced 0 items from orders.xlsx, skipped 0 blank rows");

    let folder = Folder::new();
    let path = folder.path().join("orders.xlsx");
    sheets::write(&path, "Sheet1", &[HEADER, CHAIR]).unwrap();
    let wrong_name = "orders.xlsx: no sheet is called Orders; there are: Sheet1";
    refused(&desk(&folder, "produce orders.xlsx"), wrong_name);
    let whole = std::fs::read(&path).unwrap();
    let no_zip =
        "orders.xlsx: is no whole .xlsx file (Zip error: invalid Zip archive: Could not find EOCD)";
    for part in [&whole[..whole.len() / 2], &whole[..0], b"Name,Zip,Product\n"] {
        folder.write("orders.xlsx", part);
        refused(&desk(&folder, "produce orders.xlsx"), no_zip);
    }
    folder.write("orders.xlsx", encrypted());
    refused(
        &desk(&folder, "produce orders.xlsx"),
        "orders.xlsx: is encrypted: save it without a password",
    );
    folder.remove("orders.xlsx");
    let missing = desk(&folder, "produce orders.xlsx");
    missing.exits(2);
    assert!(missing.stderr().starts_with("error: orders.xlsx: "), "{}", missing.stderr());
    assert_eq!(folder.read("work.db"), None);
}

#[test]
fn a_sheet_comes_in_as_a_file_of_an_item() {
    let folder = Folder::new();
    folder.bring_all(&program().samples());
    folder.write("samples/mail.json", r#"[
        {"payload": {"from": "shop"}, "files": {"note.txt": "note.txt", "orders.xlsx": "all-good.xlsx"}},
        {"payload": {}},
        {"payload": {}, "files": {"orders.xlsx": "late.xlsx"}},
        {"payload": {}, "files": {"orders.xlsx": "mail.json"}}
    ]"#);
    desk(&folder, "import samples/mail.json --step produce")
        .one("Imported 4 items for the step produce");
    let run = desk(&folder, "produce --from-item");
    run.exits(1);
    run.one("[Producer] item 2 failed: BUSINESS NO_SHEET: none of its files ends in .xlsx");
    run.one("[Producer] item 3 failed: APPLICATION FILE_MISSING: samples/late.xlsx does not exist");
    run.count("[Producer] item 4 failed: BUSINESS INVALID_SHEET: samples/mail.json: is no whole .xlsx file {why}", 1);
    run.one("Produced 6 items, 3 sheets failed");
    // The file comes after all.
    let sample = std::fs::read(folder.path().join("samples/some-fail.xlsx")).unwrap();
    folder.write("samples/late.xlsx", sample);
    desk(&folder, "retry").one("Made 1 items new");
    desk(&folder, "produce --from-item").one("Produced 7 items, 0 sheets failed");
    desk(&folder, "list").one("Listed 17 items: 13 new, 0 reserved, 2 completed, 2 failed");
}

#[test]
fn all_sheets_of_an_item_come_in_or_none() {
    let folder = Folder::new();
    folder.bring_all(&program().samples());
    let items = |files: &str| {
        folder.write("mail.json", format!(r#"[{{"payload": {{}}, "files": {{{files}}}}}]"#));
        desk(&folder, "import mail.json --step produce").exits(0);
        desk(&folder, "produce --from-item")
    };
    let run = items(r#""b.xlsx": "samples/some-fail.xlsx", "a.xlsx": "samples/all-good.xlsx""#);
    run.exits(0);
    run.one("[Producer] b.xlsx, row 4: Product is missing");
    run.one("Produced 13 items, 0 sheets failed");
    let exported = desk(&folder, "export").stdout().to_owned();
    assert_eq!(exported.matches(r#""Row":2,"Sheet":"a.xlsx""#).count(), 1, "{exported}");
    assert_eq!(exported.matches(r#""Sheet":"b.xlsx""#).count(), 7, "{exported}");

    let run = items(r#""a.xlsx": "samples/all-good.xlsx", "b.xlsx": "mail.json""#);
    run.exits(1);
    run.count("[Producer] item 15 failed: BUSINESS INVALID_SHEET: mail.json: {why}", 1);
    run.one("Produced 0 items, 1 sheets failed");

    let run = items(r#""ORDERS.XLSX": "samples/all-good.xlsx", "xlsx": "mail.json""#);
    run.one("Produced 6 items, 0 sheets failed");
    desk(&folder, "list --step consume")
        .one("Listed 19 items: 19 new, 0 reserved, 0 completed, 0 failed");
    std::fs::copy(folder.path().join("samples/all-good.xlsx"), folder.path().join("ORDERS.XLSX"))
        .unwrap();
    desk(&folder, "produce ORDERS.XLSX")
        .one("Produced 6 items from ORDERS.XLSX, skipped 1 blank rows");
}

#[test]
fn a_cell_is_what_was_meant_or_is_named() {
    let folder = Folder::new();
    let path = folder.path().join("orders.xlsx");
    write_odd_cells(&path).unwrap();
    let run = desk(&folder, "produce orders.xlsx");
    run.exits(0);
    let told: Vec<_> =
        run.lines("[Producer] {fault}").iter().map(|line| line.get("fault").to_owned()).collect();
    let expected = [
        "row 2: Product is a date, 2024-01-02",
        "row 3: Zip is a date, 1902-10-08",
        "row 4: Name is a time",
        "row 5: Product is TRUE",
        "row 8: Name is merged with another cell",
        "row 9: Name is merged with another cell",
        "row 9: Zip is merged with another cell",
        "row 9: Product is merged with another cell",
        "row 10: Product is merged with another cell",
        "row 15: Zip is a formula without a value",
        "row 16: Name is a formula without a value",
        "row 16: Zip is a formula without a value",
        "row 16: Product is a formula without a value",
    ];
    assert_eq!(told, expected);
    // Rows 12 and 13 hold nothing, though cells of them are merged.
    run.one("Produced 13 items from orders.xlsx, skipped 2 blank rows");
    let orders = desk(&folder, "export").stdout().to_owned();
    for order in [
        r#"{"Name":"Ada","Row":2,"Zip":1011}"#,
        r#"{"Name":"8.5","Product":"4711","Row":6,"Zip":1011}"#,
        r#"{"Name":"Ada","Product":"Chair","Row":14,"Zip":1011}"#,
    ] {
        assert!(orders.contains(order), "{order} is wanted:\n{orders}");
    }
    // What is named is not sent, and what is not named is.
    desk(&folder, "consume --attempts 1 --batch 20").one("Consumed 13 items: 4 done, 9 failed");
    let book = folder.read("parcels.txt").unwrap();
    assert!(book.starts_with("item 5: 4711 for 8.5, 1011\n"), "{book}");
}

/// A sheet as people make them: with dates, merged cells and formulas.
fn write_odd_cells(path: &Path) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("[hh]:mm:ss");
    let plain = Format::new();
    let sheet = book.add_worksheet().set_name("Orders")?;
    sheet.set_formula_result_default("");
    sheet.write_row(0, 0, ["Name", "Zip", "Product"])?;
    for row in [1, 2, 3, 4, 5, 6, 7, 9, 10, 13, 14] {
        sheet.write(row, 0, "Ada")?.write(row, 1, 1011)?.write(row, 2, "Chair")?;
    }
    sheet.write_with_format(1, 2, &ExcelDateTime::from_ymd(2024, 1, 2)?, &date)?;
    sheet.write_with_format(2, 1, 1012, &date)?;
    sheet.write_with_format(3, 0, 1.5, &time)?;
    sheet.write(4, 2, true)?;
    sheet.write(5, 0, 8.5)?.write(5, 2, 4711)?;
    sheet.merge_range(6, 0, 8, 0, "Ada", &plain)?;
    sheet.merge_range(7, 1, 8, 1, "1011", &plain)?.merge_range(7, 2, 8, 2, "Chair", &plain)?;
    sheet.merge_range(9, 1, 9, 2, "1011", &plain)?;
    sheet.merge_range(11, 0, 12, 2, "", &plain)?;
    // What a formula has come to is its value; some programs write none.
    sheet.write(13, 1, Formula::new("=1000+11").set_result("1011"))?;
    sheet.write_formula(14, 1, "=1000+11")?;
    for column in 0..3 {
        sheet.write_formula(15, column, "=A2")?;
    }
    book.save(path)
}

#[test]
fn an_item_that_is_broken_fails_alone() {
    let folder = Folder::new();
    folder.bring(&program().samples().join("all-good.xlsx"));
    desk(&folder, "produce all-good.xlsx").exits(0);
    let alter = |change: &str| {
        let queue = Connection::open(folder.path().join("work.db")).unwrap();
        queue.execute_batch(change).unwrap();
    };
    alter("UPDATE items SET payload = '{\"Name\": ' WHERE id = 2");
    alter("UPDATE items SET payload = '[7]' WHERE id = 3");
    alter("UPDATE items SET files = CAST(x'7bff7d' AS TEXT) WHERE id = 4");
    let broken = "its payload is no JSON: EOF while parsing a value at line 1 column 9";
    let listed = desk(&folder, "list");
    listed.exits(0);
    listed.one(&format!("item 2, consume: NEW ({broken})"));
    listed.one("item 3, consume: NEW (its payload is a list where an object is wanted)");
    listed.count("item 4, consume: NEW (its files is no JSON: {why})", 1);

    let export = program().folder(&folder).pace("real").flags("export").run();
    export.exits(1);
    assert_eq!(export.stdout().lines().count(), 5);
    assert!(
        export.stderr().starts_with(&format!("item 2 is left out: {broken}\n")),
        "{}",
        export.stderr()
    );

    let consumed = desk(&folder, "consume --batch 4");
    consumed.exits(1);
    consumed.one(&format!("[Consumer] item 2 failed: BUSINESS BROKEN_ITEM: {broken}"));
    consumed.one("Consumed 6 items: 4 done, 2 failed");
    // Item 7 is what item 1 handed on.
    alter("UPDATE items SET payload = '' WHERE id = 7");
    for _ in 0..2 {
        let report = desk(&folder, "report");
        report.exits(0);
        report.one(&format!("failed: item 2 (BUSINESS BROKEN_ITEM: {broken})"));
        report.one("Chair: 1");
        report.one("Reported 6 orders: 4 shipped, 2 failed, 0 open");
        assert_eq!(
            report.stderr(),
            "item 7 is not counted: its payload is no JSON: EOF while parsing a value at line 1 column 0\n"
        );
    }
    desk(&folder, "list").count("item 7, report: FAILED: BUSINESS BROKEN_ITEM: {why}", 1);

    folder.write("mail.json", r#"[{"payload": {}, "files": {"a.xlsx": "all-good.xlsx"}}, {"payload": {}, "files": {"a.xlsx": "all-good.xlsx"}}]"#);
    desk(&folder, "import mail.json --step produce").exits(0);
    alter("UPDATE items SET files = 'a.xlsx' WHERE id = 11");
    let run = desk(&folder, "produce --from-item");
    run.count("[Producer] item 11 failed: BUSINESS BROKEN_ITEM: its files is no JSON: {why}", 1);
    run.one("Produced 6 items, 1 sheets failed");
}

#[test]
fn the_picture_counts_this_queue() {
    let folder = Folder::new();
    folder.bring(&program().samples().join("some-fail.xlsx"));
    desk(&folder, "produce some-fail.xlsx").exits(0);
    desk(&folder, "consume --attempts 1 --batch 10").exits(1);
    let drawn = |report: &str| {
        let run = desk(&folder, report);
        run.exits(0);
        let picture = folder.read("queue.svg").unwrap();
        let text = |part: &str| {
            part.split_once('>')
                .and_then(|(_, rest)| rest.split_once('<'))
                .map(|(text, _)| text.to_owned())
        };
        let texts: Vec<_> = picture.split("<text").skip(1).filter_map(text).collect();
        (run.stdout().to_owned(), picture, texts.join(", "))
    };
    let (told, picture, texts) = drawn("report --svg queue.svg");
    assert_eq!(
        texts,
        "produce, 0 new, 0 reserved, 3 completed, 4 failed, consume, 0 new, 0 reserved, 3 completed, 0 failed, report"
    );
    assert!(
        picture.contains(
            "7 items for consume: 0 new, 0 reserved, 3 completed, 4 failed; 3 items for report: "
        ),
        "{picture}"
    );
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
    // The flag changes no line.
    assert_eq!(desk(&folder, "report").stdout(), told);

    desk(&folder, "retry 3").exits(0);
    folder.write("mail.json", "[{\"payload\": {}}]");
    desk(&folder, "import mail.json --step produce").exits(0);
    desk(&folder, "import mail.json --step bill").exits(0);
    let (_, _, texts) = drawn("report --svg queue.svg");
    assert_eq!(
        texts,
        "1 new, 0 reserved, 0 completed, 0 failed, produce, 1 new, 0 reserved, 3 completed, 3 failed, consume, \
         1 new, 0 reserved, 0 completed, 0 failed, bill, 0 new, 0 reserved, 3 completed, 0 failed, report"
    );
    let run = desk(&folder, "report --svg nowhere/queue.svg");
    run.exits(2);
    assert!(run.stderr().starts_with("error: nowhere/queue.svg: "), "{}", run.stderr());
}

#[test]
fn json_goes_in_and_comes_out_whole_or_not_at_all() {
    let folder = Folder::new();
    let good = "[\n  {\"files\":{\"a b\":\"c.xlsx\"},\"payload\":{\"Name\":\"Ä\"}},\n  {\"files\":{},\"payload\":{}}\n]\n";
    folder.write("good.json", good);
    desk(&folder, "import good.json").one("Imported 2 items for the step consume");
    desk(&folder, "export out.json").exits(0);
    assert_eq!(folder.read("out.json").unwrap(), good);
    assert_eq!(desk(&folder, "export").stdout(), good);
    assert_eq!(desk(&folder, "export --step report").stdout(), "[]\n");

    for (text, complaint) in [
        ("{}", "bad.json: an object where a list of items is wanted"),
        ("[{\"payload\": {}}, 7]", "bad.json, item 2: a number where an object is wanted"),
        ("[{\"payload\": {}}, {\"files\": {}}]", "bad.json, item 2: \"payload\" is missing"),
        (
            "[{\"payload\": [1]}]",
            "bad.json, item 1: \"payload\" is a list where an object is wanted",
        ),
        (
            "[{\"payload\": {}, \"files\": \"x\"}]",
            "bad.json, item 1: \"files\" is a text where an object is wanted",
        ),
        (
            "[{\"payload\": {}, \"files\": {\"x\": null}}]",
            "bad.json, item 1: \"files\", \"x\" is null where a path is wanted",
        ),
        (
            "[{\"payload\": {}, \"file\": {}}]",
            "bad.json, item 1: \"file\" is neither \"payload\" nor \"files\"",
        ),
        ("[{\"payload\": {}},", "bad.json: EOF while parsing a value at line 1 column 17"),
    ] {
        folder.write("bad.json", text);
        refused(&desk(&folder, "import bad.json"), complaint);
        desk(&folder, "list").one("Listed 2 items: 2 new, 0 reserved, 0 completed, 0 failed");
    }
}

#[test]
fn application_is_tried_again_and_business_is_not() {
    let folder = Folder::new();
    folder.bring(&program().samples().join("some-fail.xlsx"));
    desk(&folder, "produce some-fail.xlsx").exits(0);
    let run = desk(&folder, "consume --attempts 2");
    run.exits(1);
    run.count("[{w}] item 3 is to be tried again: {why}", 1);
    run.one("[Consumer] item 3 failed: APPLICATION MISSING_FIELD: Product is missing");
    run.none("[{w}] item 2 is to be tried again: {why}");
    desk(&folder, "retry").one("Made 2 items new");
    refused(&desk(&folder, "retry 2 1"), "item 1 has not failed, so nothing is retried");
    desk(&folder, "list --step consume")
        .one("Listed 7 items: 2 new, 0 reserved, 3 completed, 2 failed");
    desk(&folder, "retry 2").one("Made 1 items new");
    desk(&folder, "consume").one("Consumed 3 items: 0 done, 3 failed");
}

#[test]
fn a_queue_that_is_none_of_ours_is_left_alone() {
    let folder = Folder::new();
    refused(&desk(&folder, "list"), "work.db does not exist: produce or import something first");
    assert_eq!(folder.read("work.db"), None);
    folder.write("work.db", "Name,Zip,Product\n".repeat(100));
    refused(&desk(&folder, "consume"), "work.db: file is not a database");
    for (name, tables, version) in
        [("other", "CREATE TABLE t (x)", 0), ("newer", "CREATE TABLE items (x)", 7)]
    {
        let database = Connection::open(folder.path().join(name)).unwrap();
        database.execute_batch(&format!("{tables}; PRAGMA user_version = {version}")).unwrap();
        drop(database);
        let complaint =
            format!("{name}: its schema has version {version}, and this program knows version 1");
        refused(&desk(&folder, &format!("list --queue {name}")), &complaint);
    }
    desk(&folder, "import one.json").exits(2);
    folder.remove("work.db");
    folder.write("one.json", "[{\"payload\": {}}]");
    desk(&folder, "import one.json").exits(0);
    let database = Connection::open(folder.path().join("work.db")).unwrap();
    database.execute_batch("ALTER TABLE items DROP COLUMN lease_until").unwrap();
    drop(database);
    for command in ["list", "consume", "report", "import one.json"] {
        let complaint =
            "work.db: its schema says version 1, and it has no column items.lease_until";
        refused(&desk(&folder, command), complaint);
    }
    for (flags, complaint) in [
        ("consume --clock clock", "--clock clock: a number of seconds is wanted there"),
        ("import", "the following required arguments were not provided:"),
        ("consume --lease 0", "invalid value '0' for '--lease <SECONDS>'"),
        ("consume --lease 5 --heartbeat 5", "error: --heartbeat has to be shorter than --lease"),
        ("consume --step bill --next bill", "error: --next has to be a later step than --step"),
        ("consume --step report", "invalid value 'report' for '--step <STEP>'"),
        ("consume --crash-after 0", "invalid value '0' for '--crash-after <N>'"),
        ("consume --batch 0", "invalid value '0' for '--batch <N>'"),
        ("consume --work -1", "invalid value '-1' for '--work <SECONDS>'"),
        ("list --step nap", "invalid value 'nap' for '--step <STEP>'"),
        ("consume --pace instant", "invalid value 'instant' for '--pace <PACE>'"),
    ] {
        folder.remove("work.db");
        folder.write("one.json", "[{\"payload\": {}}]");
        desk(&folder, "import one.json").exits(0);
        let run = desk(&folder, flags);
        run.exits(2);
        assert!(run.stderr().contains(complaint), "{flags}: {}", run.stderr());
    }
}

#[test]
fn the_modules_know_each_other_in_one_direction() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        known.insert(name, named_in(&std::fs::read_to_string(path).unwrap()));
    }
    // Main names its modules where it declares them, and nobody names main.
    known.remove("main");
    let modules: BTreeSet<String> = known.keys().cloned().collect();
    for (module, names) in &known {
        let strange: Vec<_> = names.difference(&modules).collect();
        assert!(strange.is_empty(), "{module} takes {strange:?} from main");
    }
    // Whoever knows nobody that is left can be laid aside; a circle is what stays.
    while let Some(last) =
        known.iter().find(|(_, names)| names.is_disjoint(&known.keys().cloned().collect()))
    {
        let last = last.0.clone();
        known.remove(&last);
    }
    assert!(known.is_empty(), "in a circle: {known:?}");
}

/// What stands behind `crate::` in a file.
fn named_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let all = rest.strip_prefix('{').map_or(rest, |rest| rest.split('}').next().unwrap());
        let several = if rest.starts_with('{') { usize::MAX } else { 1 };
        for name in all.split(',').take(several) {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let name: String = name.trim().chars().take_while(|letter| is_word(*letter)).collect();
            names.insert(name);
        }
    }
    names
}

/// More rows than 16 bits count, and than a sheet of the older .xls has.
const MANY: u32 = 66_000;

/// Started by hand, because no limit of time is fair to it on a busy machine.
#[test]
fn a_large_sheet_comes_in_as_a_whole() {
    let folder = Folder::new();
    sheets::write_many(&folder.path().join("many.xlsx"), MANY).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sol10-work-items"));
        let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let last = |text: String| text.lines().last().unwrap_or_default().to_owned();
    let produced = last(run(&["produce", "many.xlsx"]));
    assert_eq!(produced, format!("Produced {MANY} items from many.xlsx, skipped 0 blank rows"));
    let listed = last(run(&["list"]));
    assert_eq!(
        listed,
        format!("Listed {MANY} items: {MANY} new, 0 reserved, 0 completed, 0 failed")
    );
}

/// Produces from a sheet with these rows.
fn produce(rows: &[[Cell; 3]]) -> (Run, Folder) {
    let folder = Folder::new();
    sheets::write(&folder.path().join("orders.xlsx"), "Orders", rows).unwrap();
    (desk(&folder, "produce orders.xlsx"), folder)
}

fn desk(folder: &Folder, flags: &str) -> Run {
    program().folder(folder).pace("real").flags(flags).run()
}

/// Asks for one line of complaint, and exit code 2.
fn refused(run: &Run, complaint: &str) {
    run.exits(2);
    assert_eq!(run.stderr(), format!("error: {complaint}\n"));
}

/// As much of an encrypted workbook as shows that it is one: a compound file with the stream EncryptedPackage.
fn encrypted() -> Vec<u8> {
    let mut file = vec![0; 512 * 3];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    // Version 3, little endian, sectors of 512 and of 64 bytes.
    put(24, &[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    put(44, &1_u32.to_le_bytes());
    put(48, &1_u32.to_le_bytes());
    put(56, &4096_u32.to_le_bytes());
    put(60, &[0xFE, 0xFF, 0xFF, 0xFF]);
    put(68, &[0xFE, 0xFF, 0xFF, 0xFF]);
    put(76, &[0; 4]);
    put(80, &[0xFF; 432]);
    // Sector 0 tells which sector follows which; sector 1 is the directory.
    put(512, &[0xFF; 512]);
    put(512, &[0xFD, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF]);
    for (place, name, kind) in [(1024, "Root Entry", 5), (1152, "EncryptedPackage", 2)] {
        let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        put(place, &name);
        put(place + 64, &(name.len() as u16).to_le_bytes());
        put(place + 66, &[kind, 1]);
        put(place + 68, &[0xFF; 12]);
        put(place + 116, &[0xFE, 0xFF, 0xFF, 0xFF]);
    }
    file
}

fn program() -> Program {
    program!("10-work-items")
}
