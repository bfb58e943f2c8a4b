//! Reports of a plan: what they are written from is brought together here, for every format.
//!
//! It reads the state that the plan was made from and writes no file.

use serde_json::{Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{Stamp, Store};

use super::policy::Policies;
use super::{Project, digest, inputs, state_error, view};
use crate::plan::{Plan, cause, relevant};
use crate::report::Style;
use crate::report::document::make::About;
use crate::report::document::why::Scrub;
use crate::report::document::{
    self, Comparison, Document, Format, Problem, annotations, brief, html, junit, markdown, problem,
};
use crate::report::json::configuration_json;
use crate::report::json::plan::{PlanContext, plan_json};
use crate::report::review_text::render_review;

/// What a front end says of a report.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Tells the reports of one configuration from those of another, in whatever checkout.
    pub name: String,
    /// Where everything is, for a report that leaves something out.
    pub full: String,
    /// What is put before the names of files; it ends with `/` where it is not empty.
    pub folder: String,
    /// The version of Terraform that is stood for.
    pub terraform_version: &'static str,
}

/// A plan that is reported on.
pub struct Reported<'p> {
    project: &'p Project,
    plan: &'p Plan,
    store: &'p Store,
    told: Told,
    document: Document,
}

impl<'p> Reported<'p> {
    /// Brings together what reports of `plan` say. The store is the one that it was made from.
    #[must_use]
    pub fn new(project: &'p Project, plan: &'p Plan, store: &'p Store, told: Told) -> Reported<'p> {
        let digest = digest::digest(plan, store);
        let earlier = inputs::earlier(store, plan);
        let causes = cause::causes(&project.config, plan, &earlier);
        let about = About {
            name: &told.name,
            digest: &digest,
            full: &told.full,
            rehearsal: project.settings.stamp == Stamp::Sandbox,
            config: Some(&project.config),
            causes: Some(&causes),
        };
        let document = document::make(plan, &project.schemas(), &about);
        Reported {
            project,
            plan,
            store,
            told,
            document,
        }
    }

    /// What every format is written from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Says that it is about what lies between two configurations, and no plan that could be applied. `remarks` are said
    /// with it.
    pub fn review(&mut self, review: Comparison, remarks: Vec<String>) {
        self.document.digest = String::new();
        self.document.remarks.extend(remarks);
        self.document.review = Some(review);
    }

    /// Says with what errors planning ended.
    pub fn ended_with(&mut self, diagnostics: &[Diagnostic]) {
        let scrub = self.scrub();
        let problems = Problem::among(diagnostics).into_iter();
        self.document.problems = problems.map(|p| p.map(|text| scrub.text(text))).collect();
    }

    /// Asks policies; what they say is in every report from then on. They see what the JSON report holds.
    pub fn judge(&mut self, policies: &mut Policies) -> Result<(), Diagnostics> {
        self.document.policy = Some(policies.judge(&self.json()?)?);
        Ok(())
    }

    /// The report in a format. No format holds what is sensitive.
    pub fn render(&self, format: Format) -> Result<String, Diagnostics> {
        Ok(match format {
            Format::Markdown => markdown::render(&self.document),
            Format::Html => html::render(&self.document),
            Format::Annotations => annotations::render(&self.document, &self.told.folder),
            Format::Junit => format!("{}\n", junit::render(&self.document)),
            Format::Text => self.text(),
            Format::Json => format!("{}\n", self.json()?),
        })
    }

    /// What `plan` shows, without what it shows of secrets that are not marked.
    fn text(&self) -> String {
        let style = Style::default();
        if self.document.review.is_some() {
            return self.review_text(&style);
        }
        let mut page = String::new();
        let mut show = |piece: &str| page.push_str(piece);
        brief::write_page(self.plan, &self.project.schemas(), &style, &mut show);
        self.scrub().text(&page)
            + &problem::text(&self.document.problems)
            + &policy_text(&self.document)
    }

    /// What `review` shows.
    #[must_use]
    pub fn review_text(&self, style: &Style) -> String {
        let schemas = self.project.schemas();
        let text = render_review(&self.document, self.plan, &schemas, style);
        self.scrub().text(&text)
    }

    /// Takes out of texts what is sensitive somewhere in the plan: values that come back from a provider are not
    /// marked, and no report holds them.
    fn scrub(&self) -> Scrub {
        Scrub::new(self.plan, &self.project.schemas())
    }

    /// Terraform's document without secrets.
    fn json(&self) -> Result<Json, Diagnostics> {
        let snapshot = self.store.snapshot().map_err(|e| state_error(&e))?;
        let shown = view::read(Some(&snapshot), &self.project.settings)?
            .before(self.plan, &self.project.settings)?;
        let prior = shown.view();
        let context = PlanContext {
            terraform_version: self.told.terraform_version,
            prior_state: (!shown.is_empty()).then_some(&prior),
            relevant_attributes: relevant::attributes(&self.project.config, self.plan),
            configuration: Some(configuration_json(
                &self.project.config,
                &self.project.facts(),
            )),
            redact: true,
        };
        let mut json = plan_json(self.plan, &self.project.schemas(), &context);
        // What is written in the configuration in clear is no less secret, nor what a provider gives back.
        if let Some(configuration) = json.get_mut("configuration") {
            without_defaults(configuration);
        }
        without_secrets(&mut json, &self.scrub());
        if let Some(fields) = json.as_object_mut() {
            fields.insert("trunkline".into(), self.own());
        }
        Ok(json)
    }
}

impl Reported<'_> {
    /// What the document says beyond Terraform's.
    fn own(&self) -> Json {
        let d = &self.document;
        let calls = d.entries.iter().filter(|e| !e.attention.is_empty());
        let calls = calls.map(|e| {
            let words: Vec<&str> = e.attention.iter().map(|a| a.word()).collect();
            json!({"address": e.name, "calls": words, "remarks": e.remarks})
        });
        let mut own = json!({
            "digest": d.digest,
            "verdict": d.verdict(),
            "attention": calls.collect::<Vec<_>>(),
        });
        if let (true, Some(fields)) = (d.digest.is_empty(), own.as_object_mut()) {
            fields.remove("digest");
        }
        if let (false, Some(fields)) = (d.problems.is_empty(), own.as_object_mut()) {
            fields.insert("problems".into(), problems_json(d));
        }
        if let (Some(review), Some(fields)) = (&d.review, own.as_object_mut()) {
            fields.insert("review".into(), review.json());
        }
        if let (Some(said), Some(fields)) = (&d.policy, own.as_object_mut()) {
            let said = said
                .iter()
                .map(|p| json!({"denies": p.denies, "rule": p.rule, "message": p.message}));
            fields.insert("policies".into(), said.collect());
        }
        own
    }
}

