//! Following references: through locals, variables, outputs and resources, down to where a value comes from.
//!
//! Static but for what the plan already says: it reads expressions, the changes of resources and the values of root
//! variables. A chain has an end: at so many links, and at what is on it already.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use trunkline_api::{Path, Step, Type, Value};

use super::earlier::Earlier;
use super::evidence::bearing;
use super::narrow::{Part, Written, item_key, parts};
use super::{Bearing, Link, Name, Place, by_resource, key};
use crate::address::{Address, InstanceKey, Mode, ModuleInstance, Resource};
use crate::config::Config;
use crate::config::reference::{Subject, parse};
use crate::lang::ast::{Expr, ExprKind, Step as AstStep, StepKind, Traversal};
use crate::lang::source::SrcSpan;
use crate::lookup::Lookup;
use crate::plan::model::{Action, Plan, Reason, ResourceChange};
use crate::plan::relevant::rest;

/// How many links one cause has.
const MOST_LINKS: usize = 60;
/// How far a chain goes.
const DEEPEST: usize = 24;
/// How much of an expression is told.
const LONGEST: usize = 160;

/// Follows references in a plan.
pub struct Chains<'a> {
    config: &'a Config,
    plan: &'a Plan,
    earlier: &'a Earlier,
    changes: Lookup<Place, Vec<&'a ResourceChange>>,
    /// For a whole resource, the first instance of which an attribute changes.
    first_changed: RefCell<Lookup<(Place, Name), Option<usize>>>,
}

/// What references mean where an expression stands.
#[derive(Clone)]
struct Frame<'a> {
    module: ModuleInstance,
    /// What `each` goes through, and the key at hand.
    each: Option<(&'a Expr, InstanceKey)>,
}

/// One cause that is looked for.
struct Look<'v> {
    before: &'v Value,
    after: &'v Value,
    left: Cell<usize>,
    seen: RefCell<BTreeSet<String>>,
}

