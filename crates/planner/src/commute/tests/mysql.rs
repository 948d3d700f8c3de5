//! Where `MySQL` has rules of its own.
