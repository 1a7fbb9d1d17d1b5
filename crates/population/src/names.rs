//! Names that sound right. Surnames by how common they are; given names by sex and generation.

use crate::dice::Dice;
use hutong_model::Sex;

/// Common surnames, with the share of people who bear them, in hundredths of a percent.
const SURNAMES: &[(&str, u32)] = &[
    ("王", 725),
    ("李", 719),
    ("张", 683),
    ("刘", 541),
    ("陈", 453),
    ("杨", 308),
    ("黄", 223),
    ("赵", 206),
    ("吴", 200),
    ("周", 190),
    ("徐", 152),
    ("孙", 151),
    ("马", 129),
    ("朱", 121),
    ("胡", 118),
    ("林", 115),
    ("郭", 114),
    ("何", 113),
    ("高", 106),
    ("罗", 86),
    ("郑", 85),
    ("梁", 84),
    ("谢", 76),
    ("宋", 75),
    ("唐", 72),
    ("许", 66),
    ("邓", 65),
    ("冯", 64),
    ("韩", 63),
    ("曹", 59),
    ("曾", 58),
    ("彭", 57),
    ("萧", 40),
    ("蔡", 55),
    ("潘", 52),
    ("田", 51),
    ("董", 50),
    ("袁", 49),
    ("于", 47),
    ("余", 46),
    ("叶", 45),
    ("蒋", 44),
    ("杜", 43),
    ("苏", 42),
    ("魏", 41),
    ("程", 40),
    ("吕", 39),
    ("丁", 38),
    ("沈", 37),
    ("任", 36),
    ("姚", 35),
    ("卢", 34),
    ("傅", 33),
    ("钟", 32),
    ("姜", 31),
    ("崔", 30),
    ("谭", 30),
    ("廖", 29),
    ("范", 28),
    ("汪", 28),
    ("陆", 27),
    ("金", 27),
    ("石", 26),
    ("戴", 25),
    ("贾", 25),
    ("韦", 24),
    ("夏", 24),
    ("邱", 23),
    ("方", 23),
    ("侯", 22),
    ("邹", 22),
    ("熊", 21),
    ("孟", 20),
    ("秦", 20),
    ("白", 19),
    ("江", 19),
    ("阎", 18),
    ("薛", 18),
    ("尹", 17),
    ("段", 17),
    ("雷", 16),
    ("黎", 16),
    ("史", 15),
    ("龙", 15),
    ("陶", 14),
    ("贺", 14),
    ("顾", 14),
    ("毛", 13),
    ("郝", 13),
    ("龚", 13),
    ("邵", 12),
    ("万", 12),
    ("覃", 12),
    ("武", 11),
    ("钱", 11),
    ("欧阳", 6),
    ("上官", 1),
    ("司徒", 1),
];

/// Characters of given names of one generation.
struct Generation {
    /// Last year of birth.
    until: i16,
    /// Of given names: with one character, percent.
    single: u32,
    male: &'static str,
    female: &'static str,
}

const GENERATIONS: &[Generation] = &[
    Generation {
        until: 1959,
        single: 12,
        male: "德明国华福生根发财贵荣春金水木土保家庆祥文长永全有宝",
        female: "秀英桂兰玉珍凤芳淑琴素梅香莲月娥翠云菊花巧爱金彩惠",
    },
    Generation {
        until: 1979,
        single: 30,
        male: "建国军强勇志伟平卫东红兵海涛波斌辉峰明刚林杰宏革新民",
        female: "丽红梅艳霞敏静燕芳萍玲娟英华琴云兰秋慧莉春晓彩群",
    },
    Generation {
        until: 1999,
        single: 38,
        male: "伟磊洋勇超鹏杰浩俊宇飞凯龙帅鑫博文斌涛毅健晨旭阳航",
        female: "静丽婷雪敏颖倩琳娜慧佳莹丹璐瑶洁晶梦露蕾欣薇妍茜",
    },
    Generation {
        until: 9999,
        single: 10,
        male: "子轩浩宇梓睿博文俊泽辰皓逸晨煜铭瑞嘉奕航沐然承景安",
        female: "梓涵欣怡诗雨可馨若汐语桐依诺思妍芷晴沐瑶一婉清宁安",
    },
];

/// A Chinese name.
pub(crate) fn chinese(dice: &mut Dice, sex: Sex, born_in: i16) -> String {
    let surname = SURNAMES[dice.weighted(SURNAMES.iter().map(|(_, weight)| *weight))].0;
    given(dice, sex, born_in, surname)
}

