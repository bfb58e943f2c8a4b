//! Functions over IP networks in CIDR notation.
//!
//! Addresses are numbers of 32 or 128 bits here. As in Terraform, the parts of an IPv4 address may
//! have leading zeros.

use std::net::{Ipv4Addr, Ipv6Addr};

use dashu_int::IBig;
use trunkline_api::{Type, Value};

use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, text, whole};

const PREFIX: Param = Param::new("prefix", Shape::String, "A network in CIDR notation.");

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrhost",
        "Gives the address of a host in a network, by its number.",
        &[
            PREFIX,
            Param::new(
                "hostnum",
                Shape::Number,
                "The host's number; negative from the end.",
            ),
        ],
        Returns::Always(Shape::String),
        host,
    ),
    Function::new(
        "cidrnetmask",
        "Gives the netmask of an IPv4 network.",
        &[PREFIX],
        Returns::Always(Shape::String),
        |args, _, _| {
            let network = parse(text(args, 0))?;
            let shown = text(args, 0);
            // An IPv4 address in the clothes of an IPv6 one has a netmask.
            if network.width != 32 && !is_mapped(shown) {
                return Err(format!("IPv6 addresses cannot have a netmask: {shown}").into());
            }
            Ok(Value::string(address(network.mask(), network.width)))
        },
    ),
    Function::new(
        "cidrsubnet",
        "Gives a part of a network, by its number.",
        &[
            PREFIX,
            Param::new(
                "newbits",
                Shape::Number,
                "How many bits longer the prefix gets.",
            ),
            Param::new("netnum", Shape::Number, "The number that these bits hold."),
        ],
        Returns::Always(Shape::String),
        subnet,
    ),
    Function::new(
        "cidrsubnets",
        "Gives parts of a network that follow each other.",
        &[PREFIX],
        Returns::Always(Shape::Strings),
        subnets,
    )
    .variadic(Param::new(
        "newbits",
        Shape::Number,
        "How many bits longer each prefix gets.",
    )),
];

/// Whether an address stands for one of IPv4, as `::ffff:10.0.0.1` does.
fn is_mapped(cidr: &str) -> bool {
    let address = cidr
        .split_once('/')
        .and_then(|(address, _)| address.parse::<Ipv6Addr>().ok());
    address.is_some_and(|v6| v6.to_ipv4_mapped().is_some())
}

/// A network; the bits of the address beyond the prefix are zero.
#[derive(Clone, Copy)]
struct Network {
    bits: u128,
    length: u32,
    /// 32 or 128.
    width: u32,
}

impl Network {
    fn mask(self) -> u128 {
        high_bits(self.length, self.width)
    }

    fn host_bits(self) -> u32 {
        self.width - self.length
    }

    /// An IPv4 address in IPv6 form.
    fn is_mapped(self) -> bool {
        self.width == 128 && self.bits >> 32 == 0xffff
    }

    fn text(self) -> String {
        if self.is_mapped() && self.length >= 96 {
            return format!("{}/{}", address(self.bits, 32), self.length - 96);
        }
        format!("{}/{}", address(self.bits, self.width), self.length)
    }
}

fn all_ones(width: u32) -> u128 {
    if width == 0 {
        0
    } else {
        u128::MAX >> (128 - width.min(128))
    }
}

fn high_bits(length: u32, width: u32) -> u128 {
    all_ones(width) & !all_ones(width - length.min(width))
}

fn address(bits: u128, width: u32) -> String {
    if width == 32 {
        return Ipv4Addr::from((bits & 0xffff_ffff) as u32).to_string();
    }
    Ipv6Addr::from(bits).to_string()
}

fn parse(prefix: &str) -> Result<Network, Failure> {
    read(prefix).ok_or_else(|| {
        Failure::Call(format!(
            "invalid CIDR expression: invalid CIDR address: {prefix}"
        ))
    })
}

fn read(prefix: &str) -> Option<Network> {
    let (ip, length) = prefix.split_once('/')?;
    if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: u32 = length.parse().ok()?;
    let (bits, width) = match ipv4(ip) {
        Some(v4) => (u128::from(v4), 32),
        None => (u128::from(ip.parse::<Ipv6Addr>().ok()?), 128),
    };
    if length > width {
        return None;
    }
    Some(Network {
        bits: bits & high_bits(length, width),
        length,
        width,
    })
}

fn ipv4(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4 {
        return None;
    }
    parts.iter().try_fold(0u32, |bits, part| {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let octet: u32 = part.parse().ok().filter(|n| *n < 256)?;
        Some(bits << 8 | octet)
    })
}

fn integer(args: &[Value], index: usize) -> Result<IBig, Failure> {
    args.get(index)
        .and_then(Value::as_number)
        .and_then(trunkline_api::Number::to_integer)
        .ok_or_else(|| "value must be a whole number".into())
}

fn host(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let number = integer(args, 1)?;
    let network = parse(text(args, 0))?;
    let last = IBig::from(all_ones(network.host_bits()));
    let counted = if number < IBig::ZERO {
        &last + &number + IBig::ONE
    } else {
        number
    };
    if counted < IBig::ZERO || counted > last {
        return Err(format!(
            "prefix of {} does not accommodate a host numbered {counted}",
            network.length
        )
        .into());
    }
    let offset = u128::try_from(&counted).unwrap_or_default();
    if network.is_mapped() {
        // Terraform counts the bits of an IPv4 address here, but from the beginning of 128.
        return Ok(Value::string(mapped_text(network.bits | offset << 96)));
    }
    Ok(Value::string(address(network.bits | offset, network.width)))
}

