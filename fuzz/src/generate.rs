//! Texts of the language from a grammar: well-formed, in every layout that the grammar allows.
//!
//! It knows the syntax and the names of functions; whether a text means anything is not its concern.

use crate::random::Random;

/// How a text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// With single spaces and line ends where people put them.
    Plain,
    /// With spaces, tabs, comments and blank lines wherever they may be.
    Wild,
}

/// Makes texts.
pub struct Generator {
    random: Random,
    layout: Layout,
    out: String,
    /// Levels of brackets around the place at hand.
    depth: usize,
    /// Whether a line end may stand between tokens here.
    open: bool,
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "name",
    "value",
    "input",
    "tags",
    "long_name_here",
    "x-y",
    "été",
    "for_each",
    "count",
    "type",
    "id",
    "if",
    "in",
    "for",
    "null_value",
    "日本",
];
const BLOCKS: &[&str] = &[
    "resource",
    "data",
    "variable",
    "output",
    "locals",
    "module",
    "provider",
    "terraform",
    "thing",
    "nested",
];
const ROOTS: &[&str] = &[
    "var",
    "local",
    "each",
    "data",
    "module",
    "terraform_data",
    "self",
    "path",
];
const FUNCTIONS: &[&str] = &[
    "upper",
    "concat",
    "merge",
    "length",
    "format",
    "jsonencode",
    "try",
    "can",
    "lookup",
    "toset",
    "range",
    "flatten",
    "element",
    "core::max",
    "provider::terraform::encode_expr",
    "cidrsubnet",
    "regex",
    "setproduct",
    "zipmap",
    "coalesce",
];
const WORDS: &[&str] = &[
    "x",
    "hello world",
    "é",
    "日本語",
    "$",
    "%",
    "$${no}",
    "%%{no}",
    "\\n",
    "\\\"",
    "\\u00e9",
    "#",
    "//",
    "a.b",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||",
];
const MOST: usize = 6;

impl Generator {
    /// A generator whose texts depend on the seed only.
    #[must_use]
    pub fn new(seed: u64, layout: Layout) -> Generator {
        Generator {
            random: Random::new(seed),
            layout,
            out: String::new(),
            depth: 0,
            open: false,
        }
    }

    /// The text of a configuration file.
    #[must_use]
    pub fn file(mut self) -> String {
        for _ in 0..=self.random.below(5) {
            self.item();
        }
        self.out
    }

