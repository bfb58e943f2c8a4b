//! Dependency graphs in the DOT language, as `graph` prints them. What depends on what is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::graph_objects::Standing;
use super::quote::quote;
use crate::address::{ConfigAddress, ModulePath};

/// The graph of resources: every resource of the configuration and the state, and which resources each depends on
/// (through locals, variables and outputs too). Dependencies that follow from others are left out.
#[must_use]
pub fn render_resources(
    configured: &BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>,
    standing: &Standing,
    command: &str,
) -> String {
    let mut resources: BTreeMap<&ConfigAddress, BTreeSet<&ConfigAddress>> = configured
        .iter()
        .map(|(from, needs)| (from, direct(configured, from, needs).into_iter().collect()))
        .collect();
    let gone: BTreeSet<ConfigAddress> = standing
        .objects
        .iter()
        .map(|o| o.address.config().clone())
        .collect();
    for address in &gone {
        resources.entry(address).or_default();
    }
    let deposed = standing.deposed_pairs();
    for (from, to) in &deposed {
        resources.entry(from).or_default().insert(to);
    }
    let mut out = String::from(
        "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n",
    );
    if resources.is_empty() {
        let hint = format!("For a more detailed graph, try: {command} graph -type=plan");
        let fact = "This configuration does not contain any resources.";
        let width = hint.len();
        let _ = write!(out, "  /* {fact:width$} */\n  /* {hint} */\n");
    }
    let mut module = ModulePath::root();
    let mut pad = "  ";
    for address in resources.keys() {
        if address.module != module {
            close(&mut out, &module);
            module = address.module.clone();
            let name = module.to_string();
            let _ = write!(
                out,
                "  subgraph {} {{\n    label = {}\n    fontname = \"sans-serif\"\n",
                quote(&format!("cluster_{name}")),
                quote(&name)
            );
            pad = "    ";
        }
        let label = quote(&address.resource.to_string());
        let _ = writeln!(out, "{pad}{} [label={label}];", quote(&address.to_string()));
    }
    close(&mut out, &module);
    for (from, needs) in &resources {
        for to in needs {
            let (from, to) = (quote(&from.to_string()), quote(&to.to_string()));
            let _ = writeln!(out, "  {from} -> {to};");
        }
    }
    out.push_str("}\n");
    out
}

fn close(out: &mut String, module: &ModulePath) {
    if !module.is_root() {
        out.push_str("  }\n");
    }
}

/// The dependencies of `from` that no other of its dependencies has.
fn direct<'g>(
    resources: &'g BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>,
    from: &ConfigAddress,
    needs: &'g BTreeSet<ConfigAddress>,
) -> Vec<&'g ConfigAddress> {
    let mut indirect: BTreeSet<&ConfigAddress> = BTreeSet::new();
    let mut open: Vec<&ConfigAddress> = needs.iter().collect();
    while let Some(address) = open.pop() {
        for next in resources.get(address).into_iter().flatten() {
            if indirect.insert(next) {
                open.push(next);
            }
        }
    }
    needs
        .iter()
        .filter(|to| *to != from && !indirect.contains(to))
        .collect()
}

/// A node of the graph that an operation walks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Its name, unique, e.g. `terraform_data.a (expand)`.
    pub name: String,
    /// Label and shape of nodes that are drawn; edges may also go to nodes that are not.
    pub drawn: Option<(String, Shape)>,
}

/// The shape of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A resource.
    Box,
    /// A provider.
    Diamond,
    /// A variable or output.
    Note,
}

/// The graph that an operation walks. Nodes and edges (by name) are written sorted.
#[must_use]
pub fn render_operation(nodes: &[Node], edges: &[(String, String)]) -> String {
    let name = |name: &str| quote(&format!("[root] {name}"));
    let mut lines: Vec<String> = Vec::new();
    for node in nodes {
        if let Some((label, shape)) = &node.drawn {
            let shape = match shape {
                Shape::Box => "box",
                Shape::Diamond => "diamond",
                Shape::Note => "note",
            };
            lines.push(format!(
                "\t\t{} [label = {}, shape = \"{shape}\"]\n",
                name(&node.name),
                quote(label)
            ));
        }
    }
    lines.sort();
    let mut arrows: Vec<String> = edges
        .iter()
        .map(|(from, to)| format!("\t\t{} -> {}\n", name(from), name(to)))
        .collect();
    arrows.sort();
    format!(
        "digraph {{\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {{\n{}{}\t}}\n}}\n",
        lines.concat(),
        arrows.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn graph(lines: &[(&str, &[&str])]) -> BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>> {
        let at = |text: &str| Address::parse(text).unwrap().config().clone();
        lines
            .iter()
            .map(|(from, to)| (at(from), to.iter().map(|t| at(t)).collect()))
            .collect()
    }

    #[test]
    fn resources_are_grouped_by_module_and_edges_reduced() {
        let graph = graph(&[
            ("module.m.x_y.z", &["x_y.a"]),
            ("x_y.c", &["x_y.a", "x_y.b", "module.m.module.n.x_y.in"]),
            ("x_y.b", &["x_y.a"]),
            ("x_y.a", &[]),
            ("module.m.module.n.x_y.in", &["module.m.x_y.z"]),
            ("data.x_y.d", &["x_y.a"]),
        ]);
        assert_eq!(
            render_resources(&graph, &Standing::default(), "trunkline"),
            r#"digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "data.x_y.d" [label="data.x_y.d"];
  "x_y.a" [label="x_y.a"];
  "x_y.b" [label="x_y.b"];
  "x_y.c" [label="x_y.c"];
  subgraph "cluster_module.m" {
    label = "module.m"
    fontname = "sans-serif"
    "module.m.x_y.z" [label="x_y.z"];
  }
  subgraph "cluster_module.m.module.n" {
    label = "module.m.module.n"
    fontname = "sans-serif"
    "module.m.module.n.x_y.in" [label="x_y.in"];
  }
  "data.x_y.d" -> "x_y.a";
  "x_y.b" -> "x_y.a";
  "x_y.c" -> "x_y.b";
  "x_y.c" -> "module.m.module.n.x_y.in";
  "module.m.x_y.z" -> "x_y.a";
  "module.m.module.n.x_y.in" -> "module.m.x_y.z";
}
"#
        );
    }

    #[test]
    fn without_resources_it_says_so() {
        let text = render_resources(&BTreeMap::new(), &Standing::default(), "terraform");
        assert!(text.contains(
            "  /* This configuration does not contain any resources.         */\n  \
             /* For a more detailed graph, try: terraform graph -type=plan */\n"
        ));
    }

    #[test]
    fn an_operation_is_written_sorted() {
        let nodes = [
            Node {
                name: "var.x".into(),
                drawn: Some(("var.x".into(), Shape::Note)),
            },
            Node {
                name: "a.b (expand)".into(),
                drawn: Some(("a.b".into(), Shape::Box)),
            },
        ];
        let edges = [
            ("root".to_owned(), "a.b (expand)".to_owned()),
            ("a.b (expand)".to_owned(), "var.x".to_owned()),
        ];
        let text = render_operation(&nodes, &edges);
        let want = concat!(
            "\t\t\"[root] a.b (expand)\" [label = \"a.b\", shape = \"box\"]\n",
            "\t\t\"[root] var.x\" [label = \"var.x\", shape = \"note\"]\n",
            "\t\t\"[root] a.b (expand)\" -> \"[root] var.x\"\n",
            "\t\t\"[root] root\" -> \"[root] a.b (expand)\"\n\t}\n}\n",
        );
        assert!(text.contains(want), "{text}");
    }
}
