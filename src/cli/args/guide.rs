//! What the help says of each command beyond its options: what it does, when it is wanted, and how it is called.
//!
//! Prose only. It must not know how arguments are read.

/// What the help of the program begins with.
pub const PROGRAM: &str = "\
Sets up messaging and contact-centre platforms as configuration files (.tf) in this directory say.

  The usual way:
    init              once, and whenever modules or the backend change
    plan              see what would be done; nothing is changed
    apply             see it, answer \"yes\", and have it done
    destroy           remove everything that this directory manages

  Any of them with -sandbox is a rehearsal: the vendors are simulated on this machine, nothing real is reached.
  \"help COMMAND\" or \"COMMAND -help\" tells of one command. Options stand before arguments: plan -out=FILE.";

/// The text for a command, such as `state mv`, where there is more to say than one line.
#[must_use]
pub fn of(command: &str) -> Option<&'static str> {
    let found = GUIDES.binary_search_by_key(&command, |(name, _)| name);
    found.ok().map(|at| GUIDES[at].1)
}

/// Sorted by command.
const GUIDES: &[(&str, &str)] = &[
    (
        "apply",
        "\
Does what the configuration asks for: plans, shows the plan, asks, and runs it.

  Nothing is begun before the question is answered with \"yes\", or without asking with -auto-approve. A plan that
  \"plan -out=FILE\" saved is run as it is, without a question: what was reviewed is what is done, or it is refused
  because the state has changed since. What succeeds is saved even if something else fails; apply again to go on. The
  same holds when the process dies in the middle.

    apply                              plan, ask, run
    apply tfplan                       run a saved plan
    apply -replace='T.web[0]'          replace one object
    apply -target=module.net           only this and what it needs
    apply -expect=DIGEST               only the plan whose report was approved

  The plan is not put into a pager: it stays above the question, to be scrolled back to before it is answered.",
    ),
    (
        "compare",
        "\
Shows what differs between two tenants, by name rather than id: objects that only one of them has, and attributes that
  are not the same.

  Both are provider configurations of this directory, and nothing is changed in either. What tells the tenants apart,
  such as the id of a contact centre, is no difference.

    compare genesyscloud.dev genesyscloud.prod
    compare -report=drift.html genesyscloud.dev genesyscloud.prod genesyscloud_auth_role",
    ),
    (
        "completion",
        "\
Writes a script that completes commands and options in bash, zsh or fish.

    source <(trunkline completion bash)",
    ),
    (
        "console",
        "\
Evaluates expressions of the configuration language, to try them out.

  Variables, locals, and what the state says of resources are in scope; with -plan, what a plan makes of them. The state
  is locked meanwhile. From a pipe, only the result of the last line is printed.

    echo 'length(var.names)' | trunkline console",
    ),
    (
        "destroy",
        "\
Destroys all objects that this directory manages, in the order that their dependencies ask for.

  It is \"apply -destroy\": the plan is shown and \"yes\" asked for. Objects of other workspaces and what is not in the
  state are left alone.

    destroy                            all of it
    destroy -target=T.web              this and what depends on it",
    ),
    (
        "discover",
        "\
Lists what exists at a vendor, and writes import blocks with matching configuration into a new file.

  The plan after it imports and changes nothing. Ids become references, secrets become variables; what is managed
  already is listed and left out. Nothing is changed at the vendor, and a run that was cut off goes on where it was.

    discover genesyscloud              everything, into discovered_genesyscloud.tf
    discover -out=roles.tf genesyscloud.dev genesyscloud_auth_role",
    ),
    (
        "fmt",
        "\
Brings configuration files (.tf, .tfvars, .tftest.hcl, .tfmock.hcl) into the one layout, and lists those that it has
  changed.

    fmt -recursive                     also in the folders below
    fmt -check -diff                   change nothing; exit code 3 if a file differs
    fmt -                              from standard input to standard output",
    ),
    (
        "force-unlock",
        "\
Gives back a lock of the state.

  A lock ends with the process that holds it, however that ends, so there is hardly ever one to give back: this command
  tells who holds it.",
    ),
    (
        "get",
        "\
Finds the modules that the configuration calls and records where they are. \"init\" does so too.",
    ),
    (
        "graph",
        "\
Writes the graph of dependencies between resources in DOT, for Graphviz and its like.

    graph | dot -Tsvg > graph.svg
    graph -type=apply                  everything that an apply walks",
    ),
    (
        "history",
        "\
Lists the runs that have changed this state: when, who, at which commit, how it ended.

    history                            all runs
    history show 12                    what one of them did
    state diff 10 12                   what lies between two",
    ),
    (
        "import",
        "\
Takes an object that exists at the vendor into the state, under an address whose resource block is written already.

  Nothing is changed outside; plan afterwards to see whether block and object agree. \"import\" blocks in the
  configuration do the same as part of a plan, and can write the configuration too (plan -generate-config-out=FILE).

    import T.web i-1234
    import 'T.web[\"blue\"]' i-1234     quoted, so that the shell leaves it alone",
    ),
    (
        "init",
        "\
Prepares this directory: where the state is kept, which modules are called, which providers are needed.

  It may be run again at any time. Providers are part of this program, so that nothing is fetched, and a
  .terraform.lock.hcl that is there for Terraform's sake stays as it is. A terraform.tfstate without a store is taken over
  after asking, and \"init -migrate-state\" gives it back.

    init                               usual
    init -backend-config=prod.hcl      arguments of the backend from a file
    init -reconfigure                  another backend, states left where they are
    init -migrate-state                another backend, states taken along",
    ),
    (
        "login",
        "\
Is here because scripts call it: there is no remote host to log in to. Credentials of vendors belong into provider
  blocks or environment variables.",
    ),
    (
        "logout",
        "\
Is here because scripts call it: no credentials of remote hosts are kept.",
    ),
    (
        "metadata functions",
        "\
Writes the signatures of the built-in functions as JSON, for editors and other programs.",
    ),
    (
        "modules",
        "\
Shows the modules that the configuration calls, as a tree or as JSON.",
    ),
    (
        "output",
        "\
Shows the outputs of the root module as the last apply left them. Nothing is asked of a vendor, and no lock is waited
  for.

    output                             all
    output -raw url                    one string as it is, for scripts
    output -json                       all, secrets in clear",
    ),
    (
        "plan",
        "\
Shows what apply would do, and changes nothing.

  Objects are read again at the vendor first (-refresh=false leaves that out), then compared with the configuration:
  \"+\" create, \"~\" change, \"-\" destroy, \"-/+\" replace, \"<=\" read. A saved plan is applied exactly as it was shown; it
  holds values sealed with the state's key.

    plan -out=tfplan                   save it for apply
    plan -destroy                      what destroy would do
    plan -refresh-only                 only what has changed outside
    plan -detailed-exitcode            0 nothing to do, 1 error, 2 changes",
    ),
    (
        "providers",
        "\
Shows which module requires which providers, and which the state needs.",
    ),
    (
        "providers lock",
        "\
Checks .terraform.lock.hcl. Providers are part of this program, so that there is nothing to record: the file stays as it is.",
    ),
    (
        "providers mirror",
        "\
Copies providers that have to be fetched into a directory. Providers are part of this program, so that there are none.",
    ),
    (
        "providers schema",
        "\
Writes the schemas of the providers that the configuration uses as JSON.

    providers schema -json",
    ),
    (
        "refresh",
        "\
Takes what has changed outside into the state, without asking.

  \"apply -refresh-only\" does the same and asks first: prefer it.",
    ),
    (
        "review",
        "\
Shows what the commits of this branch change: the configuration where the branch began, and the one at its end.

  Git says what the files are; the working tree is not looked at, no credentials are needed, and nothing is written but
  reports. Variables that nobody gives are as the last run had them, or have stand-ins that are the same at both ends.
  Where a moved block is missing, it is written down. Where this directory has a state, both ends are planned on it too,
  as far as that goes without asking a vendor.

    review                             against the main branch
    review -base=release/2026-11       against another
    review -report=review.md           for a comment on a request
    review -state=false                the configurations alone",
    ),
    (
        "sandbox",
        "\
Serves the simulators of all vendors on this machine until Ctrl-C, and prints their addresses.

  Commands with -sandbox in this directory use them. Their admin address shows and changes objects, lists what was done,
  and makes calls fail on demand.",
    ),
    (
        "show",
        "\
Shows the state, a saved plan, or a state file. No lock is waited for.

    show                               the state
    show tfplan                        a saved plan
    show -json tfplan                  for programs, secrets in clear",
    ),
    (
        "state",
        "\
Looks at the state and edits what it says of objects. The objects themselves are never touched.

  Where a move or a removal belongs into version control, write a \"moved\" or \"removed\" block instead.",
    ),
    (
        "state backup",
        "\
Copies the store to a file while it may be in use. The copy is sealed with the same key.

    state backup before-migration.db",
    ),
    (
        "state check",
        "\
Checks the integrity of the store: its pages, its rows and that each of them opens with the key. Nothing is changed.",
    ),
    (
        "state diff",
        "\
Shows what differs between the states that two runs left. \"history\" lists the runs.

    state diff 10 12",
    ),
    (
        "state discard",
        "\
Drops an operation that a process left unfinished and of which nothing can find out what became of it: look at the
  service first. The next plan takes the object as the state has it.

    state discard T.web",
    ),
    (
        "state key",
        "\
Takes the key that the state is sealed with to another machine, brings one here, or replaces it.

    state key export | ssh ci trunkline state key import",
    ),
    (
        "state list",
        "\
Lists the objects in the state, or those that addresses name.

    state list module.net
    state list -id=i-1234",
    ),
    (
        "state mv",
        "\
Moves objects in the state to other addresses, so that a renamed block is not a new object.

    state mv T.old T.new
    state mv T.web 'module.app.T.web[0]'
    state mv -state-out=other.tfstate T.a T.a     into another state",
    ),
    (
        "state pull",
        "\
Writes the state to standard output as a tfstate document, secrets in clear.",
    ),
    (
        "state push",
        "\
Makes the state what a tfstate document says. It must be of the same lineage and not older, unless -force is given.

    state push fixed.tfstate",
    ),
    (
        "state replace-provider",
        "\
Puts all objects of one provider under another, after asking.

    state replace-provider a/b c/d",
    ),
    (
        "state restore",
        "\
Goes back to a copy of the store that \"state backup\" made. What has changed at the vendors since is not undone: plan
  afterwards.

    state restore before-migration.db",
    ),
    (
        "state rm",
        "\
Forgets objects: they go on existing, and nobody manages them any more.

    state rm T.web
    state rm -dry-run module.net",
    ),
    (
        "state show",
        "\
Shows the attributes of one object in the state.

    state show 'T.web[0]'",
    ),
    (
        "taint",
        "\
Marks an object so that the next apply replaces it. \"apply -replace=ADDRESS\" does so in one step and shows it first:
  prefer it.",
    ),
    (
        "test",
        "\
Runs the tests of the configuration: files *.tftest.hcl here and in \"tests\".

  Each run plans or applies with the values that it gives and checks its assertions; what was made is destroyed at the
  end. Providers can be mocked in the files, or be the simulators with -sandbox.

    test                               all files
    test -filter=tests/net.tftest.hcl -verbose",
    ),
    (
        "untaint",
        "\
Takes the mark of an object for replacement back.",
    ),
    (
        "validate",
        "\
Checks the configuration without state, network or credentials. Run init first where modules are called.

    validate -json                     for editors and other programs",
    ),
    (
        "version",
        "\
Shows the version, and with -json the version of Terraform whose surface this program has.",
    ),
    (
        "why",
        "\
Tells what a planned change comes of, through every reference down to the input that has changed, and what else changes
  because of it.

  It plans, or reads a saved plan, and changes nothing. Variables are compared with those of the last run.

    why T.web                          a resource with all its instances
    why 'T.web[\"a\"]'                   one instance
    why module.net                     everything in a module
    why -plan=tfplan T.web             as a saved plan has it",
    ),
    (
        "workspace",
        "\
Makes, selects, lists and deletes workspaces: each has a state of its own for the same configuration.

  TF_WORKSPACE selects one for a single command. The configuration knows it as terraform.workspace.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_are_sorted_and_of_commands_that_there_are() {
        assert!(GUIDES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, _) in GUIDES {
            let path: Vec<String> = name.split(' ').map(str::to_owned).collect();
            let command = super::super::line::command_at(&path);
            assert_eq!(Some(command.get_name()), path.last().map(String::as_str));
        }
    }
}
