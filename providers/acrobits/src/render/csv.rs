//! The two files of the vendor's ready-made sample service [public]: users as CSV, and an account template.
//!
//! The service escapes what it puts into the template, so a list of varying length cannot come from a column.

use serde_json::{Map, Value as Json, json};

use super::xml::is_name;

/// A line of the service's file is read up to this many bytes [public].
pub(crate) const LONGEST_LINE: usize = 1000;

/// Columns that the service knows, in its order; then up to five phone numbers, the network, and others.
const COLUMNS: [&str; 8] = [
    "cloud_username",
    "cloud_password",
    "username",
    "password",
    "display_name",
    "first_name",
    "last_name",
    "avatar",
];

/// How many phone numbers the service knows.
const NUMBERS: usize = 5;

/// Users and template, or why they cannot be made.
pub(crate) struct Pair {
    pub(crate) users: String,
    pub(crate) template: String,
    /// The columns of `users`.
    pub(crate) columns: Vec<String>,
}

/// A user's record: what [`pair`] takes and [`records`] gives.
pub(crate) fn record(
    parts: Map<String, Json>,
    numbers: Vec<Json>,
    sms: Vec<Json>,
    extra: Map<String, Json>,
) -> Json {
    let mut record = parts;
    record.insert("numbers".into(), numbers.into());
    record.insert("sms".into(), sms.into());
    record.insert("extra".into(), extra.into());
    record.into()
}