fn given(dice: &mut Dice, sex: Sex, born_in: i16, surname: &str) -> String {
    let last = GENERATIONS.len() - 1;
    let place = GENERATIONS.iter().position(|g| born_in <= g.until).unwrap_or(last);
    let generation = &GENERATIONS[place];
    let characters = if sex == Sex::Female { generation.female } else { generation.male };
    let mut name = surname.to_owned();
    let single = dice.below(100) < u64::from(generation.single);
    // INVARIANT: every generation has characters, so that one is always found.
    let count = characters.chars().count() as u64;
    for _ in 0..if single { 1 } else { 2 } {
        let place = usize::try_from(dice.below(count)).unwrap_or(0);
        name.extend(characters.chars().nth(place));
    }
    name
}

/// Where foreigners come from and what they are called.
pub(crate) struct Country {
    /// ISO 3166-1 alpha-3.
    pub(crate) code: &'static str,
    weight: u32,
    family: &'static [&'static str],
    male: &'static [&'static str],
    female: &'static [&'static str],
}

const COUNTRIES: &[Country] = &[
    Country {
        code: "KOR",
        weight: 22,
        family: &["Kim", "Lee", "Park", "Choi", "Jung", "Kang", "Cho", "Yoon"],
        male: &["Min-jun", "Ji-hoon", "Seung-ho", "Dong-hyun", "Hyun-woo"],
        female: &["Seo-yeon", "Ji-woo", "Min-ji", "Soo-jin", "Eun-ji"],
    },
    Country {
        code: "USA",
        weight: 18,
        family: &["Miller", "Johnson", "Carter", "Nguyen", "Garcia", "Brooks", "Reed"],
        male: &["James", "Robert", "Daniel", "Kevin", "Andrew"],
        female: &["Emily", "Sarah", "Jessica", "Laura", "Megan"],
    },
    Country {
        code: "JPN",
        weight: 14,
        family: &["Sato", "Suzuki", "Takahashi", "Tanaka", "Watanabe", "Ito", "Yamamoto"],
        male: &["Hiroshi", "Kenji", "Takumi", "Daiki", "Ren"],
        female: &["Yuki", "Haruka", "Sakura", "Naoko", "Aoi"],
    },
    Country {
        code: "VNM",
        weight: 10,
        family: &["Nguyen", "Tran", "Le", "Pham", "Hoang", "Vu", "Dang"],
        male: &["Van Minh", "Quang Huy", "Duc Anh", "Thanh Tung"],
        female: &["Thi Lan", "Thu Huong", "Ngoc Mai", "Thi Hoa"],
    },
    Country {
        code: "IND",
        weight: 9,
        family: &["Sharma", "Patel", "Gupta", "Singh", "Reddy", "Iyer"],
        male: &["Rahul", "Amit", "Vikram", "Arjun"],
        female: &["Priya", "Anjali", "Neha", "Kavita"],
    },
    Country {
        code: "RUS",
        weight: 7,
        family: &["Ivanov", "Smirnov", "Kuznetsov", "Popov", "Sokolov"],
        male: &["Alexei", "Dmitri", "Sergei", "Nikolai"],
        female: &["Anna", "Olga", "Elena", "Natalia"],
    },
    Country {
        code: "FRA",
        weight: 6,
        family: &["Martin", "Bernard", "Dubois", "Moreau", "Lefèvre"],
        male: &["Julien", "Nicolas", "Pierre", "Luc"],
        female: &["Camille", "Chloé", "Sophie", "Claire"],
    },
    Country {
        code: "DEU",
        weight: 6,
        family: &["Müller", "Schmidt", "Schneider", "Fischer", "Weber"],
        male: &["Lukas", "Jonas", "Stefan", "Markus"],
        female: &["Anna", "Lena", "Julia", "Katrin"],
    },
    Country {
        code: "NGA",
        weight: 4,
        family: &["Okafor", "Adeyemi", "Balogun", "Eze", "Ibrahim"],
        male: &["Chinedu", "Tunde", "Emeka", "Yusuf"],
        female: &["Ngozi", "Amina", "Funke", "Chioma"],
    },
    Country {
        code: "GBR",
        weight: 4,
        family: &["Smith", "Taylor", "Evans", "Wilson", "Hughes"],
        male: &["Thomas", "Oliver", "Harry", "George"],
        female: &["Olivia", "Charlotte", "Alice", "Grace"],
    },
];

/// A country, as often as people come from it.
pub(crate) fn country(dice: &mut Dice) -> &'static Country {
    &COUNTRIES[dice.weighted(COUNTRIES.iter().map(|country| country.weight))]
}

/// A name of that country.
pub(crate) fn foreign(dice: &mut Dice, sex: Sex, country: &Country) -> String {
    let given = dice.pick(if sex == Sex::Female { country.female } else { country.male });
    format!("{given} {}", dice.pick(country.family))
}
