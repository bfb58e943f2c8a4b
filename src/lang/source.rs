//! Source texts and places in them. Byte offsets everywhere; lines and columns only for people.
//!
//! It reads no files: the caller brings the text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use trunkline_api::diagnostic::Pos;
use trunkline_api::{Diagnostic, Span};
use unicode_segmentation::UnicodeSegmentation;

/// A file of a [`Sources`] list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SrcSpan {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl SrcSpan {
    /// The bytes `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> SrcSpan {
        let clamp = |n| u32::try_from(n).unwrap_or(u32::MAX);
        SrcSpan {
            file,
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// From the beginning of this span to the end of `other`, which lies in the same file.
    #[must_use]
    pub fn to(self, other: SrcSpan) -> SrcSpan {
        SrcSpan {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The empty span at the beginning of this one.
    #[must_use]
    pub fn at_start(self) -> SrcSpan {
        SrcSpan {
            end: self.start,
            ..self
        }
    }

    /// The empty span at the end of this one.
    #[must_use]
    pub fn at_end(self) -> SrcSpan {
        SrcSpan {
            start: self.end,
            ..self
        }
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// One source text.
#[derive(Debug)]
pub struct SourceFile {
    /// The name as shown to people.
    pub name: Arc<str>,
    /// The text. Where the bytes are not UTF-8, replacement characters stand for them.
    pub text: Arc<str>,
    /// The bytes as read, byte order mark included.
    pub bytes: Arc<[u8]>,
    /// How many bytes precede the text (3 when there was a byte order mark).
    pub bom: u32,
    /// Offset of the first byte that is not UTF-8, if any.
    pub invalid_at: Option<u32>,
    lines: OnceLock<Vec<u32>>,
    /// Whether all of the text is ASCII, so that columns are bytes.
    ascii: bool,
    /// Where the characters of lines that are not ASCII begin; nothing for lines that are.
    columns: Mutex<HashMap<usize, Option<Box<[u32]>>>>,
}

impl SourceFile {
    /// Offsets at which lines begin.
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0)
                .chain(newlines.map(|(i, _)| i as u32 + 1))
                .collect()
        })
    }

    /// How many columns the first `bytes` bytes of a line take. Where the characters of a line begin is found once.
    fn column(&self, line: usize, bytes: u32) -> usize {
        let lines = self.lines();
        let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let starts = known.entry(line).or_insert_with(|| {
            let end = lines.get(line + 1).map_or(self.text.len(), |e| *e as usize);
            let text = &self.text[lines[line] as usize..end];
            (!text.is_ascii()).then(|| {
                let starts = text.grapheme_indices(true);
                starts.map(|(i, _)| i as u32).collect()
            })
        });
        match starts {
            Some(starts) => starts.partition_point(|s| *s < bytes),
            None => bytes as usize,
        }
    }

    /// Line `n`, counted from 1, without its line end.
    #[must_use]
    pub fn line(&self, n: u32) -> Option<&str> {
        let lines = self.lines();
        let n = n.checked_sub(1)? as usize;
        let start = *lines.get(n)? as usize;
        let end = lines.get(n + 1).map_or(self.text.len(), |e| *e as usize);
        let line = self.text.get(start..end)?;
        if line.is_empty() && start == self.text.len() {
            return None;
        }
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The position of the byte at `offset`.
    #[must_use]
    pub fn pos(&self, offset: u32) -> Pos {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let lines = self.lines();
        let line = lines.partition_point(|start| *start as usize <= at).max(1);
        let start = lines[line - 1] as usize;
        let column = match self.ascii {
            true => at - start,
            false => self.column(line - 1, (at - start) as u32),
        };
        Pos {
            line: line as u32,
            column: column as u32 + 1,
            byte: at as u32 + self.bom,
        }
    }
}

/// Every source text of a run. It only grows; share it in an [`Arc`].
#[derive(Debug, Default)]
pub struct Sources {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl Sources {
    /// An empty list.
    #[must_use]
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a text under the name that people will see.
    pub fn add(&self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let text: Arc<str> = text.into();
        match text.starts_with('\u{feff}') {
            true => self.add_bytes(name, text.as_bytes().to_vec()),
            false => self.push(name.into(), text.clone(), text.into(), 0, None),
        }
    }

    /// Adds the bytes of a file. A byte order mark is left out of the text.
    pub fn add_bytes(&self, name: impl Into<Arc<str>>, bytes: Vec<u8>) -> FileId {
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let body = &bytes[bom as usize..];
        match (std::str::from_utf8(body), bom) {
            // One copy serves as both.
            (Ok(text), 0) => {
                let text: Arc<str> = text.into();
                self.push(name.into(), text.clone(), text.into(), 0, None)
            }
            (Ok(text), _) => self.push(name.into(), text.into(), bytes.into(), bom, None),
            (Err(e), _) => {
                let invalid_at = Some(e.valid_up_to() as u32);
                let text = String::from_utf8_lossy(body).into();
                self.push(name.into(), text, bytes.into(), bom, invalid_at)
            }
        }
    }

    fn push(
        &self,
        name: Arc<str>,
        text: Arc<str>,
        bytes: Arc<[u8]>,
        bom: u32,
        invalid_at: Option<u32>,
    ) -> FileId {
        let file = Arc::new(SourceFile {
            name,
            ascii: text.is_ascii(),
            text,
            bytes,
            bom,
            invalid_at,
            lines: OnceLock::new(),
            columns: Mutex::default(),
        });
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        files.push(file);
        FileId(files.len() as u32 - 1)
    }

    /// The file, if it is one of this list.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<Arc<SourceFile>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.get(id.0 as usize).cloned()
    }

    /// Every file, in the order added.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.clone()
    }

    /// The text of a file; empty for an id of another list.
    #[must_use]
    pub fn text(&self, id: FileId) -> Arc<str> {
        self.file(id).map_or_else(|| "".into(), |f| f.text.clone())
    }

    /// The text within `span`.
    #[must_use]
    pub fn snippet(&self, span: SrcSpan) -> String {
        let text = self.text(span.file);
        let range = span.start as usize..span.end as usize;
        text.get(range).unwrap_or_default().to_owned()
    }

    /// The place for people: name, lines and columns.
    #[must_use]
    pub fn span(&self, span: SrcSpan) -> Span {
        match self.file(span.file) {
            Some(file) => Span {
                file: file.name.clone(),
                start: file.pos(span.start),
                end: file.pos(span.end),
            },
            None => Span {
                file: "".into(),
                start: Pos::default(),
                end: Pos::default(),
            },
        }
    }

    /// An error placed at `span`.
    pub fn error(
        &self,
        span: SrcSpan,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(summary, detail).at(self.span(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_graphemes_and_bytes_count_the_mark() {
        let sources = Sources::new();
        let id = sources.add_bytes("a.tf", "\u{feff}x\ne\u{301}\u{1f1e9}\u{1f1ea}b".into());
        let text = sources.text(id);
        let at = text.find('b').unwrap();
        let span = sources.span(SrcSpan::new(id, at, at + 1));
        assert_eq!((span.start.line, span.start.column), (2, 3));
        assert_eq!(span.start.byte as usize, at + 3);
        assert_eq!(span.end.column, 4);
    }

    #[test]
    fn a_span_past_the_end_is_the_end() {
        let sources = Sources::new();
        let id = sources.add("a.tf", "ab\n");
        let span = sources.span(SrcSpan::new(id, 3, 99));
        assert_eq!((span.end.line, span.end.column), (2, 1));
    }
}
