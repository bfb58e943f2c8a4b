//! What became of an operation whose process died, or whose answer was lost: found out by reading, never by guessing.
//!
//! A create is settled by the provider's `reconcile`, an update and a delete by reading. It never creates, changes or
//! destroys anything outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;
use trunkline_api::coerce::apply_sensitive_marks;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{Effects, ReadRequest, ReconcileRequest};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Kind, Value};
use trunkline_state::{Change, Row, RowName, RunWriter, Store};

use super::journal::{Point, Probe, store_error};
use crate::address::Address;
use crate::event::{Event, Listener, Settlement, identity};
use crate::plan::codec;
use crate::plan::prior::{RowParts, decode_row, encode_row, id_of};
use crate::plan::walk::{Settle, Unsettled};

/// Settles with a store.
pub struct Settler<'s> {
    /// The store, for listings.
    pub store: &'s Store,
    /// The run that settles.
    pub writer: RunWriter,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// Is told of every point that the journal passes.
    pub probe: Probe,
}

type Settled = Result<(Option<Row>, Diagnostics), Diagnostics>;

impl Settle for Settler<'_> {
    fn settle(&self, unsettled: Unsettled) -> BoxFuture<'_, Settled> {
        Box::pin(async move {
            match unsettled.intent.operation.action.as_str() {
                "create" => self.create(unsettled).await,
                "delete" => self.delete(unsettled).await,
                _ => self.update(unsettled).await,
            }
        })
    }
}

impl Settler<'_> {
    async fn end(
        &self,
        unsettled: &Unsettled,
        changes: Vec<Change>,
        how: Settlement,
    ) -> Result<u64, Diagnostics> {
        let id = unsettled.intent.operation.operation_id.clone();
        (self.probe)(Point::Answered);
        let ticket = self.writer.settle_intent(id, changes, None);
        let receipt = ticket.await.map_err(|e| vec![store_error(&e)])?;
        (self.probe)(Point::Settled);
        self.listener.event(Event::Settled {
            address: unsettled.address.clone(),
            how,
        });
        Ok(receipt.version)
    }

    async fn create(&self, u: Unsettled) -> Settled {
        let operation = &u.intent.operation;
        if u.slot.instance.effects(&operation.type_name) == Effects::Opaque {
            return Err(vec![ask_person(
                &u,
                "Its service has no way to tell whether the object exists.",
                &[],
            )]);
        }
        let listing = self
            .store
            .listing(&u.intent.run, &operation.provider, &operation.type_name)
            .map_err(|e| vec![store_error(&e)])?;
        let listed: Vec<String> = listing
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let mut known: BTreeSet<String> = listed.into_iter().collect();
        // What the run destroyed after its listing is there no more: under the same id it is what was made.
        for id in self.destroyed(&u)? {
            known.remove(&id);
        }
        known.extend(u.claimed.iter().cloned());
        let response = u
            .slot
            .instance
            .reconcile(ReconcileRequest {
                adopting: false,
                type_name: u.address.resource.type_name.clone(),
                planned: planned(&u)?,
                known_ids: known.into_iter().collect(),
                private: operation.note.as_slice().into(),
            })
            .await;
        if has_errors(&response.diagnostics) {
            return Err(response.diagnostics);
        }
        match response.found.as_slice() {
            [] => {
                self.end(&u, Vec::new(), Settlement::NotDone).await?;
                Ok((u.row.clone(), response.diagnostics))
            }
            [one] => {
                let value = apply_sensitive_marks(&one.state, &u.schema.block);
                let row = self.row(&u, &value, &one.private, one.incomplete);
                let version = self
                    .end(&u, vec![Change::Put(row.clone())], Settlement::Adopted)
                    .await?;
                Ok((Some(Row { version, ..row }), response.diagnostics))
            }
            many => {
                let ids: Vec<String> = many
                    .iter()
                    .filter_map(|r| identity(&apply_sensitive_marks(&r.state, &u.schema.block)))
                    .map(|found| found.value.to_string())
                    .collect();
                Err(vec![ask_person(
                    &u,
                    "More than one object is what it was creating, and one of them at most is its.",
                    &ids,
                )])
            }
        }
    }

    /// The ids of the objects of the type that the run of an operation has destroyed.
    fn destroyed(&self, u: &Unsettled) -> Result<Vec<String>, Diagnostics> {
        let operation = &u.intent.operation;
        let changes = self.store.run_changes(&u.intent.run);
        let changes = changes.map_err(|e| vec![store_error(&e)])?;
        let gone = changes.iter().filter(|c| c.after.is_none());
        let gone = gone.filter_map(|c| c.before.as_ref());
        Ok(gone
            .filter(|row| {
                *row.type_name == *operation.type_name && *row.provider == *operation.provider
            })
            .filter_map(id_of)
            .collect())
    }

    fn row(&self, u: &Unsettled, value: &Value, private: &[u8], tainted: bool) -> Row {
        let operation = &u.intent.operation;
        let payload: Json = serde_json::from_slice(&operation.payload).unwrap_or_default();
        let dependencies: Vec<String> =
            serde_json::from_value(payload["dependencies"].clone()).unwrap_or_default();
        let dependencies: Arc<[String]> = dependencies.into();
        // The row is where the operation was, even if a move takes it elsewhere right after.
        let own = Address::parse(&operation.key.address);
        encode_row(RowParts {
            key: operation.key.clone(),
            address: own.as_ref().unwrap_or(&u.address),
            provider: &u.slot.address,
            schema: &u.schema,
            value,
            private,
            tainted,
            create_before_destroy: payload["create_before_destroy"] == Json::Bool(true),
            dependencies: &dependencies,
        })
    }

    async fn read(&self, u: &Unsettled) -> Result<Option<(Value, Arc<[u8]>, bool)>, Diagnostics> {
        let Some(row) = &u.row else { return Ok(None) };
        let object = decode_row(
            row,
            &u.address.resource.type_name,
            &u.schema,
            u.slot.instance.as_ref(),
        )
        .map_err(|d| vec![d])?;
        let response = u
            .slot
            .instance
            .read(ReadRequest {
                type_name: u.address.resource.type_name.clone(),
                state: object.value.clone().unmark_deep().0,
                private: object.private.clone(),
            })
            .await;
        if has_errors(&response.diagnostics) {
            return Err(response.diagnostics);
        }
        let found = response.state;
        Ok((!found.is_null()).then_some((found, response.private, object.tainted)))
    }

    async fn delete(&self, u: Unsettled) -> Settled {
        match self.read(&u).await? {
            None => {
                let key: RowName = u.intent.operation.key.clone();
                self.end(&u, vec![Change::Delete(key)], Settlement::Done)
                    .await?;
                Ok((None, Vec::new()))
            }
            Some(_) => {
                self.end(&u, Vec::new(), Settlement::NotDone).await?;
                Ok((u.row.clone(), Vec::new()))
            }
        }
    }

    async fn update(&self, u: Unsettled) -> Settled {
        match self.read(&u).await? {
            None => {
                let key: RowName = u.intent.operation.key.clone();
                self.end(&u, vec![Change::Delete(key)], Settlement::Done)
                    .await?;
                Ok((None, Vec::new()))
            }
            Some((found, private, tainted)) => {
                let value = forget_answered(&found, &planned(&u)?, u.row.as_ref(), &u)?;
                let value = apply_sensitive_marks(&value, &u.schema.block);
                let row = self.row(&u, &value, &private, tainted);
                let version = self
                    .end(&u, vec![Change::Put(row.clone())], Settlement::Done)
                    .await?;
                Ok((Some(Row { version, ..row }), Vec::new()))
            }
        }
    }
}

