//! The tree of modules with their sources, as `modules` prints it.

/// A module that is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The name of the call.
    pub name: String,
    /// Its source as written.
    pub source: String,
    /// The modules that it calls, by the name of the call, sorted.
    pub modules: Vec<Called>,
}

/// The tree.
#[must_use]
pub fn render_modules(modules: &[Called]) -> String {
    if modules.is_empty() {
        return "No modules found in configuration.\n".into();
    }
    let mut out = "\nModules declared by configuration:\n.\n".to_owned();
    branch(modules, "", &mut out);
    out.push('\n');
    out
}

fn branch(modules: &[Called], indent: &str, out: &mut String) {
    for (i, module) in modules.iter().enumerate() {
        let (sign, below) = match i + 1 == modules.len() {
            true => ("└── ", "    "),
            false => ("├── ", "│   "),
        };
        let (name, source) = (&module.name, &module.source);
        out.push_str(&format!("{indent}{sign}{name:?}[{source}]\n"));
        branch(&module.modules, &format!("{indent}{below}"), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_hang_below_their_callers() {
        let module = |name: &str, modules| Called {
            name: name.into(),
            source: format!("./{name}"),
            modules,
        };
        let modules = [
            module("a", vec![module("c", Vec::new())]),
            module("b", vec![module("d", Vec::new())]),
        ];
        assert_eq!(
            render_modules(&modules),
            "\nModules declared by configuration:\n.\n├── \"a\"[./a]\n│   └── \"c\"[./c]\n└── \"b\"[./b]\n    └── \"d\"[./d]\n\n"
        );
        assert_eq!(render_modules(&[]), "No modules found in configuration.\n");
    }
}
