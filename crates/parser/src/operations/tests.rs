//! What each directive and construct does, from source to effects.

mod arguments;
mod batch;
mod columns;
mod constraints;
mod enums;
mod executed;
mod sessions;
mod shapes;
mod tables;
