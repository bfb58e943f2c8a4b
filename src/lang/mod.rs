//! The language: source text → syntax tree → values.
//!
//! 1. [`lexer`] and [`parser`] make a [`ast::Body`] of native text, [`json_syntax`] of JSON; every
//!    syntax error of a native file in one run.
//! 2. [`references`] finds what a tree refers to; [`types_expr`] reads type constraints.
//! 3. [`eval`] makes values of expressions, given a [`eval::Scope`], with [`functions`].
//! 4. [`fmt`] lays native text out anew, on the tokens.
//!
//! It does no I/O except that of the file functions, and knows neither resources nor providers.

pub mod ast;
mod depth;
pub mod eval;
pub mod fmt;
pub mod format;
pub mod functions;
pub mod json_syntax;
pub mod lexer;
pub mod parser;
pub mod references;
mod size;
pub mod source;
pub mod text;
pub mod token;
pub mod types_expr;