fn problems_json(document: &Document) -> Json {
    document.problems.iter().map(Problem::json).collect()
}

/// A report that there is no plan, and why.
#[must_use]
pub fn failure(problems: Vec<Problem>, told: &Told, format: Format) -> String {
    let document = Document::of_failure(&told.name, &told.full, problems);
    match format {
        Format::Markdown => markdown::render(&document),
        Format::Html => html::render(&document),
        Format::Annotations => annotations::render(&document, &told.folder),
        Format::Junit => format!("{}\n", junit::render(&document)),
        Format::Text => problem::text(&document.problems),
        Format::Json => {
            let own = json!({"verdict": document.verdict(), "problems": problems_json(&document)});
            format!("{}\n", json!({"errored": true, "trunkline": own}))
        }
    }
}

/// Takes defaults of sensitive variables out of the document of a configuration.
fn without_defaults(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(without_defaults),
        Json::Object(fields) => {
            if fields.get("sensitive") == Some(&Json::Bool(true)) && fields.contains_key("default")
            {
                fields.insert("default".into(), Json::Null);
            }
            fields.values_mut().for_each(without_defaults);
        }
        _ => {}
    }
}

/// Takes every text that is sensitive out of a document.
fn without_secrets(json: &mut Json, scrub: &Scrub) {
    match json {
        Json::String(text) => *text = scrub.text(text),
        Json::Array(items) => items.iter_mut().for_each(|i| without_secrets(i, scrub)),
        Json::Object(fields) => fields.values_mut().for_each(|v| without_secrets(v, scrub)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// What policies say, for a terminal; nothing where none was asked.
#[must_use]
pub fn policy_text(document: &Document) -> String {
    let Some(summary) = document.policy_summary() else {
        return String::new();
    };
    let mut out = format!("\n{summary}.\n");
    for entry in document.policy.iter().flatten() {
        let word = if entry.denies { "forbidden" } else { "warning" };
        out.push_str(&format!("  - {word}: {} ({})\n", entry.message, entry.rule));
    }
    out
}
