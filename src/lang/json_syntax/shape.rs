//! Which properties of the language's own blocks are blocks, and with which labels.

/// What a body may hold beside arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Names of the block's labels, as messages call them.
    pub labels: &'static [&'static str],
    /// Whether the names of arguments are free (`locals`), so that none is a comment.
    pub arguments_only: bool,
    /// Block types in it.
    blocks: &'static [(&'static str, Shape)],
}

impl Shape {
    /// The shape of blocks of type `name`, if that is a block type here.
    pub fn block(&self, name: &str) -> Option<&'static Shape> {
        self.blocks
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, shape)| shape)
    }
}

/// A body of arguments whose names someone else knows.
pub(super) const OPEN: Shape = Shape {
    labels: &[],
    arguments_only: false,
    blocks: &[],
};

const FREE: Shape = Shape {
    arguments_only: true,
    ..OPEN
};

const fn labelled(
    labels: &'static [&'static str],
    blocks: &'static [(&'static str, Shape)],
) -> Shape {
    Shape {
        labels,
        arguments_only: false,
        blocks,
    }
}

const NAME: &[&str] = &["name"];
const TYPE: &[&str] = &["type"];
const TYPE_AND_NAME: &[&str] = &["type", "name"];

const PROVISIONER: Shape = labelled(TYPE, &[("connection", OPEN)]);

const LIFECYCLE: Shape = labelled(&[], &[("precondition", OPEN), ("postcondition", OPEN)]);

const DYNAMIC: Shape = labelled(TYPE, &[("content", OPEN)]);

const RESOURCE_BLOCKS: &[(&str, Shape)] = &[
    ("lifecycle", LIFECYCLE),
    ("connection", OPEN),
    ("provisioner", PROVISIONER),
    ("dynamic", DYNAMIC),
];

static ROOT: Shape = labelled(
    &[],
    &[
        (
            "terraform",
            labelled(
                &[],
                &[
                    ("required_providers", FREE),
                    ("backend", labelled(TYPE, &[])),
                    ("cloud", labelled(&[], &[("workspaces", OPEN)])),
                    ("provider_meta", labelled(&["provider"], &[])),
                ],
            ),
        ),
        ("required_providers", FREE),
        ("provider", labelled(NAME, &[])),
        ("variable", labelled(NAME, &[("validation", OPEN)])),
        ("locals", FREE),
        ("output", labelled(NAME, &[("precondition", OPEN)])),
        ("module", labelled(NAME, &[])),
        ("resource", labelled(TYPE_AND_NAME, RESOURCE_BLOCKS)),
        ("data", labelled(TYPE_AND_NAME, RESOURCE_BLOCKS)),
        ("ephemeral", labelled(TYPE_AND_NAME, RESOURCE_BLOCKS)),
        ("moved", OPEN),
        ("import", OPEN),
        (
            "removed",
            labelled(
                &[],
                &[
                    ("lifecycle", LIFECYCLE),
                    ("connection", OPEN),
                    ("provisioner", PROVISIONER),
                ],
            ),
        ),
        (
            "check",
            labelled(
                NAME,
                &[
                    ("data", labelled(TYPE_AND_NAME, RESOURCE_BLOCKS)),
                    ("assert", OPEN),
                ],
            ),
        ),
    ],
);

const OVERRIDES: [(&str, Shape); 3] = [
    ("override_resource", OPEN),
    ("override_data", OPEN),
    ("override_module", OPEN),
];

const MOCKS: &[(&str, Shape)] = &[
    ("mock_resource", labelled(TYPE, &[])),
    ("mock_data", labelled(TYPE, &[])),
    OVERRIDES[0],
    OVERRIDES[1],
    OVERRIDES[2],
];

static MOCK: Shape = labelled(&[], MOCKS);

static TEST: Shape = labelled(
    &[],
    &[
        ("test", OPEN),
        ("variables", FREE),
        ("provider", labelled(NAME, &[])),
        ("mock_provider", labelled(NAME, MOCKS)),
        (
            "run",
            labelled(
                NAME,
                &[
                    ("plan_options", OPEN),
                    ("variables", FREE),
                    ("module", OPEN),
                    ("assert", OPEN),
                    OVERRIDES[0],
                    OVERRIDES[1],
                    OVERRIDES[2],
                ],
            ),
        ),
        OVERRIDES[0],
        OVERRIDES[1],
        OVERRIDES[2],
    ],
);

/// The shape of a file of mocks.
pub(super) fn mock() -> &'static Shape {
    &MOCK
}

/// The shape of a test file.
pub(super) fn test() -> &'static Shape {
    &TEST
}

/// The shape of a file.
pub(super) fn root() -> &'static Shape {
    &ROOT
}
