//! A provider that makes everything up: computed attributes are given, or made of nothing.
//!
//! It calls nothing and needs no credentials. Configurations are checked by the provider that it stands for.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, Effects, ImportRequest, ImportResponse, Mode,
    OpenRequest, OpenResponse, PlanRequest, PlanResponse, ReadDataRequest, ReadDataResponse,
    ReadRequest, ReadResponse, ValidateRequest,
};
use trunkline_api::schema::{Attribute, Block, Nesting};
use trunkline_api::{
    BoxFuture, Diagnostic, Diagnostics, Kind, Provider, ProviderSchema, Type, Value, convert,
};

use crate::config::test_mock::Given;
use crate::lang::functions::Random;

/// A provider that makes up what it is not given.
pub struct Mock {
    real: Arc<dyn Provider>,
    schema: ProviderSchema,
    defaults: BTreeMap<(Mode, Arc<str>), Given>,
    /// What there is for types that have no defaults of their own.
    otherwise: Option<Given>,
    during_plan: bool,
    random: Random,
}

impl Mock {
    /// A mock of `real`, whose own configuration does not matter.
    #[must_use]
    pub fn new(
        real: Arc<dyn Provider>,
        defaults: BTreeMap<(Mode, Arc<str>), Given>,
        during_plan: bool,
        random: Random,
    ) -> Mock {
        let mut schema = real.schema().clone();
        schema.provider = trunkline_api::Schema::default();
        Mock {
            real,
            schema,
            defaults,
            otherwise: None,
            during_plan,
            random,
        }
    }

    /// A mock that gives these values, whatever the type.
    #[must_use]
    pub fn given(real: Arc<dyn Provider>, given: Given, random: Random) -> Mock {
        let mut mock = Mock::new(real, BTreeMap::new(), false, random);
        mock.otherwise = Some(given);
        mock
    }

    fn values(&self, mode: Mode, type_name: &Arc<str>) -> (Option<&Value>, bool) {
        let given = self.defaults.get(&(mode, type_name.clone()));
        let given = given.or(self.otherwise.as_ref());
        // What is made up is known only after an apply.
        let during = given.is_some_and(|g| g.during_plan.unwrap_or(self.during_plan));
        (given.map(|g| &g.values), during)
    }

    fn block(&self, mode: Mode, type_name: &str) -> Option<&Block> {
        let schemas = match mode {
            Mode::Data => &self.schema.data_sources,
            _ => &self.schema.resources,
        };
        schemas.get(type_name).map(|s| &s.block)
    }

    fn fill(&self, mode: Mode, type_name: &Arc<str>, value: &Value) -> (Value, Diagnostics) {
        let mut diagnostics = Vec::new();
        let Some(block) = self.block(mode, type_name) else {
            return (value.clone(), diagnostics);
        };
        let (given, _) = self.values(mode, type_name);
        let filled = Filler {
            random: &self.random,
            diagnostics: &mut diagnostics,
        }
        .block(value, block, given);
        (filled, diagnostics)
    }
}

/// The value with everything computed that is not set made unknown.
fn open(value: &Value, block: &Block) -> Value {
    over_block(
        value,
        block,
        &mut |value, attribute| match value.is_null() && attribute.computed {
            true => Value::unknown(attribute.ty.clone()),
            false => value.clone(),
        },
    )
}

/// Changes every attribute of a block and of the blocks in it.
fn over_block(
    value: &Value,
    block: &Block,
    change: &mut dyn FnMut(&Value, &Attribute) -> Value,
) -> Value {
    let Some(fields) = value.as_fields() else {
        return value.clone();
    };
    Value::object(fields.iter().map(|(name, value)| {
        let changed = if let Some(attribute) = block.attributes.get(name) {
            change(value, attribute)
        } else if let Some(nested) = block.blocks.get(name) {
            over_elements(value, nested.nesting, &mut |v| {
                over_block(v, &nested.block, change)
            })
        } else {
            value.clone()
        };
        (name.clone(), changed)
    }))
    .with_marks(value.marks())
}

/// Changes the object, or each element of a collection of objects.
fn over_elements(
    value: &Value,
    nesting: Nesting,
    change: &mut dyn FnMut(&Value) -> Value,
) -> Value {
    let marks = value.marks();
    let changed = match (nesting, value.kind()) {
        (Nesting::Single | Nesting::Group, Kind::Object(_)) => return change(value),
        (_, Kind::List(ty, items)) => Value::list(ty.clone(), items.iter().map(change)),
        (_, Kind::Set(ty, items)) => Value::set(ty.clone(), items.iter().map(change)),
        (_, Kind::Tuple(items)) => Value::tuple(items.iter().map(change)),
        (_, Kind::Map(ty, fields)) => Value::map(
            ty.clone(),
            fields.iter().map(|(k, v)| (k.clone(), change(v))),
        ),
        (_, Kind::Object(fields)) => {
            Value::object(fields.iter().map(|(k, v)| (k.clone(), change(v))))
        }
        _ => return value.clone(),
    };
    changed.with_marks(marks)
}

