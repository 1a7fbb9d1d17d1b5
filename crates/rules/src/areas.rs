//! Which areas were listed when: what stays are matched with.

use hutong_model::{RegionCode, Timestamp, evidence::AreaListing};
use std::collections::BTreeMap;

/// All listings of an event, by area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Areas(BTreeMap<RegionCode, Vec<AreaListing>>);

impl Areas {
    /// Of listings in any order.
    pub fn new(listings: impl IntoIterator<Item = AreaListing>) -> Self {
        let mut areas: BTreeMap<RegionCode, Vec<AreaListing>> = BTreeMap::new();
        for listing in listings {
            areas.entry(listing.area).or_default().push(listing);
        }
        for listings in areas.values_mut() {
            listings.sort_by_key(|listing| (listing.from, listing.until, listing.grade));
            listings.dedup();
        }
        Self(areas)
    }

    /// All listings, by area and time.
    pub fn listings(&self) -> impl Iterator<Item = &AreaListing> {
        self.0.values().flatten()
    }

    /// Listings of a place, or of what it lies in, that some of this time fell into. A place that
    /// is larger than what was listed is not listed: the person may have been elsewhere in it.
    pub fn listed(
        &self,
        place: RegionCode,
        from: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = &AreaListing> {
        let of_place = self.around(place).flatten();
        of_place.filter(move |listing| {
            listing.from <= until && listing.until.is_none_or(|end| from < end)
        })
    }

    /// The listings of each division that the place lies in.
    fn around(&self, place: RegionCode) -> impl Iterator<Item = &Vec<AreaListing>> {
        place.ancestry().into_iter().filter_map(|division| self.0.get(&division))
    }
}
