//! The boundary between the engine and its providers, as plain data and one trait.
//!
//! - [`Value`], [`Type`], [`Number`]: what configuration, state and plans are made of.
//! - [`Schema`] and [`Block`]: what a provider accepts; [`coerce`] makes a value fit one.
//! - [`Diagnostic`]: the only way to report a problem to a person.
//! - [`Provider`]: what every vendor implements, in the shape of Terraform's plugin protocol 6.
//!
//! This crate does no I/O: no files, no network, no clock, no environment.

mod by_name;
pub mod coerce;
pub mod convert;
pub mod diagnostic;
mod fields;
pub mod guide;
pub mod json;
pub mod json_read;
pub mod json_text;
pub mod json_write;
pub mod kit;
pub mod marks;
pub mod number;
pub mod objchange;
pub mod path;
pub mod provider;
pub mod quote;
pub mod schema;
mod set_order;
pub mod types;
pub mod unify;
pub mod value;

pub use by_name::ByName;
pub use convert::{ConvertError, conforms, convert, type_conforms};
pub use diagnostic::{Diagnostic, Diagnostics, Pos, Severity, Span};
pub use guide::Guide;
pub use marks::Marks;
pub use number::Number;
pub use path::{Path, Step};
pub use provider::{BoxFuture, Provider};
pub use schema::{Attribute, Block, NestedBlock, Nesting, ProviderSchema, Schema};
pub use types::{Element, ObjectType, Type};
pub use unify::{unify, unify_safe};
pub use value::{Fields, Kind, Refinement, Value};
