//! Instants in RFC 3339, with the words of Go's `time.Parse`.

/// Whether `text` is an instant; with `micro`, one with six digits of a second.
///
/// # Errors
/// `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`
pub fn check(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let mut parts = vec!["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"];
    parts.push(if micro { ".000000" } else { "fraction" });
    parts.push("Z07:00");
    let mut rest = text;
    let (mut month, mut day, mut year) = (0, 0, 0);
    let wrong = |what: &str| Err(format!("parsing time {text:?}: {what} out of range"));
    for part in parts {
        let digits = |n: usize| {
            rest.get(..n).filter(|s| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse::<u32>().ok())
        };
        let taken = match part {
            "fraction" => Some(if rest.starts_with(['.', ',']) {
                let n = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
                if n == 0 { 0 } else { n + 1 }
            } else {
                0
            }),
            ".000000" => rest
                .strip_prefix('.')
                .and_then(|r| r.get(..6))
                .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
                .map(|_| 7),
            "Z07:00" => zone(rest),
            "2006" => digits(4).map(|n| {
                year = n;
                4
            }),
            "-" | "T" | ":" => rest.starts_with(part).then_some(1),
            _ => match digits(2) {
                None => None,
                Some(n) => {
                    match part {
                        "01" if !(1..=12).contains(&n) => return wrong("month"),
                        "01" => month = n,
                        "02" => day = n,
                        "15" if n > 23 => return wrong("hour"),
                        "04" if n > 59 => return wrong("minute"),
                        "05" if n > 59 => return wrong("second"),
                        _ => {}
                    }
                    Some(2)
                }
            },
        };
        let Some(taken) = taken else {
            return Err(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}"));
        };
        rest = &rest[taken..];
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {rest:?}"));
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if (1..=length).contains(&day) { Ok(()) } else { wrong("day") }
}

fn zone(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    match bytes.first()? {
        b'Z' => Some(1),
        b'+' | b'-' => {
            let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
            (digit(1) && digit(2) && bytes.get(3) == Some(&b':') && digit(4) && digit(5)).then_some(6)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn instants_are_read_or_refused_as_go_does() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+01:00", "2024-02-29T00:00:00Z"] {
            assert_eq!(check(text, false), Ok(()));
        }
        assert_eq!(check("2026-01-02T03:04:05.123456Z", true), Ok(()));
        for (text, message) in [
            ("", r#"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#),
            ("today", r#"parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006""#),
            ("2026-01-02", r#"parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#),
            ("2026-13-02T03:04:05Z", r#"parsing time "2026-13-02T03:04:05Z": month out of range"#),
            ("2026-02-30T03:04:05Z", r#"parsing time "2026-02-30T03:04:05Z": day out of range"#),
            ("2026-01-02T03:04:05Zx", r#"parsing time "2026-01-02T03:04:05Zx": extra text: "x""#),
        ] {
            assert_eq!(check(text, false).err().as_deref(), Some(message));
        }
    }
}
