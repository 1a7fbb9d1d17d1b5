//! CSV as clinics send it.

mod common;

use common::{ID, accepted, csv, ctx, errors, submission, test_result, vaccination};
use hutong_model::{
    Action, DocumentKind, IssueCode, Sex, Source, TestKind, TestOutcome, limits::LINE_BYTES_MAX,
};
use hutong_sheet::{SheetError, SheetReader};
use std::io::{Cursor, Read};

fn dose_file() -> String {
    format!(
        "记录编号,姓名,性别,出生日期,证件类型,证件号码,疫苗名称,剂次,批号,接种日期,接种单位,生产厂家\r\n\
         A1,林小满,男,2015-03-12,身份证,{ID},麻腮风疫苗,第2剂,202001B,2016年9月12日,西湖区第三门诊,上海生物\r\n"
    )
}

#[test]
fn a_dose_is_read() {
    let rows = csv(dose_file());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].row, 2);
    let row = submission(&rows[0]);
    assert_eq!(row.own_id.as_ref().map(|id| id.as_str()), Some("A1"));
    assert_eq!(row.action, Action::New);
    assert_eq!(row.source, Source::FirstHand);
    assert_eq!(row.subject.documents[0].kind(), DocumentKind::ResidentId);
    assert_eq!(row.subject.demographics.sex, Some(Sex::Male));
    assert_eq!(row.times.performed.map(|when| when.to_string()), Some("2016-09-12".into()));
    let dose = vaccination(&rows[0]);
    assert_eq!(&*dose.vaccine[0].code, "MMR");
    assert_eq!(dose.dose_number, Some(2));
    assert_eq!(dose.lot.as_deref(), Some("202001B"));
    assert!(accepted(&rows[0]).warnings.is_empty());
}

#[test]
fn encodings_give_the_same_rows() {
    let text = dose_file();
    let expected = csv(&text);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    assert_eq!(csv(&gb), expected);
    assert_eq!(csv([b"\xef\xbb\xbf", text.as_bytes()].concat()), expected);
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    assert_eq!(csv([&[0xff, 0xfe], &little[..]].concat()), expected);
    assert_eq!(csv([&[0xfe, 0xff], &big[..]].concat()), expected);
    for separator in [";", "\t"] {
        assert_eq!(csv(text.replace(',', separator)), expected);
    }
    assert_eq!(csv(format!("sep=;\r\n{}", text.replace(',', ";"))), expected);
}

#[test]
fn gb18030_is_found_after_much_ascii() {
    let mut text = String::from("record id,document number,name,vaccine,vaccinated at\n");
    for row in 0..5000 {
        text.push_str(&format!("R{row},{ID},Lin,BCG,2015-03-13\n"));
    }
    text.push_str(&format!("last,{ID},林小满,卡介苗,2015-03-13\n"));
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let rows = csv(&gb);
    let last = rows.last().expect("rows");
    assert_eq!(submission(last).subject.demographics.name.as_deref(), Some("林小满"));
}

#[test]
fn a_character_the_sender_lost_rejects_one_row() {
    // Written by a program that could not read its own input; the file is UTF-8 all the same.
    let text = dose_file();
    let broken = text.lines().nth(1).expect("a row").replace("A1", "A9,\u{fffd}\u{fffd}");
    let rows = csv(format!("{}{broken}\r\n", text));
    assert_eq!(errors(&rows[rows.len() - 1])[0].code, IssueCode::Structure);
    accepted(&rows[0]);
}

#[test]
fn one_bad_byte_rejects_one_row() {
    let text = dose_file();
    let second = text.lines().nth(1).expect("a row").replace("A1", "A2");
    let bytes = [text.as_bytes(), b"A9,\xff\xfe,\xe9\r\n", second.as_bytes()].concat();
    let rows = csv(bytes);
    assert_eq!(rows.len(), 3);
    assert_eq!(errors(&rows[1])[0].code, IssueCode::Structure);
    accepted(&rows[2]);
}

#[test]
fn tests_are_read_with_their_times() {
    let rows = csv(format!(
        "记录编号,姓名,证件号码,检测项目,检测结果,采样时间,检测时间,报告时间,混采人数,试管编号\n\
         N1,林小满,{ID},新冠病毒核酸检测,阴性,2021/5/26 8:05,2021-05-26 15:00:30,20210526180000,10合1,TUBE-7\n\
         N2,林小满,{ID},抗原,阳性,2021-05-26T08:05:00+09:00,,,,\n\
         N3,林小满,{ID},,阴性,2021-05-26,,,,\n"
    ));
    let result = test_result(&rows[0]);
    assert_eq!(result.kind, TestKind::NucleicAcid);
    assert_eq!(result.outcome, TestOutcome::Negative);
    assert_eq!(result.pool_size, Some(10));
    assert_eq!(&*result.code[0].code, "sars-cov-2-na");
    assert_eq!(result.code[0].display.as_deref(), Some("新冠病毒核酸检测"));
    let times = submission(&rows[0]).times;
    let shown = |when: Option<hutong_model::When>| when.map(|w| w.to_string()).unwrap_or_default();
    assert_eq!(shown(times.collected), "2021-05-26T08:05:00+08:00");
    assert_eq!(shown(times.performed), "2021-05-26T15:00:30+08:00");
    assert_eq!(shown(times.reported), "2021-05-26T18:00:00+08:00");
    assert_eq!(test_result(&rows[1]).kind, TestKind::Antigen);
    assert_eq!(shown(submission(&rows[1]).times.collected), "2021-05-26T08:05:00+09:00");
    assert_eq!(errors(&rows[2])[0].code, IssueCode::Required);
}

