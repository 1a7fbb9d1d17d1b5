//! When children are due which dose: the national programme, with the changes that matter for
//! people alive now. Only to make plausible histories; assessments use the programme's own data.

use hutong_model::Date;

/// A dose that is due at an age.
pub(crate) struct Due {
    /// Code of the national catalogue.
    pub(crate) vaccine: &'static str,
    /// Number within its series.
    pub(crate) dose: u16,
    /// Age in months.
    pub(crate) months: u32,
    /// First and last year of birth that it applies to.
    pub(crate) born: (i16, i16),
    /// Maker, and the first letters of its lots.
    pub(crate) maker: (&'static str, &'static str),
    /// Site and route.
    pub(crate) way: (&'static str, &'static str),
}

const LANZHOU: (&str, &str) = ("兰州生物", "L");
const WUHAN: (&str, &str) = ("武汉生物", "W");
const BEIJING: (&str, &str) = ("北京生物", "B");
const CHENGDU: (&str, &str) = ("成都生物", "C");
const KANGTAI: (&str, &str) = ("深圳康泰", "K");
const KUNMING: (&str, &str) = ("昆明所", "Y");
const SHANGHAI: (&str, &str) = ("上海生物", "S");
const ZHIFEI: (&str, &str) = ("智飞绿竹", "Z");

const ARM_IM: (&str, &str) = ("左上臂三角肌", "肌内注射");
const THIGH_IM: (&str, &str) = ("大腿前外侧", "肌内注射");
const ARM_SC: (&str, &str) = ("右上臂", "皮下注射");
const ARM_ID: (&str, &str) = ("左上臂", "皮内注射");
const MOUTH: (&str, &str) = ("口服", "口服");

const fn due(
    vaccine: &'static str,
    dose: u16,
    months: u32,
    born: (i16, i16),
    maker: (&'static str, &'static str),
    way: (&'static str, &'static str),
) -> Due {
    Due { vaccine, dose, months, born, maker, way }
}

const ALWAYS: (i16, i16) = (1986, 9999);

/// The doses of childhood, in the order of age.
pub(crate) const CHILDHOOD: &[Due] = &[
    due("HEPB", 1, 0, (1992, 9999), KANGTAI, THIGH_IM),
    due("BCG", 1, 0, ALWAYS, CHENGDU, ARM_ID),
    due("HEPB", 2, 1, (1992, 9999), KANGTAI, THIGH_IM),
    due("TOPV", 1, 2, (1986, 2015), KUNMING, MOUTH),
    due("IPV", 1, 2, (2016, 9999), KUNMING, THIGH_IM),
    due("DTAP", 1, 2, (2025, 9999), WUHAN, THIGH_IM),
    due("TOPV", 2, 3, (1986, 2015), KUNMING, MOUTH),
    due("BOPV", 2, 3, (2016, 2019), KUNMING, MOUTH),
    due("IPV", 2, 3, (2020, 9999), KUNMING, THIGH_IM),
    due("DTWP", 1, 3, (1986, 2006), WUHAN, THIGH_IM),
    due("DTAP", 1, 3, (2007, 2024), WUHAN, THIGH_IM),
    due("TOPV", 3, 4, (1986, 2015), KUNMING, MOUTH),
    due("BOPV", 3, 4, (2016, 9999), KUNMING, MOUTH),
    due("DTWP", 2, 4, (1986, 2006), WUHAN, THIGH_IM),
    due("DTAP", 2, 4, (2007, 9999), WUHAN, THIGH_IM),
    due("DTWP", 3, 5, (1986, 2006), WUHAN, THIGH_IM),
    due("DTAP", 3, 5, (2007, 2024), WUHAN, THIGH_IM),
    due("HEPB", 3, 6, (1992, 9999), KANGTAI, THIGH_IM),
    due("MPSV-A", 1, 6, (2007, 9999), LANZHOU, ARM_SC),
    due("DTAP", 3, 6, (2025, 9999), WUHAN, THIGH_IM),
    due("MV", 1, 8, (1986, 2006), LANZHOU, ARM_SC),
    due("MR", 1, 8, (2007, 2019), BEIJING, ARM_SC),
    due("MMR", 1, 8, (2020, 9999), SHANGHAI, ARM_SC),
    due("JE-L", 1, 8, (2007, 9999), CHENGDU, ARM_SC),
    due("MPSV-A", 2, 9, (2007, 9999), LANZHOU, ARM_SC),
    due("DTWP", 4, 18, (1986, 2006), WUHAN, ARM_IM),
    due("DTAP", 4, 18, (2007, 9999), WUHAN, ARM_IM),
    due("MMR", 1, 18, (2007, 2019), SHANGHAI, ARM_SC),
    due("MMR", 2, 18, (2020, 9999), SHANGHAI, ARM_SC),
    due("HEPA-L", 1, 18, (2007, 9999), KUNMING, ARM_SC),
    due("JE-L", 2, 24, (2007, 9999), CHENGDU, ARM_SC),
    due("MPSV-AC", 1, 36, (2007, 9999), ZHIFEI, ARM_SC),
    due("TOPV", 4, 48, (1986, 2011), KUNMING, MOUTH),
    due("BOPV", 4, 48, (2012, 9999), KUNMING, MOUTH),
    due("DT", 1, 72, (1986, 2018), WUHAN, ARM_IM),
    due("DTAP", 5, 72, (2019, 9999), WUHAN, ARM_IM),
    due("MPSV-AC", 2, 72, (2007, 9999), ZHIFEI, ARM_SC),
];

/// A product against COVID-19 as it was used from 2021 on.
pub(crate) struct Covid {
    pub(crate) vaccine: &'static str,
    pub(crate) maker: (&'static str, &'static str),
    /// Doses of the first course, and days between them.
    pub(crate) course: (u16, i32),
    pub(crate) weight: u32,
}

/// The products, by how often they were given.
pub(crate) const COVID: &[Covid] = &[
    Covid { vaccine: "COVID-I", maker: ("北京科兴中维", "C"), course: (2, 28), weight: 48 },
    Covid { vaccine: "COVID-I", maker: ("北京生物", "B"), course: (2, 28), weight: 34 },
    Covid { vaccine: "COVID-I", maker: ("武汉生物", "W"), course: (2, 28), weight: 6 },
    Covid { vaccine: "COVID-CHO", maker: ("智飞龙科马", "N"), course: (3, 35), weight: 9 },
    Covid { vaccine: "COVID-AD5", maker: ("康希诺", "NCOV"), course: (1, 0), weight: 3 },
];

/// The first day on which a dose against COVID-19 was given at an age.
pub(crate) fn covid_from(age: i32) -> Option<Date> {
    match age {
        18.. => Some(crate::clock::day(2021, 3, 1)),
        12..=17 => Some(crate::clock::day(2021, 8, 1)),
        3..=11 => Some(crate::clock::day(2021, 11, 1)),
        _ => None,
    }
}
