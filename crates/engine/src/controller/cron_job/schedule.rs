//! Cron schedules, in UTC: `*/5 * * * *`, `0 9-17 * * mon-fri`, `@daily`, `@every 90s`.

use crate::kubelet::duration;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// A schedule that names no instant within so many days names none.
// upstream: robfig/cron SpecSchedule.Next
const HORIZON: i64 = 5 * 366;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something is due again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many seconds.
    Every(i64),
    /// At the minutes whose parts are in these sets.
    At(Fields),
}

/// The sets of a schedule, a bit a number, and whether the days are left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

/// The bounds of a field, and what its numbers may be called.
struct Bounds(u32, u32, &'static [&'static str]);

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// Why it cannot be read, in the words of the library that Kubernetes uses.
    // upstream: robfig/cron Parser.Parse
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains("TZ") {
            return Err("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".into());
        }
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(length) = text.strip_prefix("@every ") {
            let length = duration(length).ok_or_else(|| format!("failed to parse duration {text}"))?;
            return Ok(Self::Every((length.as_secs() as i64).max(1)));
        }
        if text.starts_with('@') {
            return Err(format!("unrecognized descriptor: {text}"));
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts[..] else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
        };
        let (minutes, _) = field(minute, &Bounds(0, 59, &[]))?;
        let (hours, _) = field(hour, &Bounds(0, 23, &[]))?;
        let (days, any_day) = field(day, &Bounds(1, 31, &[]))?;
        let (months, _) = field(month, &Bounds(1, 12, &MONTHS))?;
        let (weekdays, any_weekday) = field(weekday, &Bounds(0, 6, &DAYS))?;
        Ok(Self::At(Fields { minutes, hours, days, months, weekdays, any_day, any_weekday }))
    }

    /// The first instant after `after` that it names; both in seconds since 1970.
    // upstream: robfig/cron SpecSchedule.Next, ConstantDelaySchedule.Next
    pub fn next(&self, after: i64) -> Option<i64> {
        let fields = match self {
            Self::Every(seconds) => return Some(after + seconds),
            Self::At(fields) => fields,
        };
        let from = after.div_euclid(MINUTE) * MINUTE + MINUTE;
        let first = from.div_euclid(DAY);
        for day in first..first + HORIZON {
            if !fields.has_day(day) {
                continue;
            }
            let begin = if day == first { from.rem_euclid(DAY) / MINUTE } else { 0 };
            let due = |m: &i64| has(fields.hours, m / 60) && has(fields.minutes, m % 60);
            if let Some(minute) = (begin..24 * 60).find(due) {
                return Some(day * DAY + minute * MINUTE);
            }
        }
        None
    }
}

const fn has(set: u64, n: i64) -> bool {
    set >> n & 1 == 1
}

impl Fields {
    /// Whether a day, counted from 1970, is named: by both kinds of day when one is left open, by either otherwise.
    // upstream: robfig/cron dayMatches
    fn has_day(&self, day: i64) -> bool {
        let date = crate::convert::civil(day * DAY);
        let part = |from: usize| date.get(from..from + 2).and_then(|p| p.parse().ok()).unwrap_or(0);
        let (month, of_month) = (part(5), part(8));
        // 1970 began on a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let (by_date, by_weekday) = (has(self.days, of_month), has(self.weekdays, weekday));
        let named = if self.any_day || self.any_weekday { by_date && by_weekday } else { by_date || by_weekday };
        has(self.months, month) && named
    }
}

/// A list of ranges as a set, and whether it leaves the field open.
// upstream: robfig/cron getField
fn field(text: &str, bounds: &Bounds) -> Result<(u64, bool), String> {
    let (mut set, mut open) = (0, false);
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let (bits, all) = range(part, bounds)?;
        set |= bits;
        open |= all;
    }
    Ok((set, open))
}

// upstream: robfig/cron getRange
fn range(text: &str, bounds: &Bounds) -> Result<(u64, bool), String> {
    let Bounds(min, max, names) = bounds;
    let number = |s: &str| -> Result<u32, String> {
        let named = names.iter().position(|n| n.eq_ignore_ascii_case(s)).map(|at| at as u32 + min);
        named
            .or_else(|| s.parse().ok())
            .ok_or_else(|| format!("failed to parse int from {s}: strconv.Atoi: parsing \"{s}\": invalid syntax"))
    };
    let (span, step) = match text.split('/').collect::<Vec<_>>()[..] {
        [span] => (span, None),
        [span, step] => (span, Some(step)),
        _ => return Err(format!("too many slashes: {text}")),
    };
    let star = matches!(span, "*" | "?");
    let (start, mut end) = match span.split('-').collect::<Vec<_>>()[..] {
        _ if star => (*min, *max),
        [one] => (number(one)?, number(one)?),
        [low, high] => (number(low)?, number(high)?),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let every = step.map(number).transpose()?.unwrap_or(1);
    if step.is_some() && !span.contains('-') {
        end = *max;
    }
    if start < *min {
        return Err(format!("beginning of range ({start}) below minimum ({min}): {text}"));
    }
    if end > *max {
        return Err(format!("end of range ({end}) above maximum ({max}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if every == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    let bits = (start..=end).step_by(every as usize).fold(0, |set, n| set | 1 << n);
    Ok((bits, star && every == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_instants() {
        // 2026-01-01T00:00:00Z, a Thursday
        const START: i64 = 1_767_225_600;
        let rows = [
            ("*/5 * * * *", 0, 300),
            ("*/5 * * * *", 299, 300),
            ("*/5 * * * *", 300, 600),
            ("* * * * *", 61, 120),
            ("30 2 * * *", 0, 2 * 3600 + 1800),
            ("30 2 * * *", 3 * 3600, DAY + 2 * 3600 + 1800),
            ("0 9-17/4 * * *", 10 * 3600, 13 * 3600),
            ("0 0 * * mon", 0, 4 * DAY),
            ("0 0 1 * *", 0, 31 * DAY),
            ("0 0 1 feb *", 0, 31 * DAY),
            ("0 0 13 * FRI", 0, DAY), // either, as both are named: Friday the 2nd comes first
            ("5,10 0 * * ?", 300, 600),
            ("0 0 29 2 *", 0, 789 * DAY), // 2028
            ("@hourly", 1, 3600),
            ("@daily", 1, DAY),
            ("@every 90s", 7, 97),
        ];
        for (text, after, next) in rows {
            let schedule = Schedule::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(schedule.next(START + after).map(|t| t - START), Some(next), "{text} after {after}");
        }
        assert_eq!(Schedule::parse("59 23 31 2 *").map(|s| s.next(START)), Ok(None));
    }

    #[test]
    fn refuses_what_is_none() {
        let rows = [
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            ("@often", "unrecognized descriptor: @often"),
            ("TZ=UTC * * * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
        ];
        for (text, why) in rows {
            assert_eq!(Schedule::parse(text), Err(why.to_owned()), "{text}");
        }
    }
}