#[test]
fn each_mistake_is_named_by_the_senders_heading() {
    let rows = csv("流水号,身份证号,出生日期,疫苗,接种时间\n\
         1,330106201503120016,,卡介苗,2015-03-13\n\
         2,330106201503120014,,神奇疫苗,2015-03-13\n\
         3,330106201503120014,,卡介苗,2015-02-30\n\
         4,330106201503120014,,卡介苗,2014-03-13\n\
         5,330106201503120014,,卡介苗,13/03/2015\n\
         6,3.30106E+17,,卡介苗,2015-03-13\n\
         7,,,卡介苗,2015-03-13\n\
         ,330106201503120014,,卡介苗,2015-03-13\n\
         9,330106201503120014,,,2015-03-13\n\
         10,330106201503120014,,卡介苗,2015-03-13,extra\n\
         11,330106201503120014,2015-03-13,卡介苗,2015-03-13\n");
    let found: Vec<(IssueCode, &str)> =
        rows[..10].iter().map(|row| (errors(row)[0].code, &*errors(row)[0].field)).collect();
    use IssueCode::{BusinessRule, CodeInvalid, Required, Structure, Value};
    assert_eq!(
        found,
        [
            (Value, "身份证号"),
            (CodeInvalid, "疫苗"),
            (Value, "接种时间"),
            (BusinessRule, "接种时间"),
            (Value, "接种时间"),
            (Value, "身份证号"),
            (Required, "身份证号"),
            (Required, "流水号"),
            (Required, "疫苗"),
            (Structure, ""),
        ]
    );
    assert!(rows[..10].iter().flat_map(errors).all(|issue| !issue.remedy.is_empty()));
    assert!(rows[..10].iter().flat_map(errors).all(|issue| !issue.reason.contains("330106")));
    assert_eq!(&*accepted(&rows[10]).warnings[0].field, "出生日期");
}

#[test]
fn the_future_is_refused_where_the_present_is_known() {
    let mut ctx = ctx();
    ctx.now = hutong_model::Timestamp::parse("2021-06-01T00:00:00Z").ok();
    let text = format!("记录编号,证件号码,疫苗名称,接种日期\n1,{ID},卡介苗,2031-06-02\n");
    let rows: Vec<_> = SheetReader::csv(Cursor::new(text), ctx).expect("headings").collect();
    assert_eq!(errors(&rows[0])[0].code, IssueCode::BusinessRule);
}

#[test]
fn corrections_retractions_and_persons() {
    let rows = csv(format!(
        "记录编号,操作,更正的记录编号,更正原因,证件号码,姓名,疫苗代码,接种日期\n\
         2,更正,1,,{ID},,BCG,2015-03-13\n\
         3,更正,,,{ID},,BCG,2015-03-13\n\
         4,撤销,,录错人,,,,\n\
         5,,,,{ID},林小满,,\n"
    ));
    assert!(matches!(&submission(&rows[0]).action, Action::Correct(id) if id.as_str() == "1"));
    assert_eq!(errors(&rows[1])[0].code, IssueCode::Required);
    let retraction = submission(&rows[2]);
    assert!(
        matches!(&retraction.action, Action::Retract(id, why) if id.as_str() == "4" && &**why == "录错人")
    );
    assert_eq!(retraction.own_id.as_ref().map(|id| id.as_str()), Some("4:retraction"));
    assert!(submission(&rows[3]).fact.is_none());
}

#[test]
fn a_newborn_is_keyed_to_the_mother() {
    let rows = csv(format!(
        "记录编号,出生日期,母亲证件号码,出生顺序,疫苗名称,接种日期\n\
         1,2021-05-26,{ID},,乙肝疫苗,2021-05-26\n\
         2,2021-05-26,{ID},2,乙肝疫苗,2021-05-26\n"
    ));
    let (first, second) = (&submission(&rows[0]).subject, &submission(&rows[1]).subject);
    assert_eq!(first.guardians.len(), 1);
    assert_ne!(first.documents, second.documents);
}