/// Makes the pair. `template` stands in for the one made of the columns.
pub(crate) fn pair(records: &[Json], template: Option<&str>) -> Result<Pair, String> {
    let list = |record: &'_ Json, name: &str| record[name].as_array().cloned().unwrap_or_default();
    let most = |name: &str| {
        records
            .iter()
            .map(|r| list(r, name).len())
            .max()
            .unwrap_or(0)
    };
    let (numbers, sms) = (most("numbers"), most("sms"));
    if numbers > NUMBERS {
        return Err(format!(
            "the service knows at most {NUMBERS} phone numbers a user"
        ));
    }
    if records.iter().any(|r| list(r, "sms").len() != sms) {
        return Err(format!(
            "every user must have the same count of SMS numbers ({sms} is the most here), since one template serves all: use one set a count"
        ));
    }
    let networks = records.iter().any(|r| r["networkId"].is_string());
    let mut extras: Vec<String> = Vec::new();
    for record in records {
        for name in record["extra"].as_object().into_iter().flat_map(Map::keys) {
            if !extras.contains(name) {
                extras.push(name.clone());
            }
        }
    }
    extras.sort();
    let mut columns: Vec<String> = COLUMNS.iter().map(|c| (*c).to_owned()).collect();
    columns.extend((1..=numbers).map(|n| format!("phone_number{n}")));
    columns.extend(networks.then(|| "networkId".to_owned()));
    columns.extend((1..=sms).flat_map(|n| [format!("sms_carrier{n}"), format!("sms_number{n}")]));
    columns.extend(extras.iter().cloned());

    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(&columns).map_err(failed)?;
    for record in records {
        let row: Vec<String> = columns.iter().map(|c| cell(record, c)).collect();
        if row
            .iter()
            .any(|cell| cell.contains(['\r', '\n']) || cell.ends_with('\\'))
        {
            return Err(
                "a value has a line break, or ends with a backslash, which the service cannot read"
                    .to_owned(),
            );
        }
        writer.write_record(&row).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(failed)?;
    let users = String::from_utf8(bytes).map_err(failed)?;
    let made = || made(&columns, sms, &extras);
    Ok(Pair {
        template: template.map_or_else(made, str::to_owned),
        users,
        columns,
    })
}

fn failed<E>(_: E) -> String {
    "the rows cannot be written as CSV".to_owned()
}

fn cell(record: &Json, column: &str) -> String {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let nth = |rest: &str| rest.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    if let Some(n) = column.strip_prefix("phone_number").and_then(nth) {
        return text(&record["numbers"][n]);
    }
    if let Some(n) = column.strip_prefix("sms_carrier").and_then(nth) {
        return text(&record["sms"][n][0]);
    }
    if let Some(n) = column.strip_prefix("sms_number").and_then(nth) {
        return text(&record["sms"][n][1]);
    }
    match record.get(column) {
        Some(value) => text(value),
        None => text(&record["extra"][column]),
    }
}

/// The template of all columns that belong into an account.
fn made(columns: &[String], sms: usize, extras: &[String]) -> String {
    let mut out = String::from("<account>\n");
    let nodes = ["username", "password", "networkId"]
        .iter()
        .map(|n| (*n).to_owned());
    for name in nodes
        .chain(extras.iter().cloned())
        .filter(|n| columns.contains(n))
    {
        out.push_str(&format!("  <{name}>{{{name}}}</{name}>\n"));
    }
    if sms > 0 {
        out.push_str("  <smsNumbers>\n");
        for n in 1..=sms {
            out.push_str(&format!(
                "    <number>\n      <carrier>{{sms_carrier{n}}}</carrier>\n      <number>{{sms_number{n}}}</number>\n    </number>\n"
            ));
        }
        out.push_str("  </smsNumbers>\n");
    }
    out.push_str("</account>\n");
    out
}

/// The records of a file of users: the reverse, for imports.
pub(crate) fn records(users: &str) -> Option<Vec<Json>> {
    let users = users.strip_prefix('\u{feff}').unwrap_or(users);
    let mut reader = csv::ReaderBuilder::new().from_reader(users.as_bytes());
    let columns: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let mut made = Vec::new();
    for row in reader.records() {
        let row = row.ok()?;
        let (mut parts, mut extra) = (Map::new(), Map::new());
        let (mut numbers, mut sms) = (Vec::new(), Vec::new());
        for (column, text) in columns
            .iter()
            .zip(row.iter())
            .filter(|(_, t)| !t.is_empty())
        {
            if column.starts_with("phone_number") {
                numbers.push(json!(text));
            } else if column.starts_with("sms_carrier") {
                sms.push(json!([text, ""]));
            } else if column.starts_with("sms_number") {
                if let Some(last) = sms.last_mut() {
                    last[1] = json!(text);
                }
            } else if COLUMNS.contains(&column.as_str()) || column == "networkId" {
                parts.insert(column.clone(), json!(text));
            } else {
                extra.insert(column.clone(), json!(text));
            }
        }
        made.push(record(parts, numbers, sms, extra));
    }
    Some(made)
}

/// The names between braces in a template.
pub(crate) fn placeholders(template: &str) -> Vec<&str> {
    let parts = template.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .filter(|name| is_name(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn john(sms: usize) -> Json {
        let parts = json!({"cloud_username": "john.doe", "cloud_password": "bcrypt:$2y$x", "username": "B6", "password": "p,\"w",
            "display_name": "John Doe", "networkId": "myNetwork"});
        let sms = (0..sms)
            .map(|n| json!(["sinch", format!("123456789{n}")]))
            .collect();
        record(
            parts.as_object().unwrap().clone(),
            vec![json!("work:1000")],
            sms,
            json!({"host": "sip"}).as_object().unwrap().clone(),
        )
    }

    #[test]
    fn the_pair_is_what_the_sample_service_reads() {
        let pair = pair(&[john(1)], None).unwrap();
        assert_eq!(
            pair.users,
            "cloud_username,cloud_password,username,password,display_name,first_name,last_name,avatar,phone_number1,networkId,sms_carrier1,sms_number1,host\n\
             john.doe,bcrypt:$2y$x,B6,\"p,\"\"w\",John Doe,,,,work:1000,myNetwork,sinch,1234567890,sip\n"
        );
        assert_eq!(
            placeholders(&pair.template),
            [
                "username",
                "password",
                "networkId",
                "host",
                "sms_carrier1",
                "sms_number1"
            ]
        );
        let again = super::pair(&records(&pair.users).unwrap(), None).unwrap();
        assert_eq!((again.users, again.template), (pair.users, pair.template));
    }

    #[test]
    fn one_template_serves_one_count_of_numbers() {
        assert!(pair(&[john(1), john(2)], None).is_err());
        assert!(pair(&[john(2), john(2)], None).is_ok());
    }
}