/// An IPv6 address with the IPv4 part in hexadecimal too.
fn mapped_text(bits: u128) -> String {
    if bits >> 32 == 0xffff {
        return address(bits, 32);
    }
    Ipv6Addr::from(bits).to_string()
}

fn subnet(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let more = whole(args, 1)?;
    let number = integer(args, 2)?;
    let network = parse(text(args, 0))?;
    let length = i64::from(network.length).saturating_add(more);
    if length > i64::from(network.width) {
        return Err(format!(
            "insufficient address space to extend prefix of {} by {more}",
            network.length
        )
        .into());
    }
    let Ok(length) = u32::try_from(length) else {
        return Err(format!(
            "cannot shorten prefix of {} by {}",
            network.length,
            more.unsigned_abs()
        )
        .into());
    };
    let magnitude = if number < IBig::ZERO {
        -number.clone()
    } else {
        number.clone()
    };
    if let Ok(more) = u32::try_from(more)
        && magnitude > IBig::from(all_ones(more))
    {
        return Err(format!(
            "prefix extension of {more} does not accommodate a subnet numbered {number}"
        )
        .into());
    }
    // A negative number fills the bits before it too, of which the magnitude is then taken.
    let placed = number << (network.width - length) as usize;
    let joined = IBig::from(network.bits) | placed;
    let joined = if joined < IBig::ZERO { -joined } else { joined };
    let bits =
        u128::try_from(&joined).map_err(|_| "the subnet is outside of all addresses".to_owned())?;
    let made = Network {
        bits,
        length,
        width: network.width,
    };
    Ok(Value::string(made.text()))
}

fn subnets(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let network = read(text(args, 0)).ok_or_else(|| {
        Failure::Argument(
            0,
            format!(
                "invalid CIDR expression: invalid CIDR address: {}",
                text(args, 0)
            ),
        )
    })?;
    let version = if network.width == 32 { "IPv4" } else { "IPv6" };
    let end = network.bits | all_ones(network.host_bits());
    // Terraform begins with what is before the network; before the first address there is nothing.
    let mut next = Some(network.bits).filter(|n| *n != 0 && !network.is_mapped());
    let mut before = None;
    let mut out = Vec::new();
    for index in 1..args.len() {
        let wrong = |message: String| Failure::Argument(index, message);
        let more = whole(args, index).map_err(wrong)?;
        if more < 1 {
            return Err(wrong("must extend prefix by at least one bit".into()));
        }
        // As many bits as Terraform itself can count.
        let more = u32::try_from(more)
            .ok()
            .filter(|n| *n <= 32)
            .ok_or_else(|| wrong("may not extend prefix by more than 32 bits".into()))?;
        let length = network.length + more;
        if length > network.width {
            return Err(wrong(format!(
                "would extend prefix to {length} bits, which is too long for an {version} address"
            )));
        }
        let size = all_ones(network.width - length);
        // The next place that is a whole multiple of the size.
        let start = next.and_then(|n| {
            let up = n.checked_add(size)? & !size;
            (up <= end).then_some(up)
        });
        let Some(start) = start else {
            let before = before.unwrap_or_else(|| {
                let last = Network {
                    bits: all_ones(network.width) & !size,
                    length,
                    width: network.width,
                };
                last.text()
            });
            return Err(wrong(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits after {before}"
            )));
        };
        let made = Network {
            bits: start,
            length,
            width: network.width,
        };
        let shown = made.text();
        out.push(Value::string(shown.clone()));
        before = Some(shown);
        next = (start | size).checked_add(1);
    }
    Ok(Value::list(Type::String, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(f: fn(&[Value], &Type, &FunctionContext) -> Outcome, args: &[Value]) -> Outcome {
        let files = std::sync::Arc::new(super::super::DiskFiles::new());
        f(
            args,
            &Type::String,
            &FunctionContext::new(".".into(), files),
        )
    }

    #[test]
    fn hosts_and_subnets() {
        let s = |v: Outcome| match v {
            Ok(v) => v.as_str().unwrap_or_default().to_owned(),
            Err(Failure::Argument(_, m) | Failure::Call(m)) => m,
        };
        let n = |n: i64| Value::number(n);
        assert_eq!(
            s(call(host, &["10.0.0.0/8".into(), n(-1)])),
            "10.255.255.255"
        );
        assert_eq!(s(call(host, &["fd00::/64".into(), n(5)])), "fd00::5");
        assert_eq!(
            s(call(host, &["10.0.0.0/24".into(), n(-257)])),
            "prefix of 24 does not accommodate a host numbered -1"
        );
        assert_eq!(
            s(call(subnet, &["fd00::/48".into(), n(16), n(162)])),
            "fd00:0:0:a2::/64"
        );
        assert_eq!(
            s(call(subnet, &["10.0.0.0/30".into(), n(4), n(0)])),
            "insufficient address space to extend prefix of 30 by 4"
        );
        let made = call(subnets, &["10.1.0.0/16".into(), n(4), n(4), n(8), n(4)]);
        assert_eq!(
            format!("{:?}", made.unwrap()),
            r#"["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]"#
        );
    }
}
