//! The chart of `/articles stats`: a picture without letters (the message says what it shows), drawn
//! here in four colours, so that neither a font nor an image library is needed.

use crate::engine::Growth;

/// Pixels a day.
const DAY_WIDTH: usize = 7;
/// Pixels around and between the two panels.
const MARGIN: usize = 8;
/// Height of each panel.
const PANEL: usize = 120;

/// Palette: background, grid, articles, questions. Readable on Discord's dark and light themes.
const PALETTE: [[u8; 3]; 4] = [
    [0x2b, 0x2d, 0x31],
    [0x4e, 0x50, 0x58],
    [0x58, 0x9b, 0xf5],
    [0xf0, 0xb2, 0x32],
];
const BACKGROUND: u8 = 0;
const GRID: u8 = 1;
const ARTICLES: u8 = 2;
const QUESTIONS: u8 = 3;

/// Draws, for each day from `since` to `today` (days since 1970-01-01, both included), how many
/// articles there were (above) and how many questions were asked (below), each scaled to its largest
/// value, as a PNG. At most 1,000 days are drawn.
pub fn growth(growth: &Growth, since: i32, today: i32) -> Vec<u8> {
    let n_days = usize::try_from(today - since + 1)
        .unwrap_or(1)
        .clamp(1, 1_000);
    let mut canvas = Canvas::new(n_days * DAY_WIDTH + 2 * MARGIN, 2 * PANEL + 3 * MARGIN);
    let day = |day_idx: usize| since.saturating_add(i32::try_from(day_idx).unwrap_or(i32::MAX));
    let until = |day: i32| -> u64 {
        let added = growth.articles.iter();
        added
            .filter(|(added, _)| *added <= day)
            .map(|(_, n)| n)
            .sum()
    };
    let on = |day: i32| -> u64 {
        let asked = growth.questions.iter();
        asked
            .filter(|(asked, _)| *asked == day)
            .map(|(_, n)| n)
            .sum()
    };
    let articles: Vec<u64> = (0..n_days).map(|idx| until(day(idx))).collect();
    let questions: Vec<u64> = (0..n_days).map(|idx| on(day(idx))).collect();
    canvas.panel(MARGIN, &articles, ARTICLES, DAY_WIDTH);
    canvas.panel(2 * MARGIN + PANEL, &questions, QUESTIONS, DAY_WIDTH - 2);
    canvas.png()
}

/// Width of a timeline's panel in pixels.
const TIMELINE_WIDTH: usize = 640;

/// Draws events on their days: from left to right in time, each bar as high as the number of articles
/// that tell of it, as a PNG. `events` are days since 1970-01-01 and numbers of articles, by day.
pub fn timeline(events: &[(i32, usize)]) -> Vec<u8> {
    const BAR: usize = 6;
    let mut canvas = Canvas::new(TIMELINE_WIDTH + 2 * MARGIN, PANEL + 2 * MARGIN);
    canvas.panel(MARGIN, &[], ARTICLES, 0);
    let first = events.first().map_or(0, |(day, _)| i64::from(*day));
    let last = events.last().map_or(0, |(day, _)| i64::from(*day));
    let most = events.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    for (day, n_articles) in events {
        let place = (i64::from(*day) - first).max(0) * (TIMELINE_WIDTH - BAR) as i64
            / (last - first).max(1);
        let x = MARGIN
            + usize::try_from(place)
                .unwrap_or(0)
                .min(TIMELINE_WIDTH - BAR);
        let height = (n_articles.min(&most) * PANEL / most).max(4);
        canvas.fill(x, MARGIN + PANEL - height, BAR, height, ARTICLES);
    }
    canvas.png()
}

