//! Which vaccine type of a programme a coded vaccine is.

use hutong_model::{
    Coding,
    catalogue::{CVX, Catalogue, Vaccine},
};
use hutong_programme::{Cvx, Programme};

/// A vaccine that is known, and not to the programme: it stays in the history, with a note.
pub(super) const OUTSIDE: Cvx = Cvx(u16::MAX);

/// The vaccine type of codings: by a code that the programme has, by CVX where its types are CVX,
/// by a code or a name (historical ones too) of the catalogue. None where it is not known at all.
pub(super) fn vaccine(programme: &Programme, codings: &[Coding]) -> Option<Cvx> {
    let coded = codings.iter().filter(|coding| !coding.code.is_empty());
    let own = coded.clone().find_map(|it| programme.vaccine_of(&it.system, &it.code));
    if own.is_some() {
        return own;
    }
    let own_codes = programme.data().schedule.vaccines.iter().any(|it| !it.coded.is_empty());
    if !own_codes {
        return coded
            .clone()
            .find(|coding| *coding.system == *CVX)
            .and_then(|coding| Cvx::parse(&coding.code));
    }
    let catalogue = Catalogue::builtin();
    let mut names = codings.iter().filter_map(|coding| coding.display.as_deref());
    let by_name = names.find_map(|name| catalogue.vaccine_by_name(name));
    let mut by_code = coded.filter_map(|it| catalogue.vaccine(&it.system, &it.code));
    let known = by_code.next().or(by_name)?;
    let of = |it: &Vaccine| programme.vaccine_of(&it.system, &it.code);
    Some(of(known).or_else(|| by_name.and_then(of)).unwrap_or(OUTSIDE))
}
