//! From our own catalogue to the codes of the EU's value sets: the other way than certificates are
//! read (eHealth Network, "Value sets for EU Digital COVID Certificates", version 1.14, and its
//! encoding instructions, annex A).

use crate::foreign::Coded;
use crate::foreign::value_sets::{Row, Set};
use hutong_model::Catalogue;
use hutong_model::catalogue::{CVX, SNOMED, Vaccine};

/// The codes of a vaccine, as far as the value sets have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VaccineCodes {
    /// What it protects against (`tg`).
    pub target: Option<Coded>,
    /// The kind of vaccine (`vp`).
    pub vaccine: Option<Coded>,
    /// The product (`mp`); none where the catalogue's code may be several, and the maker does not
    /// say which.
    pub product: Option<Coded>,
    /// Who is admitted to sell it (`ma`).
    pub maker: Option<Coded>,
}

/// The codes for a code of our catalogue (CVX, or China's short and national codes).
///
/// A CVX code of one product gives that product. A code of a kind ("inactivated, Vero cells")
/// gives the product only with its maker, as a code or by name as records have it
/// (`北京科兴中维生物技术有限公司`). None where the catalogue does not know the code.
pub fn vaccine_codes(system: &str, code: &str, maker: Option<&str>) -> Option<VaccineCodes> {
    let vaccine = Catalogue::builtin().vaccine(system, code)?;
    let maker = maker.map(str::trim).filter(|maker| !maker.is_empty());
    let product = match system {
        CVX => of_one_product(vaccine, maker),
        _ => of_a_kind(vaccine, maker),
    };
    Some(codes(vaccine, product))
}

/// The product of a CVX code: the maker's, where licensed makers share the code, else the first,
/// which is the one under the inventor's own name.
fn of_one_product(vaccine: &Vaccine, maker: Option<&str>) -> Option<&'static Row> {
    let mut sold = products().filter(|row| row.eu && has_code(row, vaccine));
    let mut sold_by = products().filter(|row| row.eu && has_code(row, vaccine));
    // A maker whom the value set does not have is no reason to doubt a code of one product.
    let made = maker.and_then(|maker| sold_by.find(|row| is_made_by(row, maker)));
    made.or_else(|| sold.next())
}

/// The product of a code that means a kind: by the maker, or where only one was ever admitted under
/// that name. Products that the EU does not list count against it: it might be one of those.
fn of_a_kind(vaccine: &Vaccine, maker: Option<&str>) -> Option<&'static Row> {
    let is_one = |row: &&Row| match maker {
        Some(maker) => (has_code(row, vaccine) || has_name(row, vaccine)) && is_made_by(row, maker),
        None => has_name(row, vaccine),
    };
    let mut found = products().filter(is_one);
    match (found.next(), found.next()) {
        (Some(only), None) if only.eu => Some(only),
        _ => None,
    }
}

/// The codes for a name under which China's authority (NMPA) admitted a vaccine, or another name
/// that our catalogue knows. As [`vaccine_codes`].
pub fn vaccine_codes_by_name(name: &str, maker: Option<&str>) -> Option<VaccineCodes> {
    match Catalogue::builtin().vaccine_by_name(name) {
        Some(vaccine) => vaccine_codes(&vaccine.system, &vaccine.code, maker),
        None => {
            let mut named = products().filter(|row| row.nmpa.as_deref() == Some(name));
            let (row, None) = (named.next()?, named.next()) else { return None };
            let [system, code] = row.catalogue.as_ref()?;
            let vaccine = Catalogue::builtin().vaccine(system, code)?;
            Some(codes(vaccine, Some(row).filter(|row| row.eu)))
        }
    }
}

fn products() -> impl Iterator<Item = &'static Row> {
    Set::Products.rows().iter()
}

/// Whether a product goes under a code of the catalogue, as itself or in an adapted form.
fn has_code(row: &Row, vaccine: &Vaccine) -> bool {
    let place = row.catalogue.as_ref();
    place.is_some_and(|[system, code]| (system, code) == (&vaccine.system, &vaccine.code))
        || (&*vaccine.system == CVX && row.also.contains(&vaccine.code))
}

/// Whether a product was admitted in China under a name of this code.
fn has_name(row: &Row, vaccine: &Vaccine) -> bool {
    let known = row.nmpa.as_deref().and_then(|name| Catalogue::builtin().vaccine_by_name(name));
    known.is_some_and(|known| (&known.system, &known.code) == (&vaccine.system, &vaccine.code))
}

fn is_made_by(row: &Row, maker: &str) -> bool {
    row.maker.as_deref().is_some_and(|code| is_maker(code, maker))
}

/// Whether a text names this maker: its code, a name of the value set, or one found in records.
fn is_maker(code: &str, text: &str) -> bool {
    let Some(row) = Set::Makers.row(code) else { return code == text };
    let same = |name: &str| name.eq_ignore_ascii_case(text);
    same(&row.code)
        || same(&row.en)
        || same(&row.zh)
        || row.known_as.iter().any(|name| text.contains(&**name))
}

fn codes(vaccine: &Vaccine, product: Option<&Row>) -> VaccineCodes {
    let protects = |row: &&Row| {
        let family = row.family.as_ref();
        family.is_some_and(|family| vaccine.families.contains(family))
    };
    let target = Set::Agents.rows().iter().find(protects);
    let coded = |set: Set, code: &str| Coded::of(set, code);
    let kind = product.and_then(|row| row.vaccine.as_deref()).or_else(|| kind_of(vaccine));
    VaccineCodes {
        target: target.map(|row| coded(Set::Agents, &row.code)),
        vaccine: kind.map(|code| coded(Set::Prophylaxes, code)),
        product: product.map(|row| coded(Set::Products, &row.code)),
        maker: product.and_then(|row| Some(coded(Set::Makers, row.maker.as_deref()?))),
    }
}

/// The kind of vaccine for a code of the catalogue alone. What several kinds lead to is the general
/// one, where there is one.
fn kind_of(vaccine: &Vaccine) -> Option<&'static str> {
    let leads = |row: &&Row| has_code(row, vaccine);
    let kinds: Vec<&Row> = Set::Prophylaxes.rows().iter().filter(leads).collect();
    let of_snomed: Vec<&&Row> =
        kinds.iter().filter(|row| row.eu && &*row.system == SNOMED).collect();
    match (of_snomed.as_slice(), kinds.as_slice()) {
        ([only], _) => Some(&*only.code),
        ([_, _, ..], _) => Some(GENERAL_COVID_19),
        ([], [only]) => Some(&only.code),
        // A kind of COVID-19 vaccine that has no code of its own.
        _ if vaccine.families.iter().any(|family| &**family == "covid-19") => {
            Some(GENERAL_COVID_19)
        }
        _ => None,
    }
}

/// "COVID-19 vaccine", of no particular kind (value set, section 2.2).
const GENERAL_COVID_19: &str = "28531000087107";