#[test]
fn other_documents_need_their_type() {
    let rows = csv("记录编号,证件类型,证件号码,证件签发国家,疫苗名称,接种日期\n\
         1,03,E12345678,法国,卡介苗,2015-03-13\n\
         2,06,H12345678,,卡介苗,2015-03-13\n\
         3,,E12345678,,卡介苗,2015-03-13\n\
         4,99,XYZ,,卡介苗,2015-03-13\n\
         5,户口簿,330106201503120014,,卡介苗,2015-03-13\n");
    let document = |index: usize| &submission(&rows[index]).subject.documents[0];
    assert_eq!((document(0).kind(), document(0).scope()), (DocumentKind::Passport, "FRA"));
    assert_eq!(document(1).kind(), DocumentKind::HkMacaoPermit);
    assert_eq!(errors(&rows[2])[0].code, IssueCode::Required);
    assert_eq!(errors(&rows[3])[0].code, IssueCode::Required);
    assert_eq!(document(4).kind(), DocumentKind::ResidentId);
}

#[test]
fn headings_are_checked() {
    let read = |text: &str| SheetReader::csv(Cursor::new(text.to_owned()), ctx());
    assert!(matches!(read(""), Err(SheetError::Empty)));
    assert!(matches!(read("\n\n"), Err(SheetError::Empty)));
    let missing = read("姓名,证件号码\na,b\n").err().expect("an error").to_string();
    assert!(missing.contains("记录编号") && missing.contains("姓名"), "{missing}");
    assert!(matches!(
        read("记录编号,证件号码,身份证号\n"),
        Err(SheetError::DuplicateHeading { .. })
    ));
    let reader = read("预防接种登记表,,\n\nRecord ID,Documnt number,whatever at all\n");
    let reader = reader.expect("headings");
    let remedies: Vec<&str> = reader.warnings().iter().map(|issue| &*issue.remedy).collect();
    assert!(remedies[0].contains("证件号码 (Document number)"), "{remedies:?}");
    assert_eq!(remedies.len(), 2);
}

#[test]
fn titles_above_and_blank_rows_keep_row_numbers() {
    let rows = csv(format!(
        "2021年接种登记,,,\n,,,\n记录编号,证件号码,疫苗名称,接种日期\n\n,,,\nA,{ID},卡介苗,2015-03-13\n"
    ));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].row, 6);
}

#[test]
fn a_stray_quotation_mark_rejects_one_row() {
    let good = |id: &str| format!("{id},{ID},卡介苗,2015-03-13,\"a \"\"b\"\",\r\nc\"\r\n");
    let text = format!(
        "记录编号,证件号码,疫苗名称,接种日期,备注\r\n{}2,{ID},卡介苗,2015-03-13,\"open\r\n{}3,\"x\"y,,,\r\n{}",
        good("1"),
        good("4"),
        good("5")
    );
    let rows = csv(text);
    let fine: Vec<bool> = rows.iter().map(|row| row.result.is_ok()).collect();
    assert_eq!(fine, [true, false, true, false, true]);
    assert_eq!(vaccination(&rows[0]).note.as_deref(), Some("a \"b\",\r\nc"));
    assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    let open = csv(format!("记录编号,证件号码,疫苗名称,接种日期\n\"1,{ID},卡介苗,2015-03-13"));
    assert_eq!(errors(&open[0])[0].code, IssueCode::Structure);
}

/// Gives a heading, then one line of a gigabyte, then a good row, without holding any of it.
struct Gigabyte {
    head: Cursor<Vec<u8>>,
    left: usize,
    fill: u8,
    tail: Cursor<Vec<u8>>,
    /// Most bytes asked for at once.
    largest: usize,
}

impl Read for Gigabyte {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.largest = self.largest.max(out.len());
        let head = self.head.read(out)?;
        if head > 0 {
            return Ok(head);
        }
        if self.left > 0 {
            let count = out.len().min(self.left);
            out[..count].fill(self.fill);
            self.left -= count;
            return Ok(count);
        }
        self.tail.read(out)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_one_bad_row() {
    for (before, fill) in [("x,", b'a'), ("x,\"", b'a'), ("", b',')] {
        let input = Gigabyte {
            head: Cursor::new(
                format!("记录编号,证件号码,疫苗名称,接种日期\n{before}").into_bytes(),
            ),
            left: 1 << 30,
            fill,
            tail: Cursor::new(format!("\nA,{ID},卡介苗,2015-03-13\n").into_bytes()),
            largest: 0,
        };
        let rows: Vec<_> = SheetReader::csv(input, ctx()).expect("headings").collect();
        assert_eq!(rows.len(), 2, "{before}");
        assert_eq!(errors(&rows[0])[0].code, IssueCode::TooLong);
        assert!(rows[0].cells.iter().map(String::len).sum::<usize>() <= LINE_BYTES_MAX);
        accepted(&rows[1]);
        assert_eq!(rows[1].row, 3);
    }
}

#[test]
fn what_is_not_text_is_said_so() {
    let read = |bytes: &[u8]| SheetReader::csv(Cursor::new(bytes.to_vec()), ctx());
    assert!(matches!(read(&[0; 4096]), Err(SheetError::Encoding(_))));
    let rows = csv(format!("记录编号,证件号码,疫苗名称,接种日期\nA\0,{ID},卡介苗,2015-03-13\n"));
    assert_eq!(errors(&rows[0])[0].code, IssueCode::Structure);
}
