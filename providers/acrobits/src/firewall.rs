//! `data.acrobits_firewall_snippet`: rules for a firewall from a list of addresses that the user supplies.
//!
//! The vendor's page with its addresses is not published here, so nothing is looked up [assumed].

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Schema, Step, Type, Value,
};

use crate::client::Client;

/// The data source.
pub(crate) struct FirewallSnippet;

/// What snippets there are.
const FORMATS: [&str; 4] = ["nftables", "iptables", "ufw", "plain"];

/// The network of an address or CIDR, or what is wrong with it.
fn network(text: &str) -> Result<IpNet, String> {
    let parsed = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let net = parsed.map_err(|_| {
        format!("{text:?} is neither an address nor a network such as 192.0.2.0/24.")
    })?;
    if net.trunc() != net {
        return Err(format!(
            "{text:?} has bits set beyond its prefix. Write {:?}.",
            net.trunc().to_string()
        ));
    }
    if net.prefix_len() == 0 {
        return Err(format!("{text:?} is everybody."));
    }
    Ok(net)
}

/// The networks of both families, each once, those within others left out, sorted.
fn networks(texts: &[String]) -> Result<(Vec<Ipv4Net>, Vec<Ipv6Net>), String> {
    let all: Result<BTreeSet<IpNet>, String> = texts.iter().map(|t| network(t)).collect();
    let (mut four, mut six) = (Vec::new(), Vec::new());
    for net in all? {
        match net {
            IpNet::V4(net) => four.push(net),
            IpNet::V6(net) => six.push(net),
        }
    }
    Ok((Ipv4Net::aggregate(&four), Ipv6Net::aggregate(&six)))
}

fn ports(config: &Value) -> Vec<i64> {
    let given = attrs::items(config, "ports").iter();
    let given: Vec<i64> = given.filter_map(|p| p.as_number()?.to_i64()).collect();
    if given.is_empty() { vec![443] } else { given }
}

/// The snippet in a format.
fn snippet(format: &str, name: &str, ports: &[i64], four: &[Ipv4Net], six: &[Ipv6Net]) -> String {
    let list = |items: &[String], separator: &str| items.join(separator);
    let ports: Vec<String> = ports.iter().map(i64::to_string).collect();
    let four: Vec<String> = four.iter().map(Ipv4Net::to_string).collect();
    let six: Vec<String> = six.iter().map(Ipv6Net::to_string).collect();
    let mut out = String::new();
    match format {
        "nftables" => {
            for (family, ty, nets) in [("ip", "ipv4_addr", &four), ("ip6", "ipv6_addr", &six)] {
                if !nets.is_empty() {
                    out.push_str(&format!("# In a table of the family inet; add the rule to the chain of incoming packets.\nset {name}_{family} {{\n  type {ty}\n  flags interval\n  elements = {{ {} }}\n}}\n# rule: {family} saddr @{name}_{family} tcp dport {{ {} }} accept\n", list(nets, ", "), list(&ports, ", ")));
                }
            }
        }
        "iptables" => {
            for (program, nets) in [("iptables", &four), ("ip6tables", &six)] {
                for net in nets {
                    out.push_str(&format!("{program} -A INPUT -p tcp -s {net} -m multiport --dports {} -m comment --comment {name} -j ACCEPT\n", list(&ports, ",")));
                }
            }
        }
        "ufw" => {
            for net in four.iter().chain(&six) {
                out.push_str(&format!(
                    "ufw allow proto tcp from {net} to any port {} comment '{name}'\n",
                    list(&ports, ",")
                ));
            }
        }
        _ => {
            for net in four.iter().chain(&six) {
                out.push_str(&format!("{net}\n"));
            }
        }
    }
    out
}

