//! Questions on standard input, one a line; answers on standard output, in order.

mod parallel;

pub use parallel::{Lines, answer_parallel};

use crate::failure::Failure;
use std::io::{BufRead, BufReader, Read, Write};

/// Answers every line; one that is longer than `most` bytes, or not UTF-8, comes as an error.
/// Written at once where nothing more waits to be answered, so that whoever asks line by line gets
/// each answer.
///
/// # Errors
/// [`Failure`] where standard input or output fails.
pub fn answer(
    most: u64,
    mut answer: impl FnMut(Result<&str, &'static str>) -> String,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::setup(format!("input or output: {error}"), "");
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    while let Some(whole) = read(&mut input, &mut line, most).map_err(failed)? {
        let text = std::str::from_utf8(&line).map_err(|_| "the line is not UTF-8");
        let text = if whole { text } else { Err("the line is longer than permitted") };
        writeln!(output, "{}", answer(text)).map_err(failed)?;
        if !input.buffer().contains(&b'\n') {
            output.flush().map_err(failed)?;
        }
    }
    output.flush().map_err(failed)
}

/// Reads one line without its end, of which no more than `most` bytes are kept; whether that is
/// all of it. None at the end.
fn read(input: &mut impl BufRead, line: &mut Vec<u8>, most: u64) -> std::io::Result<Option<bool>> {
    line.clear();
    if input.by_ref().take(most + 2).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let ended = line.last() == Some(&b'\n');
    if !ended {
        input.skip_until(b'\n')?;
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(Some(line.len() as u64 <= most))
}
