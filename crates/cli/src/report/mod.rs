//! Renderers: one form each, all of the same data.

pub(crate) mod chain_json;
pub(crate) mod chain_markdown;
pub(crate) mod chain_text;
pub(crate) mod databases_json;
pub(crate) mod databases_text;
pub(crate) mod diff;
pub(crate) mod explain_json;
pub(crate) mod explain_text;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod mending_report;
pub(crate) mod merging_text;
mod not_understood;
pub(crate) mod obstacle_text;
pub(crate) mod proposal_json;
pub(crate) mod proposal_text;
pub(crate) mod publication_text;
pub(crate) mod sarif;
pub(crate) mod surgery_json;
pub(crate) mod surgery_text;
pub(crate) mod text;
