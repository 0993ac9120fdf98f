//! A calendar day, without clock or time zone: all that an article's date needs.

use std::fmt;
use std::str::FromStr;

/// A day of the proleptic Gregorian calendar, years 1 to 9999; ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

impl Date {
    /// The day of that year, month (1–12) and day of month (1-based), or `None` if there is none.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month);
        valid.then(|| Date {
            days: days_from_civil(year, month, day),
        })
    }

    /// Reads `YYYY-MM-DD`; a time that follows after `T` or a space (RFC 3339) is ignored.
    ///
    /// # Errors
    /// [`DateError`] when the text is not of that form or names no day.
    pub fn parse(text: &str) -> Result<Date, DateError> {
        let error = || DateError(text.chars().take(40).collect());
        let day_part = text.trim().split(['T', ' ']).next().unwrap_or_default();
        let mut fields = day_part.split('-');
        let mut number = |len: usize| {
            fields
                .next()
                .filter(|s| s.len() == len && s.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|s| s.parse::<u32>().ok())
        };
        let (year, month, day) = (number(4), number(2), number(2));
        if fields.next().is_some() {
            return Err(error());
        }
        match (year, month, day) {
            (Some(y), Some(m), Some(d)) => {
                Date::from_ymd(i32::try_from(y).unwrap_or(0), m, d).ok_or_else(error)
            }
            _ => Err(error()),
        }
    }

    /// Days since 1970-01-01, negative before.
    pub fn days_since_epoch(self) -> i32 {
        self.days
    }

    /// The day that many days after 1970-01-01, or `None` outside the years 1 to 9999.
    pub fn from_days_since_epoch(days: i32) -> Option<Date> {
        let first = days_from_civil(1, 1, 1);
        let last = days_from_civil(9999, 12, 31);
        (first..=last).contains(&days).then_some(Date { days })
    }

    /// The day in UTC of a moment in milliseconds since 1970-01-01, the nearest one outside the years 1 to
    /// 9999.
    pub fn of_unix_ms(unix_ms: i64) -> Date {
        let day = unix_ms.div_euclid(86_400_000);
        let first = i64::from(days_from_civil(1, 1, 1));
        let last = i64::from(days_from_civil(9999, 12, 31));
        let days = i32::try_from(day.clamp(first, last)).unwrap_or_default();
        Date { days }
    }

    /// Year, month (1–12), day of month (1-based).
    pub fn ymd(self) -> (i32, u32, u32) {
        civil_from_days(self.days)
    }

    /// As a reader expects it: `18 March 2025`.
    pub fn long(self) -> String {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let (year, month, day) = self.ymd();
        format!("{day} {} {year}", MONTHS[month as usize - 1])
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        Date::parse(text)
    }
}

/// Text that names no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date of the form YYYY-MM-DD")]
pub struct DateError(String);

fn days_in_month(year: i32, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting years from March so that the leap day comes last and 400-year
/// eras of 146,097 days repeat exactly (the usual construction for the Gregorian calendar).
fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let march_month = (month as i32 + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * march_month + 2) / 5 + 1) as u32;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    } as u32;
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_five_centuries_reads_back() {
        let first = Date::parse("1800-01-01").unwrap();
        let last = Date::parse("2300-01-01").unwrap();
        let mut previous = None;
        for days in first.days_since_epoch()..=last.days_since_epoch() {
            let date = Date::from_days_since_epoch(days).unwrap();
            assert_eq!(Date::parse(&date.to_string()), Ok(date));
            assert!(previous < Some(date));
            previous = Some(date);
        }
    }

    #[test]
    fn known_days_have_known_numbers() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("2000-03-01", 11_017),
            ("1969-12-31", -1),
        ] {
            assert_eq!(Date::parse(text).unwrap().days_since_epoch(), days);
        }
        assert_eq!(Date::parse("2025-03-18").unwrap().long(), "18 March 2025");
    }

    #[test]
    fn a_time_after_the_day_is_ignored() {
        assert_eq!(
            Date::parse("2025-03-18T21:00:00+03:00"),
            Date::parse("2025-03-18")
        );
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "",
            "2025",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "0000-01-01",
            "10000-01-01",
            "2025-1-1",
            "18.03.2025",
            "2025-03-18-",
            "２０２５-03-18",
            "+025-03-18",
        ] {
            assert!(Date::parse(text).is_err(), "{text:?}");
        }
        assert!(Date::parse("2024-02-29").is_ok());
    }
}
