//! What the kit decides for every resource.

use std::sync::Arc;

use super::*;
use crate::provider::{ApplyRequest, ConfigureRequest, PlanRequest, PlanResponse, ReadRequest};
use crate::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, NestedBlock, Nesting, Provider, Schema,
    Type, Value, coerce,
};

struct Thing;
struct Toy;

impl Resource<()> for Thing {
    fn type_name(&self) -> &'static str {
        "toy_thing"
    }
    fn schema(&self) -> Schema {
        let part = Block::new("")
            .attribute("role", Attribute::new(Type::String, "").required())
            .attribute(
                "division",
                Attribute::new(Type::String, "").optional().computed(),
            );
        Schema {
            version: 0,
            block: Block::new("")
                .attribute("id", Attribute::new(Type::String, "").computed())
                .attribute("name", Attribute::new(Type::String, "").required())
                .attribute(
                    "size",
                    Attribute::new(Type::Number, "").optional().computed(),
                )
                .attribute("kind", Attribute::new(Type::String, "").optional())
                .attribute("serial", Attribute::new(Type::Number, "").computed())
                .attribute(
                    "password",
                    Attribute::new(Type::String, "").optional().write_only(),
                )
                .nested("part", NestedBlock::new(Nesting::Set, part)),
        }
    }
    fn force_new(&self) -> &'static [&'static str] {
        &["kind"]
    }
    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("size", Value::number(7))]
    }
    fn changes_with_update(&self) -> &'static [&'static str] {
        &["serial"]
    }
    fn create<'a>(&'a self, _: &'a (), request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        let state = attrs::set(&request.planned, "id", "1".into());
        let state = attrs::set(
            &state,
            "password",
            attrs::string_or_null(attrs::text(&request.config, "password")),
        );
        Box::pin(async move { Outcome::is(attrs::set(&state, "serial", Value::number(1))) })
    }
    fn read<'a>(&'a self, _: &'a (), _: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::gone() })
    }
    fn update<'a>(&'a self, _: &'a (), _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::failed(Diagnostic::error("No", "No.")) })
    }
    fn delete<'a>(&'a self, _: &'a (), _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::gone() })
    }
}

impl Vendor for Toy {
    type Client = ();
    fn schema(&self) -> Schema {
        Schema::default()
    }
    fn resources(&self) -> Vec<Box<dyn Resource<()>>> {
        vec![Box::new(Thing)]
    }
    fn data_sources(&self) -> Vec<Box<dyn DataSource<()>>> {
        Vec::new()
    }
    fn configure(
        &self,
        _: ConfigureRequest,
    ) -> BoxFuture<'_, Result<((), Diagnostics), Diagnostics>> {
        Box::pin(async { Ok(((), Vec::new())) })
    }
}

/// Runs a future that never waits.
fn now<T>(future: BoxFuture<'_, T>) -> T {
    let mut future = future;
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the kit itself never waits"),
    }
}

fn block() -> Block {
    Thing.schema().block
}

fn object(fields: &[(&str, Value)]) -> Value {
    let sparse = Value::object(fields.iter().map(|(k, v)| (*k, v.clone())));
    coerce::conform(&sparse, &block()).unwrap()
}

fn part(role: &str, division: Option<&str>) -> Value {
    Value::object([
        ("role", Value::from(role)),
        ("division", attrs::string_or_null(division)),
    ])
}

fn parts(items: Vec<Value>) -> Value {
    let ty = Type::object([("role", Type::String), ("division", Type::String)]);
    Value::set(ty, items)
}

fn plan(prior: Value, config: Value) -> PlanResponse {
    let proposed = if config.is_null() {
        config.clone()
    } else {
        crate::objchange::proposed_new(&block(), &prior, &config)
    };
    now(VendorProvider::new(Toy).plan(PlanRequest {
        type_name: "toy_thing".into(),
        prior,
        proposed,
        config,
        private: Arc::from(&b"p"[..]),
    }))
}

fn prior() -> Value {
    object(&[
        ("id", "1".into()),
        ("name", "a".into()),
        ("size", Value::number(7)),
        ("serial", Value::number(3)),
        ("part", parts(vec![part("r", Some("home"))])),
    ])
}

#[test]
fn a_create_fills_defaults_and_leaves_the_rest_unknown() {
    let config = object(&[
        ("name", "a".into()),
        ("password", "hush".into()),
        ("part", parts(vec![part("r", None)])),
    ]);
    let planned = plan(coerce::null_object(&block()), config).planned;
    assert_eq!(
        format!("{planned:?}"),
        r#"{"id": unknown(string), "kind": null(string), "name": "a", "part": {{"division": unknown(string), "role": "r"}}, "password": null(string), "serial": unknown(number), "size": 7}"#
    );
}

