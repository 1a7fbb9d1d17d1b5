//! `hutong counts`.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, ValueEnum};
use hutong_model::{Clock, Date, RegionCode};
use hutong_node::tallies::{AskCounts, By, Group};
use hutong_store::Facet;

/// Days that are counted where none are named.
const DAYS: i32 = 30;

/// Count doses, results, uploads, delays and refused rows.
///
/// Doses and results by the day on which they happened, once whoever reported them; the others by
/// the day of admission and the member.
#[derive(Debug, Args)]
pub struct CountsCommand {
    #[command(flatten)]
    deployed: Deployed,
    /// What about
    facet: FacetWord,
    /// What to tell apart
    #[arg(long, value_delimiter = ',', default_value = "what", value_parser = by)]
    by: Vec<By>,
    /// First day; 30 days ago where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    from: Option<Date>,
    /// Last day; today where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    to: Option<Date>,
    /// Only this division (GB/T 2260)
    #[arg(long, value_name = "CODE", value_parser = RegionCode::parse, default_value = "000000")]
    region: RegionCode,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What is counted.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FacetWord {
    /// Doses given
    Doses,
    /// Test results
    Results,
    /// Records uploaded, by member
    Uploads,
    /// How long after the event they were admitted
    Delays,
    /// Rows refused, by reason
    Rejections,
}

fn by(word: &str) -> Result<By, String> {
    let known = || By::ALL.map(By::as_str).join(", ");
    By::parse(word).ok_or_else(|| format!("known are: {}", known()))
}

impl CountsCommand {
    /// Counts.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let today = crate::clock::SystemClock.now().utc_date();
        let ask = AskCounts {
            facet: match self.facet {
                FacetWord::Doses => Facet::Doses,
                FacetWord::Results => Facet::Results,
                FacetWord::Uploads => Facet::Uploads,
                FacetWord::Delays => Facet::Delays,
                FacetWord::Rejections => Facet::Rejections,
            },
            from: self.from.unwrap_or_else(|| today.plus_days(-DAYS)),
            to: self.to.unwrap_or(today),
            region: self.region,
            member: None,
            by: self.by,
        };
        let command = AdminCommand::Counts(ask);
        let answer = admin::run(&self.deployed.config, command, admin::silent()).await?;
        if self.json {
            show::json(&answer)?;
            return Ok(Exit::Ok);
        }
        let groups: Vec<Group> = admin::answer(answer["groups"].clone())?;
        print(&groups, lang);
        if let Some(uncounted) = answer["uncounted"].as_u64().filter(|n| *n > 0) {
            show::line(lang.pick(
                format!("另有 {uncounted} 条尚未计入"),
                format!("{uncounted} more are not counted yet"),
            ));
        }
        Ok(Exit::Ok)
    }
}

fn print(groups: &[Group], lang: Lang) {
    let headings = lang.pick(
        ["日期", "地区", "成员", "内容", "剂次", "年龄段", "性别", "数量"],
        ["day", "region", "member", "what", "dose", "age from", "sex", "count"],
    );
    let mut table = show::table(headings);
    let word = |value: Option<String>| value.unwrap_or_default();
    for group in groups {
        table.add_row([
            word(group.day.map(|day| day.to_string())).into(),
            word(group.region.as_deref().map(String::from)).into(),
            word(group.member.as_deref().map(String::from)).into(),
            word(group.what.as_deref().map(String::from)).into(),
            word(group.dose.map(|dose| dose.to_string())).into(),
            word(group.age.map(|age| match age {
                255 => lang.pick("不详", "unknown").into(),
                age => age.to_string(),
            }))
            .into(),
            word(group.sex.map(|sex| sex_word(sex, lang).into())).into(),
            show::number(u64::try_from(group.count).unwrap_or(0)),
        ]);
    }
    show::line(table);
}

fn sex_word(sex: u8, lang: Lang) -> &'static str {
    match sex {
        1 => lang.pick("男", "male"),
        2 => lang.pick("女", "female"),
        9 => lang.pick("其他", "other"),
        _ => lang.pick("不详", "unknown"),
    }
}
