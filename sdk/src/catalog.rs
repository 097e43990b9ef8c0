//! What a rule says about itself: all that it reads and all that it can ever answer, written once with [`crate::rule!`].

use crate::bindings::types;

pub use crate::bindings::types::Unit;

macro_rules! code {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub struct $name(#[doc(hidden)] pub u32);
    )*};
}

code! {
    /// A setting of the scheme.
    Setting;
    /// A kind of event.
    Kind;
    /// A number of an event.
    Quantity;
    /// A fact of a row, or a figure of an account or offer.
    Fact;
    /// An item of the scheme.
    Item;
    /// A number given back.
    Figure;
    /// Why something is posted.
    Reason;
    /// A clause of the village's rules.
    Clause;
    /// Why there is no result.
    Refusal;
    /// A remark.
    Remark;
    /// A grade.
    Grade;
}

/// A record lacks a number the rule needs; every rule has it.
pub const MISSING: Refusal = Refusal(0);
/// A number does not fit, or something is divided by zero; every rule has it.
pub const NUMBER: Refusal = Refusal(1);

/// The refusals every rule has, before its own.
const BUILT_IN: [Sentence; 2] = [
    Sentence {
        code: "MISSING",
        text: "有一条记录缺少要用的数值",
        text_en: "a record lacks a number",
    },
    Sentence {
        code: "NUMBER",
        text: "计算结果超出整数范围，或者除数不对",
        text_en: "a number does not fit",
    },
];
/// How many refusals every rule has.
#[doc(hidden)]
pub const BUILT_IN_REFUSALS: u32 = 2;

/// A setting, quantity or fact with its bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Declared {
    /// Name.
    pub name: &'static str,
    /// Chinese title.
    pub title: &'static str,
    /// How it is written for people.
    pub unit: Unit,
    /// Smallest value allowed.
    pub min: i64,
    /// Largest value allowed.
    pub max: i64,
}

/// A code with its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// Code.
    pub code: &'static str,
    /// 中文。
    pub title: &'static str,
    /// English, or empty.
    pub title_en: &'static str,
}

/// A sentence with places such as `{raw}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// Code.
    pub code: &'static str,
    /// 中文。
    pub text: &'static str,
    /// English, or empty.
    pub text_en: &'static str,
}

/// A number given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FigureKind {
    /// Name.
    pub name: &'static str,
    /// Chinese title.
    pub title: &'static str,
    /// How it is written for people.
    pub unit: Unit,
    /// For [`Unit::Label`]: the words for 0, 1, 2 …
    pub labels: &'static [&'static str],
}

/// What [`crate::rule!`] writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Id, e.g. `household-sanitation`.
    pub id: &'static str,
    /// Chinese title.
    pub title: &'static str,
    /// The rule's own version.
    pub version: &'static str,
    /// Settings it needs.
    pub settings: &'static [Declared],
    /// Event kinds it reads.
    pub kinds: &'static [Named],
    /// Quantities it reads.
    pub quantities: &'static [Declared],
    /// Facts it reads.
    pub facts: &'static [Declared],
    /// Items it posts under.
    pub items: &'static [Named],
    /// Numbers it gives back.
    pub figures: &'static [FigureKind],
    /// Why something is posted.
    pub reasons: &'static [Sentence],
    /// Clauses it applies.
    pub clauses: &'static [Named],
    /// Its own refusals, after the built-in ones.
    pub refusals: &'static [Sentence],
    /// Remarks.
    pub notes: &'static [Sentence],
    /// Grades.
    pub grades: &'static [Named],
}

