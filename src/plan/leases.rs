//! Ephemeral resources that are open: kept valid while something may use them, then closed.
//!
//! It opens, renews and closes, and knows when the last use has ended. When one is opened and with what is the walk's
//! to say; values are handed on and never kept here.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot;
use trunkline_api::coerce::apply_sensitive_marks;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{CloseRequest, OpenRequest, OpenResponse, RenewRequest};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Marks, Provider, Schema, Type, Value};

use super::instance::{marks_of, unread};
use super::prior::mark_paths;
use crate::address::{Address, Mode};
use crate::event::{EphemeralStep, Event, Listener};
use crate::graph::config_graph::Node;
use crate::graph::dag::{Dag, Index};
use crate::lookup::Lookup;

/// A provider that wants to be asked again at once is not asked all the time.
const SHORTEST: Duration = Duration::from_millis(100);

/// What a node does with the ephemeral values that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is an ephemeral resource.
    Ephemeral,
    /// It hands them on to what depends on it.
    Passes,
    /// It uses them and hands nothing on: they are not stored.
    Ends,
}

/// What a node of the configuration does with ephemeral values.
#[must_use]
pub fn role(node: &Node) -> Role {
    match node {
        Node::Resource(address) if address.resource.mode == Mode::Ephemeral => Role::Ephemeral,
        Node::Resource(_) | Node::Check(..) | Node::Checking => Role::Ends,
        Node::Variable(..)
        | Node::Local(..)
        | Node::Output(..)
        | Node::Call(..)
        | Node::Provider(..) => Role::Passes,
    }
}

/// What opening gave.
pub struct Opened {
    /// The values, with their marks; null where it failed.
    pub value: Value,
    /// Problems.
    pub diagnostics: Diagnostics,
    /// What is to be closed, where it is open.
    lease: Option<Lease>,
}

/// One that is open.
struct Lease {
    address: Address,
    provider: Arc<dyn Provider>,
    private: Arc<[u8]>,
    renew_after: Option<Duration>,
    listener: Arc<dyn Listener>,
}

/// The value of an ephemeral resource that cannot be opened yet.
#[must_use]
pub fn deferred(schema: &Schema, config: &Value) -> Value {
    unread(&schema.block, config).with_marks(Marks::EPHEMERAL)
}

/// Opens an ephemeral resource whose configuration is wholly known.
pub async fn open(
    address: Address,
    provider: Arc<dyn Provider>,
    schema: Arc<Schema>,
    config: Value,
    listener: Arc<dyn Listener>,
) -> Opened {
    let marks = marks_of(&config);
    let request = OpenRequest {
        type_name: address.resource.type_name.clone(),
        config: config.unmark_deep().0,
    };
    let told = tell(&address, EphemeralStep::Open, &listener);
    let response = provider.open_ephemeral(request).await;
    let OpenResponse {
        result,
        private,
        renew_after,
        mut diagnostics,
    } = response;
    if has_errors(&diagnostics) {
        return Opened {
            value: Value::null(Type::Dynamic),
            diagnostics: about(diagnostics, &address),
            lease: None,
        };
    }
    told();
    if result.is_null() || !result.is_wholly_known() {
        diagnostics.push(Diagnostic::error(
            "Provider produced invalid ephemeral resource instance",
            format!("The provider opened {address}, but what it returned has values that are missing or not known. This is a bug in the provider, which should be reported in the provider's own issue tracker."),
        ));
    }
    let value = mark_paths(&apply_sensitive_marks(&result, &schema.block), &marks);
    Opened {
        value: value.with_marks(Marks::EPHEMERAL),
        diagnostics: about(diagnostics, &address),
        lease: Some(Lease {
            address,
            provider,
            private,
            renew_after,
            listener,
        }),
    }
}

/// Tells that a step begins; what it gives tells that it has ended well.
fn tell(
    address: &Address,
    step: EphemeralStep,
    listener: &Arc<dyn Listener>,
) -> impl FnOnce() + Send + use<> {
    let event = move |address, elapsed| Event::Ephemeral {
        address,
        step,
        elapsed,
    };
    listener.event(event(address.clone(), None));
    let (began, address, listener) = (Instant::now(), address.clone(), listener.clone());
    move || listener.event(event(address, Some(began.elapsed())))
}

fn about(mut diagnostics: Diagnostics, address: &Address) -> Diagnostics {
    for d in &mut diagnostics {
        d.address.get_or_insert_with(|| address.to_string());
    }
    diagnostics
}

impl Lease {
    /// Keeps it valid until it is released, and closes it.
    async fn hold(mut self, mut release: oneshot::Receiver<()>) -> (Address, Diagnostics) {
        let mut problems = Vec::new();
        let mut released = false;
        // Without a timer (the engine runs as a library, outside of the runtime that has one) nothing is renewed.
        while let Some(after) = self.renew_after.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            let due = std::pin::pin!(tokio::time::sleep(after.max(SHORTEST)));
            match select(&mut release, due).await {
                Either::Left(_) => {
                    released = true;
                    break;
                }
                Either::Right(_) => problems.extend(self.renew().await),
            }
        }
        if !released {
            // An error means that nobody can release it any more, which comes to the same.
            drop(release.await);
        }
        let told = tell(&self.address, EphemeralStep::Close, &self.listener);
        let request = CloseRequest {
            type_name: self.address.resource.type_name.clone(),
            private: self.private.clone(),
        };
        let closed = self.provider.close_ephemeral(request).await;
        if !has_errors(&closed) {
            told();
        }
        problems.extend(about(closed, &self.address));
        (self.address, problems)
    }

    async fn renew(&mut self) -> Diagnostics {
        let told = tell(&self.address, EphemeralStep::Renew, &self.listener);
        let request = RenewRequest {
            type_name: self.address.resource.type_name.clone(),
            private: self.private.clone(),
        };
        let response = self.provider.renew_ephemeral(request).await;
        if !has_errors(&response.diagnostics) {
            told();
            self.private = response.private;
            self.renew_after = response.renew_after;
        }
        about(response.diagnostics, &self.address)
    }
}

