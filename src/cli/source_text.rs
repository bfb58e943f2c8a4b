//! Source lines for diagnostics, from the texts that were loaded, and the signatures of functions.
//!
//! It reads no files.

use trunkline_api::json::type_json;

use crate::lang::functions::{self, Returns};
use crate::lang::parser::parse_file;
use crate::lang::source::{SourceFile, Sources};
use crate::report::SourceText;
use crate::report::diagnostic_text::Signature;

/// The texts of a run.
pub struct Texts<'s>(pub &'s Sources);

impl Texts<'_> {
    fn file(&self, name: &str) -> Option<(usize, std::sync::Arc<SourceFile>)> {
        self.0
            .files()
            .into_iter()
            .enumerate()
            .find(|(_, f)| &*f.name == name)
    }
}

impl SourceText for Texts<'_> {
    fn line(&self, file: &str, n: u32) -> Option<String> {
        let (_, file) = self.file(file)?;
        let line = file.text.lines().nth(n.checked_sub(1)? as usize)?;
        Some(line.to_owned())
    }

    fn block_context(&self, file: &str, byte: u32) -> Option<String> {
        let (id, file) = self.file(file)?;
        let id = crate::lang::source::FileId(u32::try_from(id).ok()?);
        let at = byte.checked_sub(file.bom)?;
        let (body, _) = parse_file(self.0, id);
        let block = body
            .blocks
            .iter()
            .find(|b| b.span.start <= at && at < b.span.end)?;
        Some(self.0.snippet(block.def_span()))
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
