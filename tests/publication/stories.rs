//! Histories that a simpler rule gets wrong.
