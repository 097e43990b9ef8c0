//! Which edition an act or a question is under: the one that answers where its thing lies.

use model::{CivilDay, DivisionCode};

use crate::row::Matter;
use crate::snapshot::{Compiled, Snapshot};
use crate::state::State;

/// What an act or a question is about, as far as the choice of the edition goes.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A village, a township or the district.
    Place(DivisionCode),
    /// A matter; it never goes back behind the edition it began under.
    Matter(&'a Matter),
    /// Something that is not stored: no act comes of it, and the district's edition says so.
    Nothing,
}

impl<'a> About<'a> {
    /// A place that was looked up.
    pub fn found(place: Option<DivisionCode>) -> Self {
        place.map_or(Self::Nothing, Self::Place)
    }

    /// A matter by its id.
    pub fn matter(state: &'a State, id: &str) -> Self {
        state.matters.get(id).map_or(Self::Nothing, Self::Matter)
    }

    /// A stored thing by its type and id.
    pub fn thing(state: &'a State, kind: &str, id: &str) -> Self {
        let place = match kind {
            "Matter" => return Self::matter(state, id),
            "Task" => state.tasks.get(id).map(|row| row.village),
            "Delegation" => state.delegations.get(id).map(|row| row.village),
            // as `gather::account` looks for it, without building the thing
            "Account" => match state.households.get(id) {
                Some(household) => Some(household.village),
                None => state.persons.get(id).map(|row| row.unit),
            },
            "Round" => state.rounds.get(id).map(|row| row.village),
            "Redemption" => state.redemptions.get(id).map(|row| row.order.village),
            "Person" => state.persons.get(id).map(|row| row.unit),
            "Village" | "Township" | "District" => DivisionCode::parse(id).ok(),
            _ => None,
        };
        Self::found(place)
    }
}

impl Snapshot {
    /// What decides on a day about something; none before the first edition.
    pub fn deciding(&self, day: CivilDay, about: About<'_>) -> Option<&Compiled> {
        match about {
            About::Place(place) => self.compiled(day, Some(place)),
            About::Matter(row) => self.compiled_for(day, row),
            About::Nothing => self.compiled(day, None),
        }
    }
}
