//! How text looks: width, colour and the product's name. It writes nothing itself.

use std::fmt::Display;

/// The look of rendered text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Write ANSI colours.
    pub color: bool,
    /// Columns of the terminal; 78 when there is none.
    pub width: usize,
    /// The word for this program in sentences, e.g. `Trunkline`.
    pub product: String,
    /// The word for this program in commands to type, e.g. `trunkline`.
    pub command: String,
}

impl Default for Style {
    /// Plain text, 78 columns.
    fn default() -> Style {
        Style {
            color: false,
            width: 78,
            product: "Trunkline".into(),
            command: "trunkline".into(),
        }
    }
}

/// A colour or weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Heavier.
    Bold,
    /// Underlined.
    Underline,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Cyan.
    Cyan,
    /// Grey, for what matters less.
    Dim,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Bold => "\u{1b}[1m",
            Ink::Underline => "\u{1b}[4m",
            Ink::Red => "\u{1b}[31m",
            Ink::Green => "\u{1b}[32m",
            Ink::Yellow => "\u{1b}[33m",
            Ink::Cyan => "\u{1b}[36m",
            Ink::Dim => "\u{1b}[90m",
        }
    }
}

impl Style {
    /// `text` in the given inks, or as it is without colour.
    pub(crate) fn paint(&self, inks: &[Ink], text: impl Display) -> String {
        let text = text.to_string();
        if !self.color || inks.is_empty() {
            return text;
        }
        let mut out = String::new();
        self.paint_to(&mut out, inks, &text);
        out
    }

    /// Writes what [`Self::paint`] gives.
    pub(crate) fn paint_to(&self, out: &mut String, inks: &[Ink], text: &str) {
        self.begin(out, inks);
        out.push_str(text);
        self.end(out, inks);
    }

    /// What follows is in the given inks, until [`Self::end`].
    pub(crate) fn begin(&self, out: &mut String, inks: &[Ink]) {
        for ink in inks.iter().filter(|_| self.color) {
            out.push_str(ink.code());
        }
    }

    /// What follows is as usual again.
    pub(crate) fn end(&self, out: &mut String, inks: &[Ink]) {
        if self.color && !inks.is_empty() {
            out.push_str("\u{1b}[0m");
        }
    }

    /// A heading.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        self.paint(&[Ink::Bold], text)
    }

    /// Text that tells of an error.
    #[must_use]
    pub fn red(&self, text: &str) -> String {
        self.paint(&[Ink::Red], text)
    }

    /// A line across the page.
    pub(crate) fn rule(&self) -> String {
        self.paint(&[Ink::Dim], "─".repeat(self.width.saturating_sub(1)))
    }
}
