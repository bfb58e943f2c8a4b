//! `csvdecode`: comma separated values (RFC 4180) with a header line.

use std::collections::HashSet;

use trunkline_api::quote::quote;
use trunkline_api::{Type, Value};

use super::{Function, FunctionContext, Outcome, Param, Returns, Shape, text};

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "csvdecode",
    "Reads comma separated values with a header line as a list of objects.",
    &[Param::new("str", Shape::String, "The text.")],
    Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
    decode,
)];

fn decode(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let mut reader = Reader {
        rest: text(args, 0),
        line: 0,
    };
    let (_, header) = reader.record()?.ok_or("missing header line")?;
    let mut seen = HashSet::new();
    if let Some(again) = header.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(format!("duplicate column name {}", quote(again)).into());
    }
    let row = Type::object(header.iter().map(|name| (name.as_str(), Type::String)));
    let mut rows = Vec::new();
    while let Some((line, record)) = reader.record()? {
        if record.len() != header.len() {
            return Err(format!("CSV parse error on line {line}: wrong number of fields").into());
        }
        let fields = header.iter().map(String::as_str);
        rows.push(Value::object(
            fields.zip(record.into_iter().map(Value::string)),
        ));
    }
    Ok(Value::list(row, rows))
}

struct Reader<'s> {
    rest: &'s str,
    /// How many lines have been taken.
    line: usize,
}

impl<'s> Reader<'s> {
    /// The next line with its end, `\n` for any kind of it.
    fn take_line(&mut self) -> Option<(&'s str, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let (line, ended) = match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                (line, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        };
        Some((line.strip_suffix('\r').unwrap_or(line), ended))
    }

    /// The next record and the line where it begins; empty lines are none.
    fn record(&mut self) -> Result<Option<(usize, Vec<String>)>, String> {
        let (mut line, mut ended) = loop {
            match self.take_line() {
                None => return Ok(None),
                Some(("", true)) => {}
                Some(line) => break line,
            }
        };
        let start = self.line;
        let wrong =
            |line: usize, what: &str| Err(format!("CSV parse error on line {line}: {what}"));
        let mut fields = Vec::new();
        loop {
            let Some(mut quoted) = line.strip_prefix('"') else {
                let (field, more) = match line.split_once(',') {
                    Some((field, rest)) => (field, Some(rest)),
                    None => (line, None),
                };
                if field.contains('"') {
                    return wrong(self.line, "bare \" in non-quoted-field");
                }
                fields.push(field.to_owned());
                match more {
                    Some(rest) => line = rest,
                    None => return Ok(Some((start, fields))),
                }
                continue;
            };
            let mut field = String::new();
            let after = loop {
                match quoted.split_once('"') {
                    Some((part, rest)) => {
                        field.push_str(part);
                        match rest.strip_prefix('"') {
                            Some(rest) => {
                                field.push('"');
                                quoted = rest;
                            }
                            None => break rest,
                        }
                    }
                    None => {
                        field.push_str(quoted);
                        if ended {
                            field.push('\n');
                        }
                        match self.take_line() {
                            Some((next, more)) if ended => {
                                quoted = next;
                                ended = more;
                            }
                            _ => {
                                return wrong(
                                    self.line,
                                    "extraneous or missing \" in quoted-field",
                                );
                            }
                        }
                    }
                }
            };
            fields.push(field);
            match after.strip_prefix(',') {
                Some(rest) => line = rest,
                None if after.is_empty() => return Ok(Some((start, fields))),
                None => return wrong(self.line, "extraneous or missing \" in quoted-field"),
            }
        }
    }
}