impl<'v> Look<'v> {
    fn new(before: &'v Value, after: &'v Value) -> Look<'v> {
        Look {
            before,
            after,
            left: Cell::new(MOST_LINKS),
            seen: RefCell::default(),
        }
    }

    fn judge(&self, input: &Value) -> Bearing {
        bearing(input, self.before, self.after)
    }

    /// Whether there is room for another link.
    fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'a> Chains<'a> {
    /// Looks through the plan once.
    #[must_use]
    pub fn new(config: &'a Config, plan: &'a Plan, earlier: &'a Earlier) -> Chains<'a> {
        Chains {
            config,
            plan,
            earlier,
            changes: by_resource(plan),
            first_changed: RefCell::default(),
        }
    }

    /// The chain behind a part of an object.
    #[must_use]
    pub fn expression(&self, at: &Address, part: &Part<'a>) -> Link {
        let look = Look::new(&part.before, &part.after);
        let link = self.part(&self.frame_of(at), part, &look, 0);
        self.top(link, &part.after)
    }

    /// The chain behind a reference of `replace_triggered_by`.
    #[must_use]
    pub fn trigger(&self, at: &Address, expr: &'a Expr) -> Link {
        let nothing = Value::null(Type::Dynamic);
        let look = Look::new(&nothing, &nothing);
        self.expr("replace_triggered_by", expr, &self.frame_of(at), &look, 0)
    }

    /// The chain behind `count` or `for_each`.
    #[must_use]
    pub fn repetition(&self, at: &Address, expr: &'a Expr) -> Link {
        let nothing = Value::null(Type::Dynamic);
        let key = match &at.key {
            InstanceKey::Str(key) => Value::string(key.clone()),
            _ => nothing.clone(),
        };
        let look = Look::new(&nothing, &key);
        let frame = Frame {
            module: at.module.clone(),
            each: None,
        };
        let name = match at.key {
            InstanceKey::Int(_) => "count",
            _ => "for_each",
        };
        self.expr(name, expr, &frame, &look, 0)
    }

    /// Whether every instance of a resource is made by the plan.
    #[must_use]
    pub fn all_new(&self, at: &Address) -> bool {
        let place = (at.module.clone(), at.resource.clone());
        let all = self.changes.get(&place);
        all.is_some_and(|all| all.iter().all(|c| c.action == Action::Create))
    }

    fn frame_of(&self, at: &Address) -> Frame<'a> {
        let module = self.config.module(&at.module.path());
        let written = module.and_then(|m| m.resources.get(&at.resource));
        Frame {
            module: at.module.clone(),
            each: written
                .and_then(|w| w.meta.repetition.expr())
                .map(|e| (e, at.key.clone())),
        }
    }

    /// What is written itself has changed where nothing that it refers to has, unless the provider adds to it.
    fn top(&self, mut link: Link, after: &Value) -> Link {
        if link.from.is_empty() {
            link.bearing = Bearing::Changes;
        } else if link.from.iter().all(|l| l.bearing == Bearing::Stays) {
            link.bearing = Bearing::Likely;
            let told = match after.is_wholly_known() {
                true => "what is written here has changed",
                false => "what the provider adds to it is known only after apply",
            };
            link.told = Some(told.into());
        }
        link
    }

    fn part(&self, frame: &Frame<'a>, part: &Part<'a>, look: &Look<'_>, depth: usize) -> Link {
        match part.written {
            Written::Expr(expr) => self.expr(&part.name, expr, frame, look, depth),
            Written::Body(body) => {
                let from = self.links(body.references(), frame, look, depth);
                Link {
                    name: part.name.clone(),
                    told: None,
                    expression: None,
                    span: Some(self.config.sources.span(body.span)),
                    bearing: gravest(&from),
                    object: None,
                    from,
                }
            }
        }
    }

    fn expr(
        &self,
        name: &str,
        expr: &'a Expr,
        frame: &Frame<'a>,
        look: &Look<'_>,
        depth: usize,
    ) -> Link {
        let expr = expr.without_parens();
        let from = self.links(expr.references(), frame, look, depth);
        let bearing = match &expr.kind {
            ExprKind::Literal(value) => look.judge(value),
            _ => gravest(&from),
        };
        Link {
            name: name.to_owned(),
            told: None,
            expression: Some(self.text(expr)),
            span: Some(self.config.sources.span(expr.span)),
            bearing,
            object: None,
            from,
        }
    }

    fn links(
        &self,
        references: Vec<&'a Traversal>,
        frame: &Frame<'a>,
        look: &Look<'_>,
        depth: usize,
    ) -> Vec<Link> {
        let mut found: Vec<Link> = Vec::new();
        if depth >= DEEPEST {
            return found;
        }
        let mut names = BTreeSet::new();
        for t in references {
            let name = self.config.sources.snippet(t.span);
            if !names.insert(name.clone()) || !look.take() {
                continue;
            }
            found.extend(self.follow(&name, t, frame, look, depth + 1));
        }
        // The gravest first; of equal ones the order written stays.
        found.sort_by_key(|l| l.bearing);
        found
    }

    fn follow(
        &self,
        name: &str,
        t: &'a Traversal,
        frame: &Frame<'a>,
        look: &Look<'_>,
        depth: usize,
    ) -> Option<Link> {
        let reference = parse(t, &self.config.sources).ok()?;
        let steps = &t.steps[reference.consumed.min(t.steps.len())..];
        let here = self.config.module(&frame.module.path())?;
        let object = format!("{} {name}", frame.module);
        let first = look.seen.borrow_mut().insert(object);
        let leaf = |told: Option<&str>, span: SrcSpan, bearing| Link {
            name: name.to_owned(),
            told: told.map(str::to_owned),
            expression: None,
            span: Some(self.config.sources.span(span)),
            bearing,
            object: None,
            from: Vec::new(),
        };
        if !first {
            return Some(leaf(Some("as above"), t.span, Bearing::Possible));
        }
        match &reference.subject {
            Subject::Local(local) => {
                let local = here.locals.get(local)?;
                let expr = select(&local.expr, steps);
                Some(self.expr(
                    name,
                    expr,
                    &Frame {
                        each: None,
                        ..frame.clone()
                    },
                    look,
                    depth,
                ))
            }
            Subject::Variable(variable) => match frame.module.parent() {
                None => {
                    let declared = here.variables.get(variable)?;
                    let value = self.plan.variables.get(variable);
                    let path = path_of(steps);
                    let part = value.and_then(|v| path.get(v));
                    let judged = part.map_or(Bearing::Possible, |v| look.judge(v));
                    let (bearing, more) = self.earlier.bearing(variable, &path, part, judged);
                    let default = declared.default.as_ref();
                    let is_default = match default.map(|d| &d.without_parens().kind) {
                        Some(ExprKind::Literal(d)) => value.is_some_and(|v| v.same(d)),
                        _ => false,
                    };
                    let told = match is_default {
                        true => "an input, by its default",
                        false => "an input",
                    };
                    let more = more.map_or_else(String::new, |more| format!(", {more}"));
                    Some(leaf(
                        Some(&(told.to_owned() + &more)),
                        declared.span,
                        bearing,
                    ))
                }
                Some((parent, call, key)) => {
                    let caller = self.config.module(&parent.path())?;
                    let call = caller.calls.get(&call)?;
                    let outer = Frame {
                        module: parent,
                        each: call.repetition.expr().map(|e| (e, key)),
                    };
                    match call.inputs.attribute(variable) {
                        Some(input) => {
                            Some(self.expr(name, select(&input.expr, steps), &outer, look, depth))
                        }
                        None => {
                            let declared = here.variables.get(variable)?;
                            let default = declared.default.as_ref()?;
                            let mut link =
                                self.expr(name, select(default, steps), &outer, look, depth);
                            link.told = Some("by its default".into());
                            Some(link)
                        }
                    }
                }
            },
            Subject::Module(module, key, Some(output)) => {
                let child = frame.module.child(module, key.clone());
                let output = self.config.module(&child.path())?.outputs.get(output)?;
                let inner = Frame {
                    module: child,
                    each: None,
                };
                Some(self.expr(name, select(&output.expr, steps), &inner, look, depth))
            }
            Subject::Each(_) => {
                let (expr, key) = frame.each.as_ref()?;
                let chosen = match key {
                    InstanceKey::Str(key) => item(expr, key).map(|e| select(e, steps)),
                    _ => None,
                };
                let outer = Frame {
                    each: None,
                    ..frame.clone()
                };
                Some(self.expr(name, chosen.unwrap_or(expr), &outer, look, depth))
            }
            Subject::CountIndex => Some(leaf(None, t.span, Bearing::Stays)),
            Subject::Path(_) | Subject::Terraform(_) => Some(leaf(None, t.span, Bearing::Possible)),
            Subject::Resource(resource) => {
                self.resource(name, (t, reference.consumed), resource, frame, look, depth)
            }
            Subject::Module(..) | Subject::This => Some(leaf(None, t.span, Bearing::Possible)),
        }
    }

    fn resource(
        &self,
        name: &str,
        (t, consumed): (&'a Traversal, usize),
        resource: &Resource,
        frame: &Frame<'a>,
        look: &Look<'_>,
        depth: usize,
    ) -> Option<Link> {
        let (instance, path) = rest(t, consumed);
        let place = (frame.module.clone(), resource.clone());
        let written = self
            .config
            .module(&frame.module.path())?
            .resources
            .get(resource);
        let mut link = Link {
            name: name.to_owned(),
            told: None,
            expression: None,
            span: written.map(|w| self.config.sources.span(w.type_span)),
            bearing: Bearing::Stays,
            object: None,
            from: Vec::new(),
        };
        let all = self.changes.get(&place).map_or(&[][..], Vec::as_slice);
        let exact = all.iter().position(|c| c.address.key == instance);
        let found = match exact {
            Some(i) => changes_at(all[i], &path).then_some(i),
            None => self.first_changed(&place, &path, all),
        };
        let Some(change) = found.map(|i| all[i]) else {
            let value = exact.and_then(|i| path.get(&all[i].after));
            if let (Mode::Data, Some(value)) = (resource.mode, value) {
                link.bearing = look.judge(value);
                link.told = Some("read from outside".into());
            }
            return Some(link);
        };
        link.bearing = Bearing::Changes;
        link.object = Some(key(change));
        let because = match change.reason {
            Some(Reason::Requested) => ", as -replace asks",
            Some(Reason::Tainted) => ", because it is tainted",
            _ => "",
        };
        link.told = Some(format!("{}{because}", happens(change.action)));
        // Its own cause: the same attribute where it is configured, else what forces its replacement.
        let inner = self.frame_of(&change.address);
        if let Some(written) = written
            && matches!(
                change.action,
                Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete
            )
        {
            let wanted = path.first_attribute();
            let own = parts(&written.body, &change.before, &change.after);
            let configured = own.iter().any(|p| p.path.first_attribute() == wanted);
            for part in own {
                let forces = || {
                    change
                        .details
                        .replace_paths
                        .iter()
                        .any(|p| super::narrow::covers(p, &part.path))
                };
                let bears = match configured {
                    true => part.path.first_attribute() == wanted,
                    false => !change.action.is_replace() || forces(),
                };
                if bears && look.take() && depth < DEEPEST {
                    let inner_look = Look {
                        before: &part.before,
                        after: &part.after,
                        left: Cell::new(look.left.get()),
                        seen: RefCell::new(look.seen.borrow().clone()),
                    };
                    let named = Part {
                        name: format!("{}.{}", key(change), part.name),
                        ..part.clone()
                    };
                    let own = self.part(&inner, &named, &inner_look, depth + 1);
                    link.from.push(self.top(own, &part.after));
                    look.left.set(inner_look.left.get());
                }
            }
        }
        Some(link)
    }

    /// The first instance of a resource of which something at `path` changes; looked for once.
    fn first_changed(&self, place: &Place, path: &Path, all: &[&ResourceChange]) -> Option<usize> {
        let attribute: Name = path.first_attribute().unwrap_or("").into();
        let key = (place.clone(), attribute.clone());
        if let Some(found) = self.first_changed.borrow().get(&key) {
            return *found;
        }
        let whole = match attribute.is_empty() {
            true => Path(Vec::new()),
            false => Path::attribute(attribute),
        };
        let found = all.iter().position(|c| changes_at(c, &whole));
        self.first_changed.borrow_mut().insert(key, found);
        found
    }

    /// An expression as one line.
    fn text(&self, expr: &Expr) -> String {
        let text = self.config.sources.snippet(expr.span);
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        match text.char_indices().nth(LONGEST) {
            None => text,
            Some((at, _)) => format!("{}…", &text[..at]),
        }
    }
}

/// The gravest bearing of links; what refers to nothing may be anything.
fn gravest(links: &[Link]) -> Bearing {
    links
        .iter()
        .map(|l| l.bearing)
        .min()
        .unwrap_or(Bearing::Possible)
}

fn changes_at(change: &ResourceChange, path: &Path) -> bool {
    if change.action == Action::NoOp {
        return false;
    }
    match (path.get(&change.before), path.get(&change.after)) {
        (Some(before), Some(after)) => !before.same(after) || !after.is_wholly_known(),
        (None, None) => change.action != Action::Update,
        _ => true,
    }
}

fn happens(action: Action) -> &'static str {
    match action {
        Action::Create => "is created",
        Action::Read => "is read during apply",
        Action::Update => "is changed",
        Action::DeleteThenCreate | Action::CreateThenDelete => "is replaced",
        Action::Delete => "is destroyed",
        Action::Forget => "is forgotten",
        Action::NoOp => "stays",
    }
}

