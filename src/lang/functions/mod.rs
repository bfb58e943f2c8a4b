//! The built-in functions, one family a file.
//!
//! A function is a table row: name, parameters, result type and a plain function over values. What is
//! common to all (arity, conversion of arguments, nulls, unknown values, marks) is done here once, in
//! the order in which Terraform does it, so that a family file holds only what its functions are
//! about. The only I/O is that of the file functions, through [`FileAccess`]; clock and randomness
//! come from the [`FunctionContext`].

mod collection;
mod conversion;
mod csv;
mod double;
mod encoding;
mod error;
mod file;
mod files;
mod format;
mod graphemes;
mod hash;
mod json;
mod lookups;
mod network;
mod numeric;
mod regex;
mod rsa;
mod sets;
pub mod signatures;
mod string;
mod template;
pub mod terraform;
mod text_encoding;
mod time;
mod timestamp;
mod yaml_decode;
mod yaml_encode;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use trunkline_api::{Kind, Marks, Type, Value, convert};

use error::shown;

pub use error::{Failure, FunctionError};
pub use files::{DiskFiles, FileAccess, FileKind};
pub use template::{TemplateError, TemplateRenderer};
pub use timestamp::parse_timestamp;

/// Fills a buffer with random bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What functions may use beyond their arguments.
#[derive(Clone)]
pub struct FunctionContext {
    /// The folder that relative file names are relative to.
    pub base_dir: PathBuf,
    /// How files are read.
    pub files: Arc<dyn FileAccess>,
    /// The time of the plan in RFC 3339, for `plantimestamp`; unknown when it is not there.
    pub plan_timestamp: Option<Arc<str>>,
    /// The time of `timestamp`, in RFC 3339; without it `timestamp` is unknown, as during plan.
    pub now: Option<Arc<str>>,
    /// Fills a buffer with random bytes, for `uuid` and `bcrypt`; without it they are unknown, as
    /// during plan.
    pub random: Option<Random>,
    /// Renders templates, for `templatefile` and `templatestring`.
    pub templates: Option<Arc<dyn TemplateRenderer>>,
    /// The template function that is being rendered, if any; template functions do not nest.
    pub inside_template: Option<&'static str>,
}

impl std::fmt::Debug for FunctionContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionContext")
            .field("base_dir", &self.base_dir)
            .finish_non_exhaustive()
    }
}

impl FunctionContext {
    /// A context in which time and randomness are unknown and no template can be rendered.
    #[must_use]
    pub fn new(base_dir: PathBuf, files: Arc<dyn FileAccess>) -> FunctionContext {
        FunctionContext {
            base_dir,
            files,
            plan_timestamp: None,
            now: None,
            random: None,
            templates: None,
            inside_template: None,
        }
    }
}