impl DataSource<Client> for FirewallSnippet {
    fn type_name(&self) -> &'static str {
        "acrobits_firewall_snippet"
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let block = Block::new("Rules for a firewall that let the vendor's addresses in. You supply them, from the vendor's allowlist page.")
            .attribute("addresses", of(Type::list(Type::String), "Addresses and networks in CIDR form.").required())
            .attribute("format", of(Type::String, "nftables (default), iptables, ufw or plain.").optional())
            .attribute("name", of(Type::String, "Name of sets and comments; acrobits by default.").optional())
            .attribute("ports", of(Type::list(Type::Number), "TCP ports; 443 by default.").optional())
            .attribute("ipv4", of(Type::list(Type::String), "The IPv4 networks, merged and sorted.").computed())
            .attribute("ipv6", of(Type::list(Type::String), "The IPv6 networks, merged and sorted.").computed())
            .attribute("snippet", of(Type::String, "The rules.").computed());
        Schema { version: 0, block }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let config = &request.config;
        let mut found = Vec::new();
        let wrong = |text: String, path: Path| Diagnostic::error("Invalid Value", text).on(path);
        for (n, item) in attrs::items(config, "addresses").iter().enumerate() {
            if let Some(Err(why)) = item.as_str().map(network) {
                found.push(wrong(
                    why,
                    Path::attribute("addresses").then(Step::Index(n)),
                ));
            }
        }
        if let Some(format) = attrs::text(config, "format").filter(|f| !FORMATS.contains(f)) {
            let text = format!(
                "`format` is {format:?}, but must be one of {}.",
                FORMATS.join(", ")
            );
            found.push(wrong(text, Path::attribute("format")));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if attrs::text(config, "name").is_some_and(|n| n.is_empty() || !n.chars().all(plain)) {
            let text = "`name` may have letters, digits, `_` and `-` only.".to_owned();
            found.push(wrong(text, Path::attribute("name")));
        }
        let numbers = attrs::items(config, "ports")
            .iter()
            .filter_map(Value::as_number);
        if numbers
            .map(trunkline_api::Number::to_i64)
            .any(|n| !n.is_some_and(|n| (1..=65535).contains(&n)))
        {
            found.push(wrong(
                "A port is a whole number from 1 to 65535.".into(),
                Path::attribute("ports"),
            ));
        }
        found
    }

    fn read<'a>(&'a self, _: &'a Client, config: Value) -> BoxFuture<'a, Outcome> {
        let outcome = match networks(&attrs::texts(&config, "addresses")) {
            Err(why) => Outcome::failed(Diagnostic::error("Invalid Value", why)),
            Ok((four, six)) => {
                let format = attrs::text(&config, "format").unwrap_or("nftables");
                let name = attrs::text(&config, "name").unwrap_or("acrobits");
                let text = snippet(format, name, &ports(&config), &four, &six);
                Outcome::is(Value::object([
                    (
                        "ipv4",
                        attrs::string_list(four.iter().map(Ipv4Net::to_string)),
                    ),
                    (
                        "ipv6",
                        attrs::string_list(six.iter().map(Ipv6Net::to_string)),
                    ),
                    ("snippet", Value::string(text)),
                ]))
            }
        };
        Box::pin(std::future::ready(outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(format: &str, texts: &[&str]) -> String {
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        let (four, six) = networks(&texts).unwrap();
        snippet(format, "acrobits", &[443], &four, &six)
    }

    #[test]
    fn the_order_and_form_of_the_list_do_not_matter() {
        let all = [
            "198.51.100.7",
            "192.0.2.0/24",
            "192.0.2.9/32",
            "2001:db8::/32",
            "198.51.100.7",
        ];
        assert_eq!(
            made("plain", &all),
            "192.0.2.0/24\n198.51.100.7/32\n2001:db8::/32\n"
        );
    }

    #[test]
    fn snippets() {
        assert_eq!(
            made("ufw", &["192.0.2.0/24"]),
            "ufw allow proto tcp from 192.0.2.0/24 to any port 443 comment 'acrobits'\n"
        );
        assert_eq!(
            made("iptables", &["2001:db8::1"]),
            "ip6tables -A INPUT -p tcp -s 2001:db8::1/128 -m multiport --dports 443 -m comment --comment acrobits -j ACCEPT\n"
        );
        assert!(made("nftables", &["192.0.2.0/24"]).contains("elements = { 192.0.2.0/24 }"));
    }

    #[test]
    fn wrong_networks_are_refused() {
        for text in ["192.0.2.1/24", "0.0.0.0/0", "::/0", "x", ""] {
            assert!(network(text).is_err(), "{text}");
        }
    }
}