/// The field that steps name, as far as objects and lists are written out.
fn select<'e>(expr: &'e Expr, steps: &[AstStep]) -> &'e Expr {
    let expr = expr.without_parens();
    let Some((step, rest)) = steps.split_first() else {
        return expr;
    };
    let chosen = match &step.kind {
        StepKind::Attr(name) => item(expr, name),
        StepKind::Index(value) => match (&expr.kind, value.as_str(), value.as_number()) {
            (_, Some(key), _) => item(expr, key),
            (ExprKind::Tuple(items), None, Some(n)) => n.to_usize().and_then(|n| items.get(n)),
            _ => None,
        },
    };
    chosen.map_or(expr, |chosen| select(chosen, rest))
}

/// The field of an object that is written out.
fn item<'e>(expr: &'e Expr, key: &str) -> Option<&'e Expr> {
    let ExprKind::Object(items) = &expr.without_parens().kind else {
        return None;
    };
    let found = items.iter().find(|i| item_key(i).is_some_and(|k| k == key));
    found.map(|i| &i.value)
}

fn path_of(steps: &[AstStep]) -> Path {
    let steps = steps.iter().map_while(|step| match &step.kind {
        StepKind::Attr(name) => Some(Step::Attribute(name.clone())),
        StepKind::Index(value) => match (value.as_str(), value.as_number()) {
            (Some(text), _) => Some(Step::Key(text.into())),
            (None, Some(n)) => n.to_usize().map(Step::Index),
            (None, None) => None,
        },
    });
    Path(steps.collect())
}
