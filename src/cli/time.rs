//! Moments as people read them.

use crate::document::Date;

const MS_PER_MINUTE: i64 = 60_000;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// `2026-11-25 03:12 UTC`; the bare number where no calendar reaches.
pub(super) fn moment(unix_ms: i64) -> String {
    let minutes = unix_ms.div_euclid(MS_PER_MINUTE);
    let day = i32::try_from(minutes.div_euclid(MINUTES_PER_DAY)).ok();
    let minute = minutes.rem_euclid(MINUTES_PER_DAY);
    match day.and_then(Date::from_days_since_epoch) {
        Some(date) => format!("{date} {:02}:{:02} UTC", minute / 60, minute % 60),
        None => unix_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_cut_to_the_minute() {
        for (unix_ms, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (1_742_299_259_999, "2025-03-18 12:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
            (i64::MAX, "9223372036854775807"),
        ] {
            assert_eq!(moment(unix_ms), expected);
        }
    }
}
