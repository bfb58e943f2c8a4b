//! The account XML that external provisioning answers with [seed]: written, and read again.
//!
//! A problem of a document that is read never quotes it: it holds passwords.

use roxmltree::{Document, Error, Node};

use super::xml::escape;

/// An account as it is written: its nodes in order, and its SMS numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) nodes: Vec<(String, String)>,
    pub(crate) numbers: Vec<(String, String)>,
}

impl Account {
    /// The document.
    pub(crate) fn render(&self) -> String {
        let mut out = String::from("<account>\n");
        for (name, value) in &self.nodes {
            out.push_str(&format!("  <{name}>{}</{name}>\n", escape(value)));
        }
        if !self.numbers.is_empty() {
            out.push_str("  <smsNumbers>\n");
            for (carrier, number) in &self.numbers {
                out.push_str(&format!(
                    "    <number>\n      <carrier>{}</carrier>\n      <number>{}</number>\n    </number>\n",
                    escape(carrier),
                    escape(number)
                ));
            }
            out.push_str("  </smsNumbers>\n");
        }
        out.push_str("</account>\n");
        out
    }
}

/// An account as it was read: nothing is assumed to be right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// The nodes with text, `smsNumbers` left out.
    pub(crate) nodes: Vec<(String, String)>,
    /// How many lists of SMS numbers there are.
    pub(crate) lists: usize,
    /// The entries of these lists.
    pub(crate) entries: Vec<Entry>,
}

/// An entry of a list of SMS numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) carriers: Vec<String>,
    pub(crate) numbers: Vec<String>,
    /// Names of elements that do not belong there.
    pub(crate) strangers: Vec<String>,
}

impl Read {
    /// The text of the first node `name`.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let node = self.nodes.iter().find(|(node, _)| node == name);
        node.map(|(_, text)| text.as_str())
    }

    /// How many nodes `name` there are.
    pub(crate) fn count(&self, name: &str) -> usize {
        if name == "smsNumbers" {
            return self.lists;
        }
        self.nodes.iter().filter(|(node, _)| node == name).count()
    }

    /// The complete SMS numbers, with their carriers.
    pub(crate) fn numbers(&self) -> Vec<(String, String)> {
        let complete = |e: &Entry| match (&e.carriers[..], &e.numbers[..]) {
            ([carrier], [number]) if !carrier.is_empty() && !number.is_empty() => {
                Some((carrier.clone(), number.clone()))
            }
            _ => None,
        };
        self.entries.iter().filter_map(complete).collect()
    }
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A `&` that begins no character reference.
    Ampersand(String),
    /// Not well-formed, a DTD, another root.
    Other(String),
}

/// Reads a document: root `account`, or `accounts` of `account`. A DTD is refused, and with it external entities.
pub(crate) fn read(text: &str) -> Result<Vec<Read>, Unreadable> {
    let document = Document::parse(text).map_err(|e| problem(&e))?;
    let root = document.root_element();
    match root.tag_name().name() {
        "account" => Ok(vec![account(root)]),
        "accounts" => {
            let inner: Vec<Node<'_, '_>> = root.children().filter(Node::is_element).collect();
            if inner.is_empty() || inner.iter().any(|n| n.tag_name().name() != "account") {
                return Err(Unreadable::Other(
                    "below <accounts> there may only be <account>, at least one".to_owned(),
                ));
            }
            Ok(inner.into_iter().map(account).collect())
        }
        _ => Err(Unreadable::Other("its root must be <account>".to_owned())),
    }
}

fn problem(error: &Error) -> Unreadable {
    // The error's own text may quote the document.
    let at = error.pos();
    let at = format!("line {}, column {}", at.row, at.col);
    match error {
        Error::DtdDetected => Unreadable::Other(
            "it has a document type declaration, which is not accepted".to_owned(),
        ),
        Error::MalformedEntityReference(_) | Error::UnknownEntityReference(..) => {
            Unreadable::Ampersand(format!("{at}: a & must be written &amp;"))
        }
        _ => Unreadable::Other(format!("{at}: it is not well-formed XML")),
    }
}

fn text_of(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    let text: String = texts.filter_map(|n| n.text()).collect();
    text.trim().to_owned()
}

fn account(node: Node<'_, '_>) -> Read {
    let mut read = Read::default();
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if name != "smsNumbers" {
            read.nodes.push((name.to_owned(), text_of(child)));
            continue;
        }
        read.lists += 1;
        for outer in child.children().filter(Node::is_element) {
            let mut entry = Entry::default();
            if outer.tag_name().name() != "number" {
                entry.strangers.push(outer.tag_name().name().to_owned());
            }
            for inner in outer.children().filter(Node::is_element) {
                match inner.tag_name().name() {
                    "carrier" => entry.carriers.push(text_of(inner)),
                    "number" => entry.numbers.push(text_of(inner)),
                    other => entry.strangers.push(other.to_owned()),
                }
            }
            read.entries.push(entry);
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendor's example, but for its white space [seed].
    const SEED: &str = "<account> <username>B63349F4EE</username> <password>45F4BF5F0E191F5DCC27</password> \
        <networkId>myNetwork</networkId> <smsNumbers> <number> <carrier>sinch</carrier> <number>1234567890</number> \
        </number> <number> <carrier>sinch</carrier> <number>1234567891</number> </number> </smsNumbers> </account>";

    fn example() -> Account {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        Account {
            nodes: vec![
                pair("username", "B63349F4EE"),
                pair("password", "45F4BF5F0E191F5DCC27"),
                pair("networkId", "myNetwork"),
            ],
            numbers: vec![pair("sinch", "1234567890"), pair("sinch", "1234567891")],
        }
    }

    #[test]
    fn the_vendors_example_is_written_as_it_is() {
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(words(&example().render()), words(SEED));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut account = example();
        account.nodes.push(("title".into(), "a & b <\"'>".into()));
        let read = read(&account.render()).unwrap();
        assert_eq!(read[0].nodes, account.nodes);
        assert_eq!(read[0].numbers(), account.numbers);
    }

    #[test]
    fn problems_do_not_quote_the_document() {
        for (text, ampersand) in [
            ("<account><password>geheim</account>", false),
            (
                "<account><password>geheim&geheim</password></account>",
                true,
            ),
            (
                "<!DOCTYPE a [<!ENTITY geheim \"x\">]><account>&geheim;</account>",
                false,
            ),
            ("<geheim/>", false),
            ("<accounts><geheim/></accounts>", false),
        ] {
            let problem = read(text).unwrap_err();
            assert_eq!(
                matches!(problem, Unreadable::Ampersand(_)),
                ampersand,
                "{text}"
            );
            assert!(!format!("{problem:?}").contains("geheim"), "{problem:?}");
        }
    }
}