#[test]
fn no_change_is_no_change() {
    let config = object(&[("name", "a".into()), ("part", parts(vec![part("r", None)]))]);
    let response = plan(prior(), config);
    assert_eq!(response.planned, prior());
    assert_eq!(&*response.private, b"p");
}

#[test]
fn an_update_makes_what_follows_it_unknown() {
    let config = object(&[
        ("name", "b".into()),
        ("part", parts(vec![part("r", None), part("s", None)])),
    ]);
    let response = plan(prior(), config);
    assert!(response.requires_replace.is_empty());
    assert_eq!(
        format!("{:?}", response.planned),
        r#"{"id": "1", "kind": null(string), "name": "b", "part": {{"division": "home", "role": "r"}, {"division": unknown(string), "role": "s"}}, "password": null(string), "serial": unknown(number), "size": 7}"#
    );
}

#[test]
fn a_default_replaces_a_value_that_left_the_configuration() {
    let before = attrs::set(&prior(), "size", Value::number(9));
    let config = object(&[("name", "a".into()), ("part", parts(vec![part("r", None)]))]);
    assert_eq!(
        attrs::integer(&plan(before, config).planned, "size"),
        Some(7)
    );
}

#[test]
fn some_attributes_force_a_replacement() {
    let config = object(&[
        ("name", "a".into()),
        ("kind", "k".into()),
        ("part", parts(vec![part("r", None)])),
    ]);
    let places: Vec<String> = plan(prior(), config)
        .requires_replace
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(places, ["kind"]);
}

fn apply(
    provider: &VendorProvider<Toy>,
    prior: Value,
    planned: Value,
    config: Value,
) -> crate::provider::ApplyResponse {
    now(provider.apply(ApplyRequest {
        type_name: "toy_thing".into(),
        prior,
        planned,
        config,
        private: Arc::from(&b"p"[..]),
        operation_id: "op".into(),
        address: String::new(),
        sensitive: Vec::new(),
    }))
}

fn configured() -> VendorProvider<Toy> {
    let provider = VendorProvider::new(Toy);
    let request = ConfigureRequest {
        config: Value::object::<Arc<str>>([]),
        world: crate::provider::World::Live,
        environment: Default::default(),
    };
    assert!(now(provider.configure(request)).is_empty());
    provider
}

#[test]
fn nothing_write_only_and_nothing_unknown_is_kept() {
    let config = object(&[("name", "a".into()), ("password", "hush".into())]);
    let null = coerce::null_object(&block());
    let planned = plan(null.clone(), config.clone()).planned;
    let done = apply(&configured(), null.clone(), planned, config.clone());
    assert!(done.diagnostics.is_empty());
    assert!(attrs::is_unset(&done.state, "password"));
    assert_eq!(attrs::text(&done.state, "id"), Some("1"));
    // A division that the resource failed to fill in is an error, not an unknown in the state.
    let config = object(&[("name", "a".into()), ("part", parts(vec![part("r", None)]))]);
    let planned = plan(null.clone(), config.clone()).planned;
    let done = apply(&configured(), null, planned, config);
    assert_eq!(
        done.diagnostics[0].summary,
        "Provider Returned an Unknown Value"
    );
    assert!(done.state.is_wholly_known());
}

#[test]
fn a_failed_update_keeps_the_prior_state_and_a_delete_ends_in_null() {
    let provider = configured();
    let failed = apply(&provider, prior(), prior(), prior());
    assert_eq!((failed.state, failed.diagnostics.len()), (prior(), 1));
    let null = coerce::null_object(&block());
    let gone = apply(&provider, prior(), null.clone(), null.clone());
    assert_eq!((gone.state, gone.diagnostics), (null, vec![]));
}

#[test]
fn without_configuration_and_for_unknown_types_it_says_so() {
    let provider = VendorProvider::new(Toy);
    let null = coerce::null_object(&block());
    let unready = apply(&provider, prior(), null.clone(), null);
    assert_eq!(unready.diagnostics[0].summary, "Provider Not Configured");
    assert_eq!(unready.state, prior());
    let read = now(configured().read(ReadRequest {
        type_name: "toy_other".into(),
        state: prior(),
        private: Arc::from(&b""[..]),
    }));
    assert_eq!(
        read.diagnostics[0].detail,
        "This provider has no resource type \"toy_other\"."
    );
}