    /// The text of an expression, which may be of several lines.
    #[must_use]
    pub fn expression_text(mut self) -> String {
        self.open = true;
        self.expression();
        self.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// White space between two tokens that need none.
    fn gap(&mut self) {
        if self.layout == Layout::Plain {
            self.out.push(' ');
            return;
        }
        match self.random.below(12) {
            0..=2 => {}
            3..=6 => self.push(" "),
            7 => self.push("  "),
            8 => self.push("\t"),
            9 if self.open => self.push("\n"),
            10 if self.open => self.push(" # note\n  "),
            9 | 10 => self.push("   "),
            _ => self.push(" /* c */ "),
        }
    }

    /// White space between two tokens that would be one without.
    fn space(&mut self) {
        self.push(" ");
        self.gap();
    }

    fn line_end(&mut self) {
        if self.layout == Layout::Wild {
            match self.random.below(10) {
                0 => self.push(" // trailing"),
                1 => self.push("   # trailing"),
                2 => self.push("  "),
                _ => {}
            }
        }
        self.push("\n");
        if self.layout == Layout::Wild {
            match self.random.below(10) {
                0 => self.push("\n"),
                1 => self.push("\n\n\n"),
                2 => self.push("# a comment of its own\n"),
                3 => self.push("/* over\n lines */\n"),
                _ => {}
            }
        }
    }

    fn indent(&mut self) {
        let width = match self.layout {
            Layout::Plain => self.depth * 2,
            Layout::Wild => self.random.below(7),
        };
        self.out.extend(std::iter::repeat_n(' ', width));
    }

    fn item(&mut self) {
        self.indent();
        if self.depth < 4 && self.random.one_in(3) {
            self.block();
        } else {
            self.argument();
        }
        self.line_end();
    }

    fn argument(&mut self) {
        // Names must differ within a body.
        let name = format!("{}{}", self.random.pick(NAMES), self.out.len());
        self.push(&name);
        self.gap();
        self.push("=");
        self.gap();
        self.expression();
    }

    fn block(&mut self) {
        let kind = *self.random.pick(BLOCKS);
        self.push(kind);
        for _ in 0..self.random.below(3) {
            self.space();
            let name = *self.random.pick(NAMES);
            match self.random.one_in(4) {
                true => self.push(name),
                false => self.push(&format!("{name:?}")),
            }
        }
        self.space();
        self.push("{");
        match self.random.below(6) {
            0 => self.push("}"),
            1 => {
                self.gap();
                self.argument();
                self.gap();
                self.push("}");
            }
            _ => {
                self.line_end();
                self.depth += 1;
                for _ in 0..self.random.below(4) {
                    self.item();
                }
                self.depth -= 1;
                self.indent();
                self.push("}");
            }
        }
    }

    fn expression(&mut self) {
        self.depth += 1;
        let choices = if self.depth > MOST { 7 } else { 20 };
        match self.random.below(choices) {
            0 => self.number(),
            1 => {
                let word = *self.random.pick(&["true", "false", "null"]);
                self.push(word);
            }
            2 | 3 => self.quoted(false),
            4..=6 => self.reference(),
            7 | 8 => self.tuple(),
            9 | 10 => self.object(),
            11 | 12 => self.call(),
            13 => {
                self.push("(");
                self.within(|g| {
                    g.gap();
                    g.expression();
                    g.gap();
                });
                self.push(")");
            }
            14 => {
                let operator = *self.random.pick(&["-", "!"]);
                self.push(operator);
                self.gap();
                self.operand();
            }
            15 | 16 => {
                self.operand();
                for _ in 0..=self.random.below(2) {
                    self.gap();
                    let operator = *self.random.pick(OPERATORS);
                    self.push(operator);
                    self.gap();
                    self.operand();
                }
            }
            17 => {
                self.operand();
                self.space();
                self.push("?");
                self.gap();
                self.operand();
                self.space();
                self.push(":");
                self.gap();
                self.operand();
            }
            18 => self.for_expression(),
            _ => self.quoted(true),
        }
        self.depth -= 1;
    }

    /// Something that binds tighter than any operator.
    fn operand(&mut self) {
        match self.random.below(4) {
            0 => self.number(),
            1 => self.reference(),
            2 => self.quoted(self.depth < MOST),
            _ => self.call(),
        }
    }

    /// Runs `f` where line ends do not count.
    fn within(&mut self, f: impl FnOnce(&mut Generator)) {
        let before = std::mem::replace(&mut self.open, true);
        f(self);
        self.open = before;
    }

    fn number(&mut self) {
        let n = self.random.below(1000);
        let text = match self.random.below(6) {
            0 => format!("{n}.{}", self.random.below(100)),
            1 => format!("{n}e{}", self.random.below(20)),
            2 => format!("{n}{n}{n}{n}{n}{n}{n}{n}"),
            _ => n.to_string(),
        };
        self.push(&text);
    }

    fn quoted(&mut self, templates: bool) {
        self.push("\"");
        for _ in 0..self.random.below(4) {
            match self
                .random
                .below(if templates && self.depth < MOST { 5 } else { 3 })
            {
                0..=2 => {
                    let word = *self.random.pick(WORDS);
                    // A dollar or percent sign must not meet a brace.
                    self.push(word);
                    self.push(" ");
                }
                3 => self.interpolation(),
                _ => self.directive(),
            }
        }
        self.push("\"");
    }

    fn interpolation(&mut self) {
        let strip = |g: &mut Generator| {
            if g.random.one_in(5) {
                g.push("~");
            }
        };
        self.push("${");
        strip(self);
        self.within(|g| {
            g.gap();
            g.expression();
            g.gap();
        });
        strip(self);
        self.push("}");
    }

    fn directive(&mut self) {
        self.push("%{ ");
        match self.random.one_in(2) {
            true => {
                self.push("if ");
                self.within(Generator::operand);
                self.push(" }yes%{ else }no%{ endif }");
            }
            false => {
                self.push("for v in ");
                self.within(Generator::reference);
                self.push(" ~}${v},%{ endfor }");
            }
        }
    }

    fn reference(&mut self) {
        let root = *self.random.pick(ROOTS);
        self.push(root);
        for _ in 0..=self.random.below(3) {
            match self.random.below(8) {
                0 => self.push("[0]"),
                1 => self.push("[\"key\"]"),
                2 => self.push("[*]"),
                3 if self.depth < MOST => {
                    self.push("[");
                    // Terraform's `fmt` loses `true`, `false` and `null` there.
                    self.within(Generator::operand);
                    self.push("]");
                }
                _ => {
                    let name = *self.random.pick(NAMES);
                    self.push(".");
                    self.push(name);
                }
            }
        }
    }

    fn tuple(&mut self) {
        self.push("[");
        self.within(|g| {
            let n = g.random.below(4);
            for i in 0..n {
                g.gap();
                g.expression();
                g.gap();
                if i + 1 < n || g.random.one_in(3) {
                    g.push(",");
                }
            }
            g.gap();
        });
        self.push("]");
    }

    fn object(&mut self) {
        self.push("{");
        let before = std::mem::replace(&mut self.open, false);
        let n = self.random.below(4);
        let lines = n > 0 && self.random.one_in(2);
        for i in 0..n {
            if lines {
                self.line_end();
                self.indent();
            } else {
                self.gap();
            }
            self.key();
            self.gap();
            let sign = if self.random.one_in(4) { ":" } else { "=" };
            self.push(sign);
            self.gap();
            self.expression();
            self.gap();
            if !lines && i + 1 < n || lines && self.random.one_in(4) {
                self.push(",");
            }
        }
        if lines {
            self.line_end();
            self.indent();
        } else {
            self.gap();
        }
        self.open = before;
        self.push("}");
    }

    fn key(&mut self) {
        match self.random.below(4) {
            0 => {
                self.push("(");
                self.within(Generator::operand);
                self.push(")");
            }
            1 => self.quoted(false),
            _ => {
                // `for` would begin another kind of expression.
                let name = *self.random.pick(&NAMES[..12]);
                self.push(name);
            }
        }
    }

    fn call(&mut self) {
        let name = *self.random.pick(FUNCTIONS);
        self.push(name);
        self.push("(");
        self.within(|g| {
            let n = g.random.below(4);
            for i in 0..n {
                g.gap();
                g.expression();
                g.gap();
                if i + 1 < n {
                    g.push(",");
                } else if g.random.one_in(6) {
                    g.push("...");
                } else if g.random.one_in(6) {
                    g.push(",");
                }
            }
            g.gap();
        });
        self.push(")");
    }

    fn for_expression(&mut self) {
        let object = self.random.one_in(2);
        self.push(if object { "{" } else { "[" });
        self.within(|g| {
            g.push("for");
            g.space();
            g.push(if object { "k, v" } else { "v" });
            g.space();
            g.push("in");
            g.space();
            g.operand();
            g.space();
            g.push(":");
            g.gap();
            if object {
                g.push("k => ");
            }
            g.operand();
            if object && g.random.one_in(4) {
                g.push("...");
            }
            if g.random.one_in(3) {
                g.push(" if ");
                g.operand();
            }
            g.gap();
        });
        self.push(if object { "}" } else { "]" });
    }
}
