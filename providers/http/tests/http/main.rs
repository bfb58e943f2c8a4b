//! Requests against a scripted server: what is sent, what is sent again, and what an error says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod errors;
mod resend;
mod sandbox;
mod signed;
mod token;

use std::time::Duration;

use trunkline_api::provider::World;
use trunkline_http::testing::Server;
use trunkline_http::{Endpoint, HttpKit, HttpSettings, RetryPolicy};

/// Waits short enough for a test, as many as by default.
fn quick() -> RetryPolicy {
    RetryPolicy {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        times: 3,
        ..RetryPolicy::default()
    }
}

fn settings(url: &str) -> HttpSettings {
    HttpSettings {
        retry: quick(),
        timeout: Duration::from_millis(300),
        ..HttpSettings::new("toy").endpoint("toy.api", url)
    }
}

fn live(server: &Server) -> (HttpKit, Endpoint) {
    let kit = HttpKit::new(&World::Live, settings(server.url())).unwrap();
    let endpoint = kit.endpoint("toy.api").unwrap();
    (kit, endpoint)
}
