//! What the keys do in the view.

/// The keys, for the line at the bottom.
pub(super) const SHORT: &[(&str, &str)] = &[
    ("↑↓", "choose"),
    ("space", "pick up"),
    ("enter", "take this order"),
    ("e", "editor"),
    ("?", "help"),
    ("q", "leave"),
];

/// The keys while a revision is picked up.
pub(super) const PICKED: &[(&str, &str)] = &[
    ("↑↓", "move"),
    ("space", "put down"),
    ("esc", "back"),
    ("enter", "take this order"),
    ("?", "help"),
    ("q", "leave"),
];

/// The keys at length.
pub(super) const LONG: &[(&str, &str)] = &[
    ("↑ ↓  k j", "choose a revision"),
    (
        "space",
        "pick it up, so that ↑ ↓ move it; again: put it down",
    ),
    ("esc", "what is picked up goes back; else leave"),
    ("K J  shift ↑ ↓", "move it without picking it up"),
    ("g G", "choose the first, the last"),
    ("r", "back to the order that was planned"),
    ("page up, down", "scroll the diff"),
    ("e", "this list in your editor instead"),
    ("enter", "take this order, if it can be made"),
    ("q  ctrl-c", "leave; nothing is written"),
];
