//! Set-up of the reference programs that rechain is tested against.
#![allow(
    clippy::disallowed_methods,
    reason = "test support: it prepares files and starts the reference programs"
)]

pub mod reference;
