//! Where rejected rows go, so that they can be mended and sent again.

use super::parse::Original;
use crate::failure::Failure;
use hutong_model::Issue;
use hutong_sheet::{RejectsWriter, SheetReader};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Which files of rejects are written.
#[derive(Debug, Clone)]
pub struct Plan {
    base: Option<PathBuf>,
    several: bool,
    lines: Arc<Mutex<Option<LinesFile>>>,
}

/// Where one file's rejected rows go.
pub enum Sink {
    /// Nowhere.
    None,
    /// Lines, and reasons beside them; shared by all files of lines.
    Lines(Arc<Mutex<Option<LinesFile>>>, PathBuf),
    /// A spreadsheet with the columns of the original.
    Sheet(Box<RejectsWriter<BufWriter<File>>>, PathBuf),
}

/// The two files of rejected lines, made with the first of them.
#[derive(Debug)]
pub struct LinesFile {
    lines: BufWriter<File>,
    outcomes: BufWriter<File>,
    last: Option<Arc<[u8]>>,
    pending: Vec<Issue>,
}

impl Plan {
    /// Rejects go to `base`, or nowhere. Of several files, spreadsheets get one each beside it.
    pub fn new(base: Option<PathBuf>, several: bool) -> Self {
        Self { base, several, lines: Arc::default() }
    }

    /// The sink of a file of lines.
    pub fn lines(&self) -> Sink {
        match &self.base {
            None => Sink::None,
            Some(base) => Sink::Lines(self.lines.clone(), ndjson(base)),
        }
    }

    /// The sink of a spreadsheet.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be made.
    pub fn sheet(&self, source: &Path, reader: &SheetReader<'_>) -> Result<Sink, Failure> {
        let Some(base) = &self.base else { return Ok(Sink::None) };
        let path = if self.several {
            let stem = base.file_stem().unwrap_or_default().to_string_lossy();
            let source = source.file_stem().unwrap_or_default().to_string_lossy();
            base.with_file_name(format!("{stem}.{source}.csv"))
        } else {
            base.clone()
        };
        let file = File::create(&path).map_err(|error| Failure::file(&path, &error))?;
        let output = BufWriter::new(file);
        let is_workbook = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
        let writer = if is_workbook {
            RejectsWriter::xlsx(output, reader)
        } else {
            RejectsWriter::csv(output, reader)
        };
        let writer = writer.map_err(|error| unwritable(&path, &error))?;
        Ok(Sink::Sheet(Box::new(writer), path))
    }
}

fn ndjson(base: &Path) -> PathBuf {
    let is_sheet = base
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("xlsx"));
    if is_sheet { base.with_extension("ndjson") } else { base.to_path_buf() }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::setup(format!("{}: {error}", path.display()), "name another file with --rejects")
}

impl Sink {
    /// Writes a rejected row.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be written.
    pub fn write(&mut self, original: &Original, issues: &[Issue]) -> Result<(), Failure> {
        match (self, original) {
            (Self::Sheet(writer, path), Original::Cells(cells)) => {
                writer.write_issues(cells, issues).map_err(|error| unwritable(path, &error))
            }
            (Self::Lines(shared, path), Original::Line(line)) => {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let file = match &mut *shared {
                    Some(file) => file,
                    none => none.insert(LinesFile::create(path)?),
                };
                file.write(line, issues).map_err(|error| unwritable(path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Completes the file; its path where it has rows. One without rows is removed.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be written.
    pub fn finish(self) -> Result<Option<PathBuf>, Failure> {
        match self {
            Self::None => Ok(None),
            Self::Sheet(writer, path) => {
                let rows = writer.rows();
                let mut output = writer.finish().map_err(|error| unwritable(&path, &error))?;
                output.flush().map_err(|error| unwritable(&path, &error))?;
                if rows > 0 {
                    return Ok(Some(path));
                }
                std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
                Ok(None)
            }
            Self::Lines(shared, path) => {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(file) = &mut *shared else { return Ok(None) };
                file.complete().map_err(|error| unwritable(&path, &error))?;
                Ok(Some(path))
            }
        }
    }
}

impl LinesFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let make = |path: &Path| {
            File::create(path).map(BufWriter::new).map_err(|error| Failure::file(path, &error))
        };
        let outcomes = hutong_fhir::rejects::outcomes_name(&path.to_string_lossy());
        Ok(Self {
            lines: make(path)?,
            outcomes: make(Path::new(&outcomes))?,
            last: None,
            pending: Vec::new(),
        })
    }

    /// Rows of one line are gathered: the line is written once, with the issues of all.
    fn write(&mut self, line: &Arc<[u8]>, issues: &[Issue]) -> std::io::Result<()> {
        if !self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, line)) {
            self.complete()?;
            self.last = Some(line.clone());
        }
        self.pending.extend_from_slice(issues);
        Ok(())
    }

    fn complete(&mut self) -> std::io::Result<()> {
        if let Some(line) = self.last.take() {
            let (mut lines, mut outcomes) = (Vec::new(), Vec::new());
            hutong_fhir::rejects::reject_line(&line, &self.pending, &mut lines, &mut outcomes);
            self.pending.clear();
            self.lines.write_all(&lines)?;
            self.outcomes.write_all(&outcomes)?;
        }
        self.lines.flush()?;
        self.outcomes.flush()
    }
}
