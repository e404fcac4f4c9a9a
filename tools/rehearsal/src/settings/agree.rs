//! Which of the shared flags go together.

use super::{Pace, Settings};

/// Refuses flags that contradict each other, and those that could do nothing beside the others.
pub(super) fn agree(settings: &mut Settings, given: &[String]) -> Result<(), String> {
    agree_on_shrinking(settings, given)?;
    agree_on_exploring(settings, given)?;
    agree_on_holds(settings, given)?;
    agree_on_asking(settings, given)?;
    let plays_many = settings.explore.is_some() || settings.shrink.is_some();
    if settings.counts.is_some() && settings.schedule.is_none() && !plays_many {
        return Err(
            "'--counts' needs '--schedule <N>': it says how that schedule is drawn".to_owned()
        );
    }
    let plays_another =
        settings.schedule.is_some() || settings.choices.is_some() || settings.hold.is_some();
    if settings.keep_choices.is_some() && !plays_another {
        return Err(
            "'--keep-choices' needs '--schedule <N>': the usual order has no choices".to_owned()
        );
    }
    if settings.choices.is_some() && (settings.schedule.is_some() || plays_many) {
        return Err(
            "'--choices' can't be used with a schedule: the list says who goes next".to_owned()
        );
    }
    Ok(())
}

/// A list of choices is of the plain order, and tells of them on a tape.
fn agree_on_asking(settings: &Settings, given: &[String]) -> Result<(), String> {
    let is_given = |flag: &str| given.iter().any(|other| other == flag);
    if settings.choose.is_none() {
        let needs = "'--ask <CHOICE>' needs '--choose <LIST>': nothing is said up to there";
        return if settings.ask.is_some() { Err(needs.to_owned()) } else { Ok(()) };
    }
    let others = ["--schedule", "--explore", "--shrink", "--held", "--choices", "--counts"];
    if let Some(other) = others.iter().find(|other| is_given(other)) {
        return Err(format!("'--choose <LIST>' can't be used with '{other}'"));
    }
    if settings.ask.is_some() && settings.tape.is_none() {
        return Err("'--ask <CHOICE>' needs '--tape <FILE>': what there is to choose stands there"
            .to_owned());
    }
    Ok(())
}

/// Shrinking is a kind of exploring.
fn agree_on_shrinking(settings: &mut Settings, given: &[String]) -> Result<(), String> {
    let Some(shrink) = &mut settings.shrink else { return Ok(()) };
    let others = ["--explore", "--schedule", "--held", "--choices", "--counts", "--tape"];
    if let Some(other) = others.iter().find(|other| given.iter().any(|flag| flag == *other)) {
        return Err(format!("'--shrink <N>' can't be used with '{other}'"));
    }
    if given.iter().any(|flag| flag == "--pace") && settings.pace == Pace::Live {
        return Err("'--shrink <N>' can't be used on the pace live: nobody waits for so many runs"
            .to_owned());
    }
    shrink.list = settings.explore.take().and_then(|explore| explore.list);
    settings.pace = Pace::Instant;
    (settings.schedule, settings.hold) = (None, None);
    Ok(())
}

/// Who is held, is so in the plain order. What a flag says goes before a variable.
fn agree_on_holds(settings: &mut Settings, given: &[String]) -> Result<(), String> {
    let is_given = |flag: &str| given.iter().any(|other| other == flag);
    if settings.hold.is_some() {
        let others = ["--schedule", "--explore", "--choices", "--counts"];
        match others.iter().find(|other| is_given(other)) {
            Some(other) if is_given("--held") => {
                return Err(format!("'--held <STOPS>' can't be used with '{other}'"));
            }
            Some(_) => settings.hold = None,
            None => settings.schedule = None,
        }
    }
    let is_another = settings.schedule.is_some() || settings.hold.is_some();
    let is_one = is_another || settings.choices.is_some() || settings.choose.is_some();
    if settings.keep_holds.is_some() && (!is_one || settings.explore.is_some()) {
        return Err(
            "'--keep-holds' needs '--schedule <N>' or '--held <STOPS>': it keeps what they change"
                .to_owned(),
        );
    }
    Ok(())
}

/// Many schedules are played without the waiting, and in place of a single one.
fn agree_on_exploring(settings: &mut Settings, given: &[String]) -> Result<(), String> {
    let is_given = |flag: &str| given.iter().any(|other| other == flag);
    let Some(explore) = &settings.explore else { return Ok(()) };
    if explore.schedules.is_empty() {
        return Err("'--explored <FILE>' goes with '--explore <A..B>' or '--shrink <N>'".to_owned());
    }
    if is_given("--schedule") {
        return Err("'--explore <A..B>' can't be used with '--schedule <N>'".to_owned());
    }
    if is_given("--pace") && settings.pace == Pace::Live {
        return Err("'--explore <A..B>' can't be used on the pace live: nobody waits for so many"
            .to_owned());
    }
    settings.pace = Pace::Instant;
    settings.schedule = None;
    Ok(())
}
