//! Source lines for diagnostics, from the texts that were loaded, and the signatures of functions.
//!
//! It reads no files.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use trunkline_api::json::type_json;

use crate::lang::functions::{self, Returns};
use crate::lang::json_syntax;
use crate::lang::parser::parse_file;
use crate::lang::source::{FileId, SourceFile, Sources};
use crate::report::SourceText;
use crate::report::diagnostic_text::Signature;

/// What was just typed at the console is not shown again.
const CONSOLE_INPUT: &str = "<console-input>";

/// The texts of a run. What is looked up twice is found once, so that many problems cost what one does.
pub struct Texts<'s> {
    sources: &'s Sources,
    files: RefCell<HashMap<String, Option<Rc<Text>>>>,
}

/// One file.
struct Text {
    file: Arc<SourceFile>,
    /// Where the outermost blocks begin and end, with their headers, in order.
    blocks: OnceCell<Vec<(u32, u32, String)>>,
    id: FileId,
}

impl<'s> Texts<'s> {
    /// The texts of `sources`, of which none has been looked up.
    #[must_use]
    pub fn new(sources: &'s Sources) -> Texts<'s> {
        Texts {
            sources,
            files: RefCell::default(),
        }
    }

    fn file(&self, name: &str) -> Option<Rc<Text>> {
        if let Some(found) = self.files.borrow().get(name) {
            return found.clone();
        }
        let all = self.sources.files();
        let at = all.iter().position(|f| &*f.name == name);
        let found = at.and_then(|at| {
            Some(Rc::new(Text {
                file: all[at].clone(),
                blocks: OnceCell::new(),
                id: FileId(u32::try_from(at).ok()?),
            }))
        });
        self.files
            .borrow_mut()
            .insert(name.to_owned(), found.clone());
        found
    }
}

impl SourceText for Texts<'_> {
    fn line(&self, file: &str, n: u32) -> Option<String> {
        if file == CONSOLE_INPUT {
            return None;
        }
        Some(self.file(file)?.file.line(n)?.to_owned())
    }

    fn block_context(&self, file: &str, byte: u32) -> Option<String> {
        let text = self.file(file)?;
        let at = byte.checked_sub(text.file.bom)?;
        if file.ends_with(".json") {
            return json_syntax::path_to(self.sources, text.id, at);
        }
        let blocks = text.blocks.get_or_init(|| {
            let (body, _) = parse_file(self.sources, text.id);
            let blocks = body.blocks.iter();
            blocks
                .map(|b| {
                    let header = self.sources.snippet(b.def_span());
                    (b.span.start, b.span.end, header)
                })
                .collect()
        });
        let after = blocks.partition_point(|b| b.0 <= at);
        let (_, end, header) = blocks.get(after.checked_sub(1)?)?;
        (at < *end).then(|| header.clone())
    }

    fn signature(&self, function: &str) -> Option<Signature> {
        let name = function.strip_prefix("core::").unwrap_or(function);
        let function = functions::lookup(name)?;
        let parameter = |p: &functions::Param| (p.name.to_owned(), type_json(&p.shape.ty()));
        let (Returns::Always(shape) | Returns::Of(shape, _)) = function.returns;
        Some(Signature {
            name: name.to_owned(),
            params: function.params.iter().map(parameter).collect(),
            variadic: function.variadic.as_ref().map(parameter),
            return_type: type_json(&shape.ty()),
        })
    }
}