impl Rule {
    /// The code of a refusal.
    pub fn refusal(&self, refusal: Refusal) -> &'static str {
        let all = BUILT_IN.iter().chain(self.refusals);
        all.map(|sentence| sentence.code).nth(refusal.0 as usize).unwrap_or("")
    }

    /// As the interface has it.
    #[doc(hidden)]
    pub fn describe(&self) -> types::Description {
        types::Description {
            id: self.id.into(),
            title: self.title.into(),
            version: self.version.into(),
            settings: declared(self.settings),
            kinds: named(self.kinds),
            quantities: declared(self.quantities),
            facts: declared(self.facts),
            items: named(self.items),
            figures: self.figures.iter().map(figure).collect(),
            reasons: self.reasons.iter().map(sentence).collect(),
            clauses: named(self.clauses),
            refusals: BUILT_IN.iter().chain(self.refusals).map(sentence).collect(),
            notes: self.notes.iter().map(sentence).collect(),
            grades: named(self.grades),
        }
    }
}

fn declared(list: &[Declared]) -> Vec<types::Declared> {
    let one = |d: &Declared| types::Declared {
        name: d.name.into(),
        title: d.title.into(),
        unit: d.unit,
        min: d.min,
        max: d.max,
    };
    list.iter().map(one).collect()
}

fn named(list: &[Named]) -> Vec<types::Named> {
    let one = |n: &Named| types::Named {
        code: n.code.into(),
        title: n.title.into(),
        title_en: n.title_en.into(),
    };
    list.iter().map(one).collect()
}

fn sentence(s: &Sentence) -> types::Sentence {
    types::Sentence { code: s.code.into(), text: s.text.into(), text_en: s.text_en.into() }
}

fn figure(f: &FigureKind) -> types::FigureKind {
    types::FigureKind {
        name: f.name.into(),
        title: f.title.into(),
        unit: f.unit,
        labels: f.labels.iter().map(|label| (*label).into()).collect(),
    }
}

