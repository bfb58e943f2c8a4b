//! The whole program from outside: one binary of tests, one file a subject.
//!
//! Each test has a directory and an environment of its own ([`harness`]) and compares whole output, with the resource
//! type `terraform_data` only. `chatapp`, `contactpro`, `example`, `crash`, `secrets` and `trouble` run examples against the sandbox as a
//! process of its own ([`stage`]), whose objects and log are the judge. Nothing leaves the machine.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers of tests too"
)]
#![expect(
    clippy::print_stdout,
    reason = "a test says which seed it ran with and what it skipped"
)]

mod harness;
mod help;
mod history;
mod library;
mod sandbox_process;
mod stage;

mod acrobits;
mod adoption;
mod answers_of_terraform;
mod apply;
mod approval;
mod chatapp;
mod checks;
mod compare;
mod console;
mod contactpro;
mod crash;
mod decoding;
mod destroy;
mod discover;
mod documents;
mod ephemeral;
mod example;
mod failures;
mod fault_runs;
mod fmt;
mod graphs;
mod imports;
mod interrupt;
mod judged_values;
mod keys;
mod lock_file;
mod locking;
mod logs;
mod manual_step;
mod modules;
mod moves;
mod pager;
mod partial_plans;
mod plan;
mod plan_options;
mod problems;
mod provider_pages;
mod provisioners;
mod proxies;
mod recipes;
mod rehearsal;
mod relevant;
mod replacement;
mod report_examples;
mod reports;
mod review;
mod rotation;
mod round_trip;
mod saved_plan;
mod secrets;
mod seeds;
mod sequences;
mod settling;
mod show;
mod simulation;
mod sinch_conversation;
mod small_examples;
mod stand_in;
mod state;
mod state_edit;
mod state_files;
mod state_push;
mod storage;
mod stores;
mod storms;
mod streams;
mod taken_over;
mod takeover;
mod testing;
mod tidy;
mod trouble;
mod usage;
mod validate;
mod variables;
mod why;
mod windows;
mod workspaces;
