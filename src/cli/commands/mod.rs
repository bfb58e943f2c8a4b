//! The commands, one file each: arguments → one engine call → report.

pub mod apply;
pub mod console;
pub mod fmt;
pub mod generate;
pub mod get;
pub mod graph;
pub mod history;
pub mod init;
pub mod metadata;
pub mod output;
pub mod plan;
pub mod plan_options;
pub mod providers;
pub mod refresh;
pub mod sandbox;
pub mod show;
pub mod state;
pub mod state_care;
pub mod state_edit;
pub mod state_key;
pub mod state_push;
pub mod taint;
pub mod test;
pub mod validate;
pub mod version;
pub mod workspace;
