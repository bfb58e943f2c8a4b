//! Version constraints, as `required_version` and `required_providers` have them: `>= 1.2, < 2.0`, `~> 1.4`.
//!
//! It knows no configuration.

use std::cmp::Ordering;

/// The version of Terraform that configurations may count on.
pub const TERRAFORM: &str = "1.11.4";

/// Whether a version satisfies every part of a constraint. `None` when the constraint cannot be read.
#[must_use]
pub fn allows(constraint: &str, version: &str) -> Option<bool> {
    let (version, _) = numbers(version)?;
    let mut allowed = true;
    for part in constraint.split(',') {
        let part = part.trim();
        let digits = part.find(|c: char| c.is_ascii_digit() || c == 'v')?;
        let (operator, wanted) = part.split_at(digits);
        let (wanted, given) = numbers(wanted.trim())?;
        let order = version.cmp(&wanted);
        allowed &= match operator.trim() {
            "" | "=" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            "~>" => {
                let fixed = given.saturating_sub(1).max(1);
                order != Ordering::Less && version[..fixed] == wanted[..fixed]
            }
            _ => return None,
        };
    }
    Some(allowed)
}

/// The three numbers of a version, and how many of them were written. What follows a dash or plus does not count.
fn numbers(text: &str) -> Option<([u64; 3], usize)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let plain = text.split(['-', '+']).next().unwrap_or(text);
    let mut found = [0; 3];
    let mut count = 0;
    for part in plain.split('.') {
        *found.get_mut(count)? = part.parse().ok()?;
        count += 1;
    }
    Some((found, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_or_not() {
        let cases = [
            (">= 1.0", Some(true)),
            (">= 99.0", Some(false)),
            ("1.11.4", Some(true)),
            ("= 1.11", Some(false)),
            ("~> 1.11.0", Some(true)),
            ("~> 1.10.0", Some(false)),
            ("~> 1.2", Some(true)),
            ("~> 1", Some(true)),
            ("~> 0.12", Some(false)),
            (">= 1.2, < 2.0", Some(true)),
            (">= 1.2, != 1.11.4", Some(false)),
            ("abc", None),
            ("> ", None),
            ("", None),
            ("1.2.3.4", None),
        ];
        for (constraint, expected) in cases {
            assert_eq!(allows(constraint, TERRAFORM), expected, "{constraint}");
        }
    }
}
