//! How fast rows are read: `cargo run --release -p hutong-sheet --example sheet_rate [ROWS [csv]]`;
//! with `csv`, nothing else is done, so that the memory it takes can be seen.

use hutong_model::Catalogue;
use hutong_sheet::{ReadContext, SheetReader};
use std::io::{Cursor, Read};
use std::time::Instant;

/// Rows made as they are read, so that no file is held in memory.
struct Rows {
    left: u64,
    line: Cursor<Vec<u8>>,
}

impl Read for Rows {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.line.read(out)?;
        if count > 0 || self.left == 0 {
            return Ok(count);
        }
        self.left -= 1;
        self.line = Cursor::new(line(self.left).into_bytes());
        self.line.read(out)
    }
}

fn line(number: u64) -> String {
    format!(
        "R{number:09},林小满,男,2015-03-12,身份证,330106201503120014,13800138000,330106,麻腮风疫苗,2,\
         202001B,2016-09-12,西湖区第三门诊,上海生物\r\n"
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let head = "记录编号,姓名,性别,出生日期,证件类型,证件号码,联系电话,居住地区划,疫苗名称,剂次,批号,\
                接种日期,接种单位,生产厂家\r\n";
    let input = Rows { left: rows, line: Cursor::new(head.as_bytes().to_vec()) };
    let started = Instant::now();
    let reader = SheetReader::csv(input, ReadContext::new(Catalogue::builtin()))?;
    let accepted = reader.filter(|row| row.result.is_ok()).count();
    let seconds = started.elapsed().as_secs_f64();
    println!("csv: {accepted} of {rows} rows, {:.0} rows/s", rows as f64 / seconds);

    if std::env::args().nth(2).is_some() {
        return Ok(());
    }
    let rows = rows.min(200_000) as u32;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0_u16..).zip(head.trim_end().split(',')) {
        sheet.write_string(0, column, heading)?;
    }
    for row in 1..=rows {
        for (column, cell) in (0_u16..).zip(line(u64::from(row)).trim_end().split(',')) {
            sheet.write_string(row, column, cell)?;
        }
    }
    let bytes = book.save_to_buffer()?;
    let started = Instant::now();
    let reader = SheetReader::xlsx(Cursor::new(&bytes), ReadContext::new(Catalogue::builtin()))?;
    let accepted = reader.filter(|row| row.result.is_ok()).count();
    let seconds = started.elapsed().as_secs_f64();
    println!("xlsx: {accepted} of {rows} rows, {:.0} rows/s", f64::from(rows) / seconds);
    Ok(())
}
