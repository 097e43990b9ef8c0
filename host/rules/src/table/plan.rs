//! A standard compiled: event types interned, each with the lines that read it.

use table::{Band, Caps, Condition, Head, Hit, Measure, Rank, Standard, Step, Window};

/// A line that counts: one item code.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) head: Head,
    pub(super) shape: Shape,
}

/// How a line counts.
#[derive(Debug)]
pub(super) enum Shape {
    /// Points for each event.
    Item(Item),
    /// The highest step a total reaches.
    Ladder { window: Window, steps: Vec<Step> },
    /// A total cut into bands.
    Rate { window: Window, cap: Option<i64>, bands: Vec<Band> },
    /// A raw score times a weight.
    Weight { measure: Measure, least: u32, permille: i64, cap: Option<i64> },
    /// Places in the village.
    Ranking { measure: Measure, least: u32, bands: Vec<Rank> },
}

/// Points for each event.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) per: i64,
    pub(super) number: i64,
    pub(super) unit: String,
    pub(super) points: i64,
    pub(super) when: Option<Condition>,
    pub(super) caps: Caps,
    /// First and last day number.
    pub(super) days: (i64, i64),
    /// Place in [`Plan::classes`], when the class is capped and the line adds points.
    pub(super) class: Option<usize>,
}

/// The lines that read one event type.
#[derive(Debug)]
struct Readers {
    kind: String,
    /// Item lines, of which the first that fits takes the event.
    items: Vec<usize>,
    /// Other lines, which all take it.
    others: Vec<usize>,
}

/// A compiled standard.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) lines: Vec<Line>,
    /// Caps by class.
    pub(super) classes: Vec<Caps>,
    /// Sorted by event type.
    readers: Vec<Readers>,
}

/// The event types a standard reads, sorted.
pub(super) fn kinds(standard: &Standard) -> Vec<String> {
    let mut kinds: Vec<String> = standard.heads().map(|head| head.event.clone()).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

impl Plan {
    pub(super) fn new(standard: &Standard) -> Self {
        // one event is taken by one item line whatever the word says; the word is about what the check allows
        let (Hit::Unique | Hit::First) = standard.hit;
        let capped: Vec<_> =
            standard.classes.iter().filter(|class| class.caps != Caps::default()).collect();
        let class_of = |head: &Head| capped.iter().position(|class| class.title == head.class);
        let items = standard.items.iter().map(|row| {
            let days = (
                row.from.map_or(i64::MIN, model::CivilDay::number),
                row.to.map_or(i64::MAX, model::CivilDay::number),
            );
            let item = Item {
                per: row.per.max(1),
                number: row.number,
                unit: row.unit.clone(),
                points: row.points,
                when: row.when.clone(),
                caps: row.caps,
                days,
                class: if row.points > 0 { class_of(&row.head) } else { None },
            };
            (&row.head, Shape::Item(item))
        });
        let ladders = standard
            .ladders
            .iter()
            .map(|row| (&row.head, Shape::Ladder { window: row.window, steps: row.steps.clone() }));
        let rates = standard.rates.iter().map(|row| {
            (&row.head, Shape::Rate { window: row.window, cap: row.cap, bands: row.bands.clone() })
        });
        let weights = standard.weights.iter().map(|row| {
            let (measure, least) = (row.measure, row.least);
            (&row.head, Shape::Weight { measure, least, permille: row.permille, cap: row.cap })
        });
        let rankings = standard.rankings.iter().map(|row| {
            let (measure, least) = (row.measure, row.least);
            (&row.head, Shape::Ranking { measure, least, bands: row.bands.clone() })
        });
        let all = items.chain(ladders).chain(rates).chain(weights).chain(rankings);
        let lines: Vec<Line> =
            all.map(|(head, shape)| Line { head: head.clone(), shape }).collect();
        let readers = kinds(standard)
            .into_iter()
            .map(|kind| {
                let own = lines.iter().enumerate().filter(|(_, line)| line.head.event == kind);
                let (items, others) =
                    own.partition::<Vec<_>, _>(|(_, line)| matches!(line.shape, Shape::Item(_)));
                let numbers =
                    |lines: Vec<(usize, &Line)>| lines.into_iter().map(|(n, _)| n).collect();
                Readers { kind, items: numbers(items), others: numbers(others) }
            })
            .collect();
        Self { classes: capped.iter().map(|class| class.caps).collect(), lines, readers }
    }

    /// The item lines and the other lines that read an event type.
    pub(super) fn readers(&self, kind: &str) -> Option<(&[usize], &[usize])> {
        let found = self.readers.binary_search_by(|reader| reader.kind.as_str().cmp(kind)).ok()?;
        self.readers.get(found).map(|reader| (reader.items.as_slice(), reader.others.as_slice()))
    }
}

/// The points of the highest step that a total reaches, with its place.
pub(super) fn step(steps: &[Step], total: i64) -> Option<(usize, i64)> {
    let reached = steps.iter().enumerate().filter(|(_, step)| step.reach <= total);
    reached.max_by_key(|(_, step)| step.reach).map(|(index, step)| (index, step.points))
}

/// The points of a total cut into bands; `None` when they do not fit.
pub(super) fn rate(bands: &[Band], total: i64) -> Option<i64> {
    bands.iter().try_fold(0_i64, |sum, band| {
        let end = band.high.map_or(total, |high| total.min(high));
        let inside = end.saturating_sub(band.low).max(0);
        let units = inside.checked_div(band.per)?;
        sum.checked_add(units.checked_mul(band.points)?)
    })
}
