//! Two texts beside each other, line by line.

use crate::look::{Look, Tone};

/// What stands around two columns: a sign and a blank before the first, ` | ` between them.
const AROUND: usize = 5;

/// Two columns that fit a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    /// How wide each is.
    pub(crate) width: usize,
    look: Look,
}

impl Columns {
    /// Those of a window that is so wide.
    pub(crate) fn within(window: usize, look: Look) -> Columns {
        Columns { width: window.saturating_sub(AROUND) / 2, look }
    }

    /// A line of both, behind a sign. What is too long for its column is cut.
    pub(crate) fn row(self, sign: &str, sides: [&str; 2], tones: Option<[Tone; 2]>) -> String {
        let [left, right] = sides.map(|side| self.cut(&side.replace('\t', " ")));
        let gap = " ".repeat(self.width.saturating_sub(left.chars().count()));
        let paint = |side: String, at: usize| match tones {
            Some(tones) if !side.is_empty() => self.look.paint(tones[at], &side),
            _ => side,
        };
        let row = format!("{sign} {}{gap} | {}", paint(left, 0), paint(right, 1));
        row.trim_end().to_owned() + "\n"
    }

    fn cut(self, line: &str) -> String {
        if line.chars().count() <= self.width {
            return line.to_owned();
        }
        let mark = if self.look.ascii { "..." } else { "…" };
        let kept = self.width.saturating_sub(mark.chars().count());
        line.chars().take(kept).collect::<String>() + mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fits_the_window() {
        let columns = Columns::within(25, Look::default());
        assert_eq!(columns.row(">", ["a\tb", "c"], None), "> a b        | c\n");
        assert_eq!(columns.row(" ", ["0123456789ab", ""], None), "  012345678… |\n");
        let colour = Look { colour: true, ..Look::default() };
        let row = Columns::within(11, colour).row(" ", ["a", "b"], Some([Tone::Bad, Tone::Good]));
        assert_eq!(row, "  \x1b[31ma\x1b[0m   | \x1b[32mb\x1b[0m\n");
    }
}