struct Filler<'f> {
    random: &'f Random,
    diagnostics: &'f mut Diagnostics,
}

impl Filler<'_> {
    fn block(&mut self, value: &Value, block: &Block, given: Option<&Value>) -> Value {
        let Some(fields) = value.as_fields() else {
            return value.clone();
        };
        let filled: Vec<(Arc<str>, Value)> = fields
            .iter()
            .map(|(name, value)| {
                let given = given.and_then(|g| g.attr(name));
                let filled = if let Some(attribute) = block.attributes.get(name) {
                    match !value.is_known() && attribute.computed {
                        true => self.attribute(name, attribute, given),
                        false => value.clone(),
                    }
                } else if let Some(nested) = block.blocks.get(name) {
                    over_elements(value, nested.nesting, &mut |v| {
                        self.block(v, &nested.block, given)
                    })
                } else {
                    value.clone()
                };
                (name.clone(), filled)
            })
            .collect();
        Value::object(filled).with_marks(value.marks())
    }

    fn attribute(&mut self, name: &str, attribute: &Attribute, given: Option<&Value>) -> Value {
        let Some(given) = given else {
            return self.made_up(&attribute.ty);
        };
        match convert(given, &attribute.ty) {
            Ok(value) => value,
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(
                    "Failed to compute attribute",
                    format!("The value that a mock or an override gives for the attribute {name:?} does not fit its type: {error}."),
                ));
                self.made_up(&attribute.ty)
            }
        }
    }

    /// A value of a type: eight random characters, zero, false, or a collection of nothing.
    fn made_up(&mut self, ty: &Type) -> Value {
        match ty {
            Type::String => {
                const CHARS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
                let mut bytes = [0; 8];
                (self.random)(&mut bytes);
                let text = bytes.map(|b| char::from(CHARS[usize::from(b) % CHARS.len()]));
                Value::string(String::from_iter(text))
            }
            Type::Number => Value::number(0),
            Type::Bool => Value::bool(false),
            Type::List(element) => Value::list((**element).clone(), []),
            Type::Set(element) => Value::set((**element).clone(), []),
            Type::Map(element) => Value::map((**element).clone(), Vec::<(Arc<str>, Value)>::new()),
            Type::Object(object) => {
                let fields: Vec<(Arc<str>, Value)> = object
                    .attributes
                    .iter()
                    .map(|(name, ty)| (name.clone(), self.made_up(ty)))
                    .collect();
                Value::object(fields)
            }
            Type::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|ty| self.made_up(ty)).collect();
                Value::tuple(items)
            }
            other => Value::null(other.clone()),
        }
    }
}

impl Provider for Mock {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        self.real.validate(request)
    }

    fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async { Vec::new() })
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            ReadResponse {
                state: request.state,
                private: request.private,
                diagnostics: Vec::new(),
            }
        })
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: request.private,
            notes: Vec::new(),
            diagnostics: Vec::new(),
        };
        let (_, during_plan) = self.values(Mode::Managed, &request.type_name);
        if let Some(block) = self.block(Mode::Managed, &request.type_name)
            && !request.proposed.is_null()
            && request.prior.is_null()
        {
            response.planned = open(&request.proposed, block);
            if during_plan {
                (response.planned, response.diagnostics) =
                    self.fill(Mode::Managed, &request.type_name, &response.planned);
            }
        }
        Box::pin(async move { response })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        let (state, diagnostics) = match request.planned.is_null() {
            true => (request.planned, Vec::new()),
            false => self.fill(Mode::Managed, &request.type_name, &request.planned),
        };
        Box::pin(async move {
            ApplyResponse {
                state,
                private: request.private,
                diagnostics,
                unsettled: false,
            }
        })
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        let opened = match self.block(Mode::Data, &request.type_name) {
            Some(block) => open(&request.config, block),
            None => request.config,
        };
        let (state, diagnostics) = self.fill(Mode::Data, &request.type_name, &opened);
        Box::pin(async move { ReadDataResponse { state, diagnostics } })
    }

    fn open_ephemeral(&self, request: OpenRequest) -> BoxFuture<'_, OpenResponse> {
        self.real.open_ephemeral(request)
    }

    fn effects(&self, _: &str) -> Effects {
        Effects::None
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        let detail = format!(
            "A mocked provider has nothing to import: {} {:?} would have to exist.",
            request.type_name, request.id
        );
        Box::pin(async move {
            ImportResponse {
                diagnostics: vec![Diagnostic::error("Cannot import with a mock", detail)],
                ..ImportResponse::default()
            }
        })
    }
}
