//! The tree of modules with the providers that each requires, as `providers` prints it.

/// A module with what it requires.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequiredBy {
    /// Source addresses with the versions asked for, sorted.
    pub providers: Vec<(String, Option<String>)>,
    /// The modules that it calls, by the name of the call, sorted.
    pub modules: Vec<(String, RequiredBy)>,
}

/// The tree, and the providers that the state needs beside.
#[must_use]
pub fn render_required(root: &RequiredBy, by_state: &[String]) -> String {
    let mut out = "\nProviders required by configuration:\n.\n".to_owned();
    branch(root, "", &mut out);
    out.push('\n');
    if !by_state.is_empty() {
        out.push_str("Providers required by state:\n\n");
        for source in by_state {
            out.push_str(&format!("    provider[{source}]\n\n"));
        }
    }
    out
}

fn branch(module: &RequiredBy, indent: &str, out: &mut String) {
    let last = module.providers.len() + module.modules.len();
    let signs = |n: usize| match n == last {
        true => ("└── ", "    "),
        false => ("├── ", "│   "),
    };
    for (i, (source, version)) in module.providers.iter().enumerate() {
        let version = version
            .as_ref()
            .map_or_else(String::new, |v| format!(" {v}"));
        out.push_str(&format!(
            "{indent}{}provider[{source}]{version}\n",
            signs(i + 1).0
        ));
    }
    for (i, (name, child)) in module.modules.iter().enumerate() {
        let (sign, below) = signs(module.providers.len() + i + 1);
        out.push_str(&format!("{indent}{sign}module.{name}\n"));
        branch(child, &format!("{indent}{below}"), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_hang_below_providers() {
        let provider = |v: Option<&str>| ("a/b".to_owned(), v.map(str::to_owned));
        let leaf = RequiredBy {
            providers: vec![provider(Some("~> 3.0"))],
            modules: Vec::new(),
        };
        let root = RequiredBy {
            providers: vec![provider(None)],
            modules: vec![("m".into(), leaf.clone()), ("n".into(), leaf)],
        };
        assert_eq!(
            render_required(&root, &["a/b".into()]),
            "\nProviders required by configuration:\n.\n├── provider[a/b]\n├── module.m\n│   └── provider[a/b] ~> 3.0\n\
             └── module.n\n    └── provider[a/b] ~> 3.0\n\nProviders required by state:\n\n    provider[a/b]\n\n"
        );
    }
}