/// Writes what a rule reads and what it can answer: a static [`Rule`] and one typed constant for each entry, so that a
/// name is written once and a misspelt one does not compile. Sections stand in this order and may be left out.
///
/// ```ignore
/// rule! {
///     /// 集体劳动积分。
///     pub static LABOUR = "labour" "集体劳动积分" "1.0.0";
///     settings { PER_TIME = "per_time" "每次积分" points(0, 1_000); }
///     kinds { WORK = "work" "集体劳动"; }
///     items { WORKED = "worked" "参加集体劳动"; }
///     figures { TIMES = "times" "次数" count; }
///     reasons { TOOK_PART = "TOOK_PART" "参加集体劳动{times}次，每次{per_time}分"; }
///     clauses { COVENANT_3 = "covenant-3" "村规民约第三条"; }
/// }
/// ```
#[macro_export]
macro_rules! rule {
    (
        $(#[$meta:meta])* $vis:vis static $rule:ident = $id:literal $title:literal $version:literal;
        $(settings { $($s:ident = $s_name:literal $s_title:literal $s_unit:ident($s_min:expr, $s_max:expr);)* })?
        $(kinds { $($k:ident = $k_code:literal $k_title:literal $(/ $k_en:literal)?;)* })?
        $(quantities { $($q:ident = $q_name:literal $q_title:literal $q_unit:ident($q_min:expr, $q_max:expr);)* })?
        $(facts { $($a:ident = $a_name:literal $a_title:literal $a_unit:ident($a_min:expr, $a_max:expr);)* })?
        $(items { $($i:ident = $i_code:literal $i_title:literal $(/ $i_en:literal)?;)* })?
        $(figures { $($f:ident = $f_name:literal $f_title:literal $f_unit:ident $([$($f_label:literal),* $(,)?])?;)* })?
        $(reasons { $($r:ident = $r_code:literal $r_text:literal $(/ $r_en:literal)?;)* })?
        $(clauses { $($c:ident = $c_code:literal $c_title:literal $(/ $c_en:literal)?;)* })?
        $(refusals { $($x:ident = $x_code:literal $x_text:literal $(/ $x_en:literal)?;)* })?
        $(notes { $($n:ident = $n_code:literal $n_text:literal $(/ $n_en:literal)?;)* })?
        $(grades { $($g:ident = $g_code:literal $g_title:literal $(/ $g_en:literal)?;)* })?
    ) => {
        $crate::__codes!($vis __settings Setting, 0, $($($s $s_title),*)?);
        $crate::__codes!($vis __kinds Kind, 0, $($($k $k_title),*)?);
        $crate::__codes!($vis __quantities Quantity, 0, $($($q $q_title),*)?);
        $crate::__codes!($vis __facts Fact, 0, $($($a $a_title),*)?);
        $crate::__codes!($vis __items Item, 0, $($($i $i_title),*)?);
        $crate::__codes!($vis __figures Figure, 0, $($($f $f_title),*)?);
        $crate::__codes!($vis __reasons Reason, 0, $($($r $r_text),*)?);
        $crate::__codes!($vis __clauses Clause, 0, $($($c $c_title),*)?);
        $crate::__codes!($vis __refusals Refusal, $crate::catalog::BUILT_IN_REFUSALS, $($($x $x_text),*)?);
        $crate::__codes!($vis __remarks Remark, 0, $($($n $n_text),*)?);
        $crate::__codes!($vis __grades Grade, 0, $($($g $g_title),*)?);

        $(#[$meta])*
        $vis static $rule: $crate::Rule = $crate::Rule {
            id: $id,
            title: $title,
            version: $version,
            settings: &[$($($crate::__declared!($s_name $s_title $s_unit $s_min, $s_max)),*)?],
            kinds: &[$($($crate::__named!($k_code $k_title $($k_en)?)),*)?],
            quantities: &[$($($crate::__declared!($q_name $q_title $q_unit $q_min, $q_max)),*)?],
            facts: &[$($($crate::__declared!($a_name $a_title $a_unit $a_min, $a_max)),*)?],
            items: &[$($($crate::__named!($i_code $i_title $($i_en)?)),*)?],
            figures: &[$($($crate::catalog::FigureKind {
                name: $f_name,
                title: $f_title,
                unit: $crate::__unit!($f_unit),
                labels: &[$($($f_label),*)?],
            }),*)?],
            reasons: &[$($($crate::__sentence!($r_code $r_text $($r_en)?)),*)?],
            clauses: &[$($($crate::__named!($c_code $c_title $($c_en)?)),*)?],
            refusals: &[$($($crate::__sentence!($x_code $x_text $($x_en)?)),*)?],
            notes: &[$($($crate::__sentence!($n_code $n_text $($n_en)?)),*)?],
            grades: &[$($($crate::__named!($g_code $g_title $($g_en)?)),*)?],
        };
    };
}

/// Numbers the entries of one section; an enum counts them.
#[doc(hidden)]
#[macro_export]
macro_rules! __codes {
    ($vis:vis $module:ident $kind:ident, $first:expr, $($name:ident $doc:literal),*) => {
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, clippy::upper_case_acronyms)]
        mod $module {
            pub enum Place { $($name),* }
        }
        $(
            #[doc = $doc]
            $vis const $name: $crate::catalog::$kind =
                $crate::catalog::$kind($first + $module::Place::$name as u32);
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __declared {
    ($name:literal $title:literal $unit:ident $min:expr, $max:expr) => {
        $crate::catalog::Declared {
            name: $name,
            title: $title,
            unit: $crate::__unit!($unit),
            min: $min,
            max: $max,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __named {
    ($code:literal $title:literal) => {
        $crate::__named!($code $title "")
    };
    ($code:literal $title:literal $en:literal) => {
        $crate::catalog::Named { code: $code, title: $title, title_en: $en }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sentence {
    ($code:literal $text:literal) => {
        $crate::__sentence!($code $text "")
    };
    ($code:literal $text:literal $en:literal) => {
        $crate::catalog::Sentence { code: $code, text: $text, text_en: $en }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __unit {
    (count) => {
        $crate::catalog::Unit::Count
    };
    (points) => {
        $crate::catalog::Unit::Points
    };
    (cents) => {
        $crate::catalog::Unit::Cents
    };
    (minutes) => {
        $crate::catalog::Unit::Minutes
    };
    (permille) => {
        $crate::catalog::Unit::Permille
    };
    (date) => {
        $crate::catalog::Unit::Date
    };
    (label) => {
        $crate::catalog::Unit::Label
    };
}
