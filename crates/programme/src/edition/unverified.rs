//! Which figures of a sheet nobody has checked yet.

use std::collections::BTreeMap;

use super::text::{Marks, Sheet, SourceText};
use super::{Mark, Unverified};

/// The figures of a sheet that nobody has checked yet, in its order. Sources are those of the sheet
/// and of what it is based on.
pub(super) fn list(
    sheet: &Sheet,
    edition: &str,
    sources: &BTreeMap<String, SourceText>,
) -> Vec<Unverified> {
    let mut list = List { edition, sources, all: Vec::new() };
    if let Some(head) = &sheet.edition {
        list.add("edition", head.source.as_deref().unwrap_or_default(), &head.unverified);
    }
    for text in &sheet.apart {
        let place = format!("{} …, {} …", text.previous.join(" "), text.current.join(" "));
        list.whole(&place, &text.source);
        list.add(&place, &text.source, &text.unverified);
    }
    for antigen in &sheet.antigen {
        for text in &antigen.contraindication {
            let place = format!("{}, {}", antigen.name, text.observation);
            list.whole(&place, &text.source);
            list.add(&place, &text.source, &text.unverified);
        }
        for series in &antigen.series {
            let place = format!("{}, {}", antigen.name, series.name);
            list.whole(&place, &series.source);
            list.add(&place, &series.source, &series.unverified);
            for dose in &series.dose {
                let place = format!("{place}, {}", dose.id);
                if let Some(source) = &dose.source {
                    list.whole(&place, source);
                }
                let source = dose.source.as_ref().unwrap_or(&series.source);
                list.add(&place, source, &dose.unverified);
            }
        }
    }
    list.all
}

struct List<'a> {
    edition: &'a str,
    sources: &'a BTreeMap<String, SourceText>,
    all: Vec<Unverified>,
}

impl List<'_> {
    fn put(&mut self, place: &str, source: &str, figure: &str, mark: Mark) {
        let source = self.sources.get(source).map_or(source, |source| &source.title);
        self.all.push(Unverified {
            edition: self.edition.to_owned(),
            place: place.to_owned(),
            figure: figure.to_owned(),
            mark,
            source: source.to_owned(),
        });
    }

    fn add(&mut self, place: &str, source: &str, marks: &Marks) {
        for (figure, mark) in marks {
            self.put(place, source, figure, *mark);
        }
    }

    /// Everything that is taken from a source which has a mark itself.
    fn whole(&mut self, place: &str, source: &str) {
        if let Some(mark) = self.sources.get(source).and_then(|source| source.mark) {
            self.put(place, source, "*", mark);
        }
    }
}
