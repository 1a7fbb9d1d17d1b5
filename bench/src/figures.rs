//! What a benchmark reports.

use serde::Serialize;

/// One figure beside what it is measured against.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it stands beside, measured in the same run (or a stated limit).
    pub beside: String,
    /// That figure.
    pub limit: f64,
    /// `value / limit`.
    pub ratio: f64,
}

/// All figures of a benchmark.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Name of the benchmark.
    pub name: &'static str,
    /// The figures.
    pub figures: Vec<Figure>,
}

impl Report {
    /// An empty report.
    pub fn new(name: &'static str) -> Self {
        Self { name, figures: Vec::new() }
    }

    /// Adds a figure beside its limit.
    pub fn add(&mut self, what: &str, value: f64, unit: &'static str, beside: &str, limit: f64) {
        let ratio = if limit == 0.0 { 0.0 } else { value / limit };
        let (what, beside) = (what.to_owned(), beside.to_owned());
        self.figures.push(Figure { what, value, unit, beside, limit, ratio });
    }

    /// Prints it for people, or as JSON.
    pub fn print(&self, json: bool) {
        if json {
            // INVARIANT: a report is plain numbers and texts.
            println!("{}", serde_json::to_string(self).unwrap_or_default());
            return;
        }
        println!("{}", self.name);
        for figure in &self.figures {
            println!(
                "  {:<52} {:>14} {:<10} beside {}: {} → {:.3}",
                figure.what,
                number(figure.value),
                figure.unit,
                figure.beside,
                number(figure.limit),
                figure.ratio
            );
        }
    }
}

fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}
