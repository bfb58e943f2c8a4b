//! Which templates of a channel use which intents: looked up once for a channel, since that reads every template.
//!
//! It only reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;
use trunkline_http::HttpError;

use super::components::intents;
use crate::client::Client;
use crate::json::text;

/// Names of templates, by intent code.
pub(crate) type Used = BTreeMap<String, Vec<String>>;

/// What is known of each channel.
#[derive(Default)]
pub(crate) struct Usage(Mutex<BTreeMap<String, Arc<OnceCell<Used>>>>);

impl Usage {
    /// What uses the intents of a channel, as of the first time that it was asked for.
    pub(crate) async fn known(&self, client: &Client, channel: &str) -> Result<Used, HttpError> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(channel.to_owned()).or_default().clone()
        };
        cell.get_or_try_init(|| self.now(client, channel))
            .await
            .cloned()
    }

    /// What uses them now.
    pub(crate) async fn now(&self, client: &Client, channel: &str) -> Result<Used, HttpError> {
        let mut used = Used::new();
        for template in of_channel(client, channel).await? {
            let name = text(&template, "TemplateName").unwrap_or_default();
            let detail = match detail(client, channel, &template).await {
                Ok(detail) => detail,
                Err(e) if e.is_not_found() => continue,
                Err(e) => return Err(e),
            };
            for code in intents(&detail) {
                let names = used.entry(code).or_default();
                if !names.contains(&name) {
                    names.push(name.clone());
                }
            }
        }
        used.values_mut().for_each(|names| names.sort());
        Ok(used)
    }
}

/// The templates of a channel; none on a channel whose type has none.
pub(crate) async fn of_channel(client: &Client, channel: &str) -> Result<Vec<Json>, HttpError> {
    match client.templates(&[("CustSpaceId", channel)]).await {
        Err(e) if e.vendor().code == "InvalidParameter.ChannelTypeNotSupport" => Ok(Vec::new()),
        listed => listed,
    }
}

/// One template of a list, whole.
async fn detail(client: &Client, channel: &str, listed: &Json) -> Result<Json, HttpError> {
    let told = |name: &str| text(listed, name);
    client
        .ask("GetChatappTemplateDetail")
        .text("CustSpaceId", channel)
        .optional("TemplateCode", told("TemplateCode").as_deref())
        .optional("Language", told("Language").as_deref())
        .optional("TemplateType", told("TemplateType").as_deref())
        .data()
        .await
}