type Held = BoxFuture<'static, (Index, (Address, Diagnostics))>;

/// The ephemeral resources of a walk over a graph.
#[derive(Default)]
pub struct Leases {
    /// Per node, the ephemeral resources whose values may come to it.
    uses: Lookup<Index, Vec<Index>>,
    /// Per ephemeral resource, how many uses are still to end, its own opening included.
    left: Lookup<Index, usize>,
    /// Those that are open and not released, in the order of opening.
    open: Vec<(Index, oneshot::Sender<()>)>,
    /// Per ephemeral resource, how many instances are not closed.
    unclosed: Lookup<Index, usize>,
    /// How many are being closed.
    closing: usize,
    held: FuturesUnordered<Held>,
    /// What closing and renewing told.
    problems: Vec<(Address, Diagnostics)>,
}

impl Leases {
    /// None open yet. One is in use until all that its values may come to has ended.
    #[must_use]
    pub fn new<N>(dag: &Dag<N>, role: impl Fn(&N) -> Role) -> Leases {
        let mut leases = Leases::default();
        let is_ephemeral = |i: &Index| role(dag.node(*i)) == Role::Ephemeral;
        for ephemeral in dag.indices().filter(is_ephemeral) {
            let mut seen = std::collections::BTreeSet::new();
            let mut stack = dag.dependents(ephemeral);
            while let Some(index) = stack.pop() {
                if seen.insert(index) && role(dag.node(index)) != Role::Ends {
                    stack.extend(dag.dependents(index));
                }
            }
            leases.left.insert(ephemeral, seen.len() + 1);
            for user in seen {
                leases.uses.entry(user).or_default().push(ephemeral);
            }
        }
        leases
    }

    /// Whether values of ephemeral resources may come to a node.
    #[must_use]
    pub fn come_to(&self, index: Index) -> bool {
        self.uses.contains_key(&index)
    }

    /// Keeps what was opened until the last use of its node has ended.
    pub fn keep(&mut self, index: Index, opened: &mut Opened) {
        let Some(lease) = opened.lease.take() else {
            return;
        };
        let (sender, receiver) = oneshot::channel();
        self.open.push((index, sender));
        *self.unclosed.entry(index).or_default() += 1;
        let held = lease.hold(receiver);
        self.held.push(Box::pin(async move { (index, held.await) }));
    }

    /// Says that a node has ended, or will not be come to.
    pub fn ended(&mut self, index: Index) {
        // An ephemeral resource uses others until it is closed.
        match self.left.contains_key(&index) {
            true => self.less(vec![index]),
            false => self.less(self.uses.get(&index).cloned().unwrap_or_default()),
        }
    }

    /// One use less of each.
    fn less(&mut self, mut used: Vec<Index>) {
        while let Some(index) = used.pop() {
            let Some(left) = self.left.get_mut(&index) else {
                continue;
            };
            *left = left.saturating_sub(1);
            if *left > 0 {
                continue;
            }
            if self.unclosed.contains_key(&index) {
                self.release(index);
            } else {
                used.extend(self.uses.get(&index).into_iter().flatten());
            }
        }
    }

    fn release(&mut self, index: Index) {
        for (at, sender) in std::mem::take(&mut self.open) {
            if at != index {
                self.open.push((at, sender));
                continue;
            }
            self.closing += 1;
            // Who holds it waits for this.
            let _ = sender.send(());
        }
    }

    fn closed(&mut self, index: Index, problems: (Address, Diagnostics)) {
        self.closing -= 1;
        self.problems.push(problems);
        let Some(unclosed) = self.unclosed.get_mut(&index) else {
            return;
        };
        *unclosed -= 1;
        if *unclosed == 0 {
            self.unclosed.remove(&index);
            self.less(self.uses.get(&index).cloned().unwrap_or_default());
        }
    }

    /// Awaits `step` while those that are open are renewed and closed.
    pub async fn meanwhile<T>(&mut self, step: impl Future<Output = T>) -> T {
        let mut step = std::pin::pin!(step);
        std::future::poll_fn(|context| {
            while let Poll::Ready(Some((index, problems))) = self.held.poll_next_unpin(context) {
                self.closed(index, problems);
            }
            step.as_mut().poll(context)
        })
        .await
    }

    /// Closes all that is still open, the last opened first, and gives what closing and renewing told.
    pub async fn end(&mut self) -> Vec<(Address, Diagnostics)> {
        loop {
            if self.closing == 0 {
                let Some((last, _)) = self.open.last() else {
                    break;
                };
                self.release(*last);
            }
            let Some((index, problems)) = self.held.next().await else {
                break;
            };
            self.closed(index, problems);
        }
        std::mem::take(&mut self.problems)
    }
}