/// The planned value that the intent holds.
fn planned(u: &Unsettled) -> Result<Value, Diagnostics> {
    let unreadable = || {
        vec![Diagnostic::error(
            "Unreadable state",
            format!("The journal entry of {} cannot be read.", u.address),
        )]
    };
    let payload: Json =
        serde_json::from_slice(&u.intent.operation.payload).map_err(|_| unreadable())?;
    let planned = payload.get("planned").ok_or_else(unreadable)?;
    let planned = codec::decode(planned).map_err(|_| unreadable())?;
    Ok(planned.unmark_deep().0)
}

/// What the update would have answered and reading did not renew is forgotten: the stored value may be stale (a
/// secret that was reset), and the next plan asks for a new one.
fn forget_answered(
    found: &Value,
    planned: &Value,
    row: Option<&Row>,
    u: &Unsettled,
) -> Result<Value, Diagnostics> {
    let Some(row) = row else {
        return Ok(found.clone());
    };
    let old = decode_row(
        row,
        &u.address.resource.type_name,
        &u.schema,
        u.slot.instance.as_ref(),
    )
    .map_err(|d| vec![d])?;
    let old = old.value.unmark_deep().0;
    let (Some(fields), Some(wanted)) = (found.as_fields(), planned.as_fields()) else {
        return Ok(found.clone());
    };
    let kept = fields.iter().map(|(name, value)| {
        let answered = wanted.get(name).is_some_and(|v| !v.is_known());
        let stale = answered && old.attr(name) == Some(value);
        let computed = u
            .schema
            .block
            .attributes
            .get(name)
            .is_some_and(|a| a.computed);
        let value = if stale && computed {
            Value::null(value.ty())
        } else {
            value.clone()
        };
        (name.clone(), value)
    });
    Ok(Value::new(Kind::Object(kept.collect())))
}

fn ask_person(u: &Unsettled, why: &str, ids: &[String]) -> Diagnostic {
    let candidates = match ids {
        [] => String::new(),
        ids => format!(" They are: {}.", ids.join(", ")),
    };
    Diagnostic::error(
        "Unfinished create needs a decision",
        format!("An earlier process ended right when it was creating {0}. {why}{candidates} Nothing was created again. Look at the service: if the object is there, run \"trunkline import {0} ID\"; if it is not, run \"trunkline state discard {0}\" and apply again.", u.address),
    )
    .about(u.address.to_string())
}
