//! (being written)

pub mod effects;
mod evaluate;
mod operations;
mod syntax;
#[cfg(test)]
mod testing;
