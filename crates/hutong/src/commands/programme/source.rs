//! Where a programme comes from: what is built in, or a folder of supporting data.

use crate::failure::Failure;
use clap::Args;
use hutong_programme::{Day, Edition, Editions, LoadError, Pack, Programme, workbook};
use std::path::{Path, PathBuf};

/// Which programme.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub struct Which {
    /// Supporting data: the folder of CDC's XML files or of WHO's workbooks
    #[arg(long, value_name = "DIR", group = "source")]
    supporting_data: Option<PathBuf>,
    /// A programme that is built in: cn, in the edition of the day of assessment, or one edition
    /// (see hutong programme list)
    #[arg(long, value_name = "NAME", group = "source")]
    programme: Option<String>,
    /// What a region adds to it: a pack
    #[arg(long, value_name = "FILE", requires = "programme", conflicts_with = "supporting_data")]
    pack: Option<PathBuf>,
}

/// A programme, or editions of which the day chooses.
#[derive(Debug)]
pub enum Source {
    /// One, on any day.
    One(Box<Programme>),
    /// One edition, or `None`: that of the day.
    Editions(Editions, Option<String>),
}

/// The programme that is built in, in all editions.
const BUILT_IN: &str = "cn";

impl Which {
    /// Loads it.
    ///
    /// # Errors
    /// [`Failure`] where the data cannot be read or make no sense.
    pub fn load(&self) -> Result<Source, Failure> {
        if let Some(folder) = &self.supporting_data {
            return Ok(Source::One(Box::new(supporting_data(folder)?)));
        }
        let name = self.programme.as_deref().unwrap_or(BUILT_IN);
        let editions = editions(self.pack.as_deref())?;
        if name == BUILT_IN {
            return Ok(Source::Editions(editions, None));
        }
        let id = edition(&editions, name)?.id.clone();
        Ok(Source::Editions(editions, Some(id)))
    }
}

impl Source {
    /// The programme for an assessment on a day; an error for people where none holds.
    pub fn on(&self, day: Day) -> Result<&Programme, String> {
        match self {
            Source::One(programme) => Ok(programme),
            Source::Editions(editions, id) => {
                let found = match id {
                    Some(id) => editions.get(id),
                    None => editions.on(day),
                };
                let found = found.map(|edition| &edition.programme);
                found.ok_or_else(|| format!("no edition of the programme is for {day}"))
            }
        }
    }

    /// The one programme that does not depend on the day.
    ///
    /// # Errors
    /// [`Failure`] where the day would choose.
    pub fn one(&self) -> Result<&Programme, Failure> {
        let day_chooses = || Failure::usage("the edition depends on the day", "name one edition");
        match self {
            Source::One(programme) => Ok(programme),
            Source::Editions(editions, id) => {
                let id = id.as_deref().ok_or_else(day_chooses)?;
                Ok(&edition(editions, id)?.programme)
            }
        }
    }
}

/// The built-in editions, with what a region adds.
pub fn editions(pack: Option<&Path>) -> Result<Editions, Failure> {
    let wrong = |error: LoadError, remedy: &str| Failure::wrong(error.to_string(), remedy);
    let editions = Editions::china().map_err(|error| wrong(error, ""))?;
    let Some(path) = pack else { return Ok(editions) };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let pack = Pack::parse(&path.display().to_string(), &text)
        .map_err(|error| wrong(error, "docs/programme.md says what a pack looks like"))?;
    editions.with(&pack).map_err(|error| wrong(error, "a pack adds to the national programme only"))
}

/// An edition by id.
pub fn edition<'a>(editions: &'a Editions, id: &str) -> Result<&'a Edition, Failure> {
    editions.get(id).ok_or_else(|| {
        let known: Vec<&str> = editions.iter().map(|edition| edition.id.as_str()).collect();
        Failure::usage(format!("no edition {id:?}"), format!("there are {}", known.join(", ")))
    })
}

fn supporting_data(folder: &Path) -> Result<Programme, Failure> {
    let wrong = |error: LoadError| {
        Failure::wrong(format!("supporting data: {error}"), "give the files as published")
    };
    let mut xml = files(folder, "xml")?;
    let inner = folder.join("xml");
    if xml.is_empty() && inner.is_dir() {
        xml = files(&inner, "xml")?;
    }
    if !xml.is_empty() {
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error));
            Ok::<_, Failure>((path.display().to_string(), text?))
        };
        let texts = xml.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        return Programme::parse(texts).map_err(wrong);
    }
    let books = workbooks(folder)?;
    if books.is_empty() {
        return Err(Failure::wrong(
            format!("{}: no XML file and no workbook", folder.display()),
            "give the folder that holds AntigenSupportingData…xml and ScheduleSupportingData.xml, or \
             WHO's workbooks",
        ));
    }
    let books = books.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    workbook::read(books).and_then(Programme::new).map_err(wrong)
}

/// Workbooks of a folder and of the folders in it: WHO's lie in "antigen" and "schedule".
fn workbooks(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut paths = files(folder, "xlsx")?;
    for inner in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        paths.extend(files(&inner, "xlsx")?);
    }
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).map_err(|error| Failure::file(&path, &error))?;
        Ok((path.display().to_string(), bytes))
    };
    paths.into_iter().map(read).collect()
}

/// Files of a folder with an extension, by name.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = entries(folder)?;
    found.retain(|path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(extension)));
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |error| Failure::file(folder, &error);
    let all = std::fs::read_dir(folder).map_err(wrong)?;
    let mut found = Vec::new();
    for entry in all {
        found.push(entry.map_err(wrong)?.path());
    }
    found.sort();
    Ok(found)
}
