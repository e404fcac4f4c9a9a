//! The paces that a program is played at.

/// How time passes in a run.
///
/// ```
/// use rehearsal::Pace;
///
/// assert_eq!(format!("{:?}", [Pace::Live, Pace::Instant]), "[Live, Instant]");
/// assert_ne!(Pace::Real, Pace::Off);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One fixed order, played at its natural speed.
    Live,
    /// The same order and the same lines, without the waiting.
    Instant,
    /// Real time and real I/O. Waits are named; nothing else is promised.
    Real,
    /// The real crates alone: true parallelism, another order each time.
    Off,
}

#[cfg(feature = "stage")]
impl Pace {
    /// Whether the clock is the rehearsal's own.
    pub(crate) fn is_virtual(self) -> bool {
        matches!(self, Pace::Live | Pace::Instant)
    }

    /// The pace of a program that was not told one.
    pub(crate) fn usual(outside: bool) -> Pace {
        if outside { Pace::Real } else { Pace::Live }
    }

    pub(crate) const ALL: [Pace; 4] = [Pace::Live, Pace::Instant, Pace::Real, Pace::Off];

    pub(crate) fn named(name: &str) -> Option<Pace> {
        Pace::ALL.into_iter().find(|pace| pace.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Pace::Live => "live",
            Pace::Instant => "instant",
            Pace::Real => "real",
            Pace::Off => "off",
        }
    }
}