/// A type that a parameter or result has; a table row cannot hold a [`Type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any type.
    Any,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(any)`
    List,
    /// `list(bool)`
    Bools,
    /// `list(number)`
    Numbers,
    /// `list(string)`
    Strings,
    /// `list(list(any))`
    Lists,
    /// `set(any)`
    Set,
    /// `set(string)`
    StringSet,
    /// `map(any)`
    Map,
    /// `map(list(string))`
    StringLists,
}

impl Shape {
    /// The type.
    #[must_use]
    pub fn ty(self) -> Type {
        match self {
            Shape::Any => Type::Dynamic,
            Shape::Bool => Type::Bool,
            Shape::Number => Type::Number,
            Shape::String => Type::String,
            Shape::List => Type::list(Type::Dynamic),
            Shape::Bools => Type::list(Type::Bool),
            Shape::Numbers => Type::list(Type::Number),
            Shape::Strings => Type::list(Type::String),
            Shape::Lists => Type::list(Type::list(Type::Dynamic)),
            Shape::Set => Type::set(Type::Dynamic),
            Shape::StringSet => Type::set(Type::String),
            Shape::Map => Type::map(Type::Dynamic),
            Shape::StringLists => Type::map(Type::list(Type::String)),
        }
    }
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in messages.
    pub name: &'static str,
    /// What arguments are converted to.
    pub shape: Shape,
    /// For documentation, one sentence.
    pub description: &'static str,
    /// Whether the argument may be null.
    pub nullable: bool,
    /// Whether the function itself deals with an unknown argument.
    pub unknown: bool,
    /// Whether the function itself deals with an argument without type: an untyped null, or an
    /// unknown value of unknown type.
    pub dynamic: bool,
    /// Whether the function itself deals with marks; otherwise they move to the result.
    pub marked: bool,
}

impl Param {
    const fn new(name: &'static str, shape: Shape, description: &'static str) -> Param {
        Param {
            name,
            shape,
            description,
            nullable: false,
            unknown: false,
            dynamic: false,
            marked: false,
        }
    }

    const fn nullable(mut self) -> Param {
        self.nullable = true;
        self
    }

    const fn unknown(mut self) -> Param {
        self.unknown = true;
        self
    }

    const fn dynamic(mut self) -> Param {
        self.dynamic = true;
        self
    }

    const fn marked(mut self) -> Param {
        self.marked = true;
        self
    }
}

/// The type of a function's result.
#[derive(Clone, Copy)]
pub enum Returns {
    /// Always the same.
    Always(Shape),
    /// Depends on the arguments, which are what the function itself would get; the shape is for
    /// documentation.
    Of(Shape, fn(&[Value]) -> Result<Type, Failure>),
}

/// How the evaluator calls a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With values.
    Plain,
    /// With expressions: `try` gives the first that succeeds, `can` whether one does. Only the evaluator
    /// can call these.
    Expressions,
    /// As [`Form::Plain`], but the first argument must be a reference, which the evaluator checks
    /// (`templatestring`).
    Template,
}

/// What a function gives.
type Outcome = Result<Value, Failure>;
/// The function itself: arguments, the result's type, the context.
type Body = fn(&[Value], &Type, &FunctionContext) -> Outcome;

/// A function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// For documentation, plain text.
    pub description: &'static str,
    /// Parameters in order.
    pub params: &'static [Param],
    /// What any further arguments are.
    pub variadic: Option<Param>,
    /// The result's type.
    pub returns: Returns,
    /// How it is called.
    pub form: Form,
    /// Whether it reads files, or tells what files there are.
    pub filesystem: bool,
    /// Whether the result may be null.
    may_be_null: bool,
    body: Body,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Function").field(&self.name).finish()
    }
}

impl Function {
    const fn new(
        name: &'static str,
        description: &'static str,
        params: &'static [Param],
        returns: Returns,
        body: Body,
    ) -> Function {
        Function {
            name,
            description,
            params,
            variadic: None,
            returns,
            form: Form::Plain,
            filesystem: false,
            may_be_null: false,
            body,
        }
    }

    const fn variadic(mut self, param: Param) -> Function {
        self.variadic = Some(param);
        self
    }

    const fn form(mut self, form: Form) -> Function {
        self.form = form;
        self
    }

    const fn filesystem(mut self) -> Function {
        self.filesystem = true;
        self
    }

    const fn may_be_null(mut self) -> Function {
        self.may_be_null = true;
        self
    }

    /// The parameter of the argument `index`.
    #[must_use]
    pub fn param(&self, index: usize) -> Option<&Param> {
        self.params.get(index).or(self.variadic.as_ref())
    }

    /// Whether so many arguments are right.
    pub fn check_arity(&self, count: usize) -> Result<(), FunctionError> {
        if let Some(missing) = self.params.get(count) {
            return Err(FunctionError::TooFew {
                expected: self.params.len(),
                at_least: self.variadic.is_some(),
                missing: missing.name,
            });
        }
        if count > self.params.len() && self.variadic.is_none() {
            return Err(FunctionError::TooMany {
                expected: self.params.len(),
            });
        }
        Ok(())
    }

    /// Calls the function, with the first problem as error; see [`Function::evaluate`] for all.
    pub fn call(&self, args: &[Value], ctx: &FunctionContext) -> Result<Value, FunctionError> {
        self.evaluate(args, ctx).map_err(|mut errors| {
            if errors.is_empty() {
                FunctionError::Call {
                    message: "unknown problem".into(),
                }
            } else {
                errors.swap_remove(0)
            }
        })
    }

    /// Calls the function: checks how many arguments there are, converts them, and gives an unknown
    /// result for unknown arguments. Marks of the arguments are on the result. An error never shows the
    /// value of a marked argument.
    pub fn evaluate(
        &self,
        args: &[Value],
        ctx: &FunctionContext,
    ) -> Result<Value, Vec<FunctionError>> {
        self.check_arity(args.len()).map_err(|e| vec![e])?;
        let mut errors = Vec::new();
        let mut converted = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            let Some(param) = self.param(index) else {
                continue;
            };
            match convert(arg, &param.shape.ty()) {
                Ok(value) => converted.push(value),
                Err(error) => errors.push(FunctionError::Argument {
                    index,
                    name: param.name,
                    message: error::guarded(error.message, args),
                }),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.run(converted, ctx).map_err(|failure| {
            vec![match failure {
                Failure::Argument(index, message) => FunctionError::Argument {
                    index,
                    name: self.param(index).map_or("", |p| p.name),
                    message: error::guarded(message, args),
                },
                Failure::Call(message) => FunctionError::Call {
                    message: error::guarded(message, args),
                },
            }]
        })
    }

    /// What may not be called from the template that is being rendered.
    fn check_place(&self, ctx: &FunctionContext) -> Result<(), Failure> {
        let Some(outer) = ctx.inside_template else {
            return Ok(());
        };
        if matches!(self.name, "templatefile" | "templatestring") {
            return Err(format!(
                "cannot recursively call {} from inside another template function",
                self.name
            )
            .into());
        }
        if self.filesystem && outer == "templatestring" {
            return Err(format!(
                "cannot use filesystem access functions like {} in templatestring templates; consider passing the function result as a template variable instead",
                self.name
            )
            .into());
        }
        Ok(())
    }

    fn run(&self, args: Vec<Value>, ctx: &FunctionContext) -> Outcome {
        self.check_place(ctx)?;
        let mut marks = Marks::NONE;
        let mut plain = Vec::with_capacity(args.len());
        let (mut dynamic, mut unknown) = (false, false);
        for (index, arg) in args.into_iter().enumerate() {
            let Some(param) = self.param(index) else {
                continue;
            };
            let arg = if param.marked {
                arg
            } else {
                let (bare, its) = arg.unmark_deep();
                marks = marks | its;
                bare
            };
            if !dynamic {
                if arg.is_null() && !param.nullable {
                    return Err(Failure::Argument(index, "argument must not be null".into()));
                }
                dynamic = is_dynamic(&arg) && !param.dynamic;
            }
            unknown |= !arg.is_known() && !param.unknown;
            if param.marked && !arg.is_known() && !param.unknown {
                marks = marks | arg.marks();
            }
            plain.push(arg);
        }
        if dynamic {
            let ty = match self.returns {
                Returns::Always(shape) => shape.ty(),
                Returns::Of(..) => Type::Dynamic,
            };
            return Ok(self.unknown_result(ty, marks));
        }
        let ty = match self.returns {
            Returns::Always(shape) => shape.ty(),
            Returns::Of(_, of) => of(&plain)?,
        };
        if unknown {
            return Ok(self.unknown_result(ty, marks));
        }
        Ok((self.body)(&plain, &ty, ctx)?.with_marks(marks))
    }

    fn unknown_result(&self, ty: Type, marks: Marks) -> Value {
        if self.may_be_null || matches!(ty, Type::Dynamic) {
            return Value::unknown(ty).with_marks(marks);
        }
        unknown(ty).with_marks(marks)
    }
}

/// An unknown value that will not be null.
fn unknown(ty: Type) -> Value {
    Value::unknown_not_null(ty)
}

fn is_dynamic(value: &Value) -> bool {
    matches!(
        value.kind(),
        Kind::Null(Type::Dynamic) | Kind::Unknown(Type::Dynamic, _)
    )
}

/// All functions, by family.
static FAMILIES: &[&[Function]] = &[
    numeric::FUNCTIONS,
    string::FUNCTIONS,
    format::FUNCTIONS,
    regex::FUNCTIONS,
    collection::FUNCTIONS,
    lookups::FUNCTIONS,
    sets::FUNCTIONS,
    encoding::FUNCTIONS,
    text_encoding::FUNCTIONS,
    csv::FUNCTIONS,
    json::FUNCTIONS,
    yaml_encode::FUNCTIONS,
    yaml_decode::FUNCTIONS,
    file::FUNCTIONS,
    template::FUNCTIONS,
    time::FUNCTIONS,
    hash::FUNCTIONS,
    network::FUNCTIONS,
    conversion::FUNCTIONS,
];

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .map(|f| (f.name, f))
        .collect()
});

/// The function called `name`, without namespace.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// The names of all functions, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    BY_NAME.keys().copied()
}

/// Whether both are the same value; `None` while that depends on what is unknown.
fn equal(a: &Value, b: &Value) -> Option<bool> {
    super::eval::equals(a, b).as_bool()
}

/// Whether a text of so many bytes may be made.
fn fits(length: usize) -> Result<(), Failure> {
    match length > super::size::MAX_TEXT {
        true => Err(format!(
            "the result would be larger than {} megabytes",
            super::size::MAX_TEXT >> 20
        )
        .into()),
        false => Ok(()),
    }
}

/// The known string of an argument whose parameter is a string.
fn text(args: &[Value], index: usize) -> &str {
    args.get(index).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number of an argument, if it is one of 64 bits.
fn whole(args: &[Value], index: usize) -> Result<i64, String> {
    args.get(index)
        .and_then(Value::as_number)
        .and_then(trunkline_api::Number::to_i64)
        .ok_or_else(|| {
            format!(
                "value must be a whole number, between {} and {}",
                i64::MIN,
                i64::MAX
            )
        })
}