/// A picture of palette colours.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Canvas {
        Canvas {
            width,
            height,
            pixels: vec![BACKGROUND; width * height],
        }
    }

    fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: u8) {
        for row in y..(y + height).min(self.height) {
            let start = row * self.width + x.min(self.width);
            let end = row * self.width + (x + width).min(self.width);
            if let Some(pixels) = self.pixels.get_mut(start..end) {
                pixels.fill(colour);
            }
        }
    }

    /// Bars that rise from the bottom of a panel whose top is `y`, over a grid of quarters.
    fn panel(&mut self, y: usize, values: &[u64], colour: u8, bar_width: usize) {
        for quarter in 0..=4 {
            let width = self.width - 2 * MARGIN;
            self.fill(MARGIN, y + quarter * (PANEL - 1) / 4, width, 1, GRID);
        }
        let largest = values.iter().copied().max().unwrap_or(0).max(1);
        for (day_idx, value) in values.iter().enumerate() {
            let scaled = u128::from(*value) * PANEL as u128 / u128::from(largest);
            // What is there at all is seen.
            let height = usize::try_from(scaled).unwrap_or(PANEL);
            let height = height.max(usize::from(*value > 0) * 2).min(PANEL);
            let x = MARGIN + day_idx * DAY_WIDTH;
            self.fill(x, y + PANEL - height, bar_width, height, colour);
        }
    }

    /// The picture as a PNG (W3C, third edition) of two bits a pixel, not compressed.
    fn png(&self) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.height * (self.width / 4 + 2));
        for row in self.pixels.chunks(self.width) {
            // Filter type 0.
            rows.push(0);
            rows.extend(row.chunks(4).map(|four| {
                four.iter()
                    .enumerate()
                    .fold(0, |byte, (idx, pixel)| byte | (pixel << (6 - 2 * idx)))
            }));
        }
        let mut header = Vec::new();
        header.extend(u32::try_from(self.width).unwrap_or(0).to_be_bytes());
        header.extend(u32::try_from(self.height).unwrap_or(0).to_be_bytes());
        // Two bits, palette, deflate, the one filter method, no interlacing.
        header.extend([2, 3, 0, 0, 0]);
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut png, b"IHDR", &header);
        chunk(&mut png, b"PLTE", PALETTE.as_flattened());
        chunk(&mut png, b"IDAT", &stored(&rows));
        chunk(&mut png, b"IEND", &[]);
        png
    }
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    let crc = crc32fast::hash(png.get(start..).unwrap_or_default());
    png.extend(crc.to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).unwrap_or(0);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(len.to_le_bytes());
        stream.extend((!len).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of a PNG of ours, checked on the way.
    fn decode(png: &[u8]) -> (usize, usize, Vec<u8>) {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let mut at = 8;
        let (mut size, mut data) = ((0, 0), Vec::new());
        loop {
            let len = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            let body = &png[at + 4..at + 8 + len];
            let crc = u32::from_be_bytes(png[at + 8 + len..at + 12 + len].try_into().unwrap());
            assert_eq!(crc32fast::hash(body), crc);
            match &body[..4] {
                b"IHDR" => {
                    let number =
                        |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
                    size = (number(4) as usize, number(8) as usize);
                }
                b"IDAT" => data = body[4..].to_vec(),
                b"IEND" => break,
                _ => {}
            }
            at += 12 + len;
        }
        let mut rows: Vec<u8> = Vec::new();
        let mut at = 2;
        loop {
            let len = u16::from_le_bytes(data[at + 1..at + 3].try_into().unwrap()) as usize;
            rows.extend(&data[at + 5..at + 5 + len]);
            if data[at] == 1 {
                break;
            }
            at += 5 + len;
        }
        let stride = size.0.div_ceil(4) + 1;
        let pixels: Vec<u8> = rows
            .chunks(stride)
            .flat_map(|row| {
                (0..size.0)
                    .map(|x| (row[1 + x / 4] >> (6 - 2 * (x % 4))) & 3)
                    .collect::<Vec<_>>()
            })
            .collect();
        (size.0, size.1, pixels)
    }

    #[test]
    fn bars_are_as_high_as_their_values() {
        let growth = super::growth(
            &Growth {
                articles: vec![(5, 1), (11, 3)],
                questions: vec![(10, 2), (12, 4)],
            },
            10,
            13,
        );
        let (width, height, pixels) = decode(&growth);
        assert_eq!((width, height), (4 * DAY_WIDTH + 2 * MARGIN, 264));
        let height_at = |day: usize, colour: u8| {
            let x = MARGIN + day * DAY_WIDTH + 1;
            (0..height)
                .filter(|y| pixels[y * width + x] == colour)
                .count()
        };
        let articles: Vec<usize> = (0..4).map(|day| height_at(day, ARTICLES)).collect();
        let questions: Vec<usize> = (0..4).map(|day| height_at(day, QUESTIONS)).collect();
        assert_eq!(articles, [PANEL / 4, PANEL, PANEL, PANEL]);
        assert_eq!(questions, [PANEL / 2, 0, PANEL, 0]);
    }

    #[test]
    fn nothing_and_very_much_can_be_drawn() {
        let nothing = super::growth(&Growth::default(), 0, 89);
        assert!(decode(&nothing).2.iter().all(|pixel| *pixel <= GRID));
        let much = Growth {
            articles: vec![(0, u64::MAX)],
            questions: vec![(0, u64::MAX), (1, 1)],
        };
        assert!(super::growth(&much, 0, 5_000).len() < 2_000_000);
    }
}
