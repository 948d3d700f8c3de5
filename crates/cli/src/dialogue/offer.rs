//! What can be pressed at an open decision.

use rechain_planner::{Answer, Choice, Decision};

/// What a key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Answer(Answer),
    Edit,
    Order,
    View,
    Back,
    Help,
    Quit,
    /// The window has another size: no key does it.
    Redraw,
}

/// A key with what it does.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) key: char,
    /// In the line of keys.
    pub(super) short: String,
    /// In the help.
    pub(super) long: String,
    pub(super) act: Act,
}

/// The keys of one decision; the first is the default where there is one.
pub(super) struct Offers {
    pub(super) list: Vec<Offer>,
    pub(super) default: Option<char>,
}

/// The key of an option, `at` from the top.
pub(super) fn key_of(answer: &Answer, at: usize) -> char {
    match answer {
        Answer::NothingDeployed => 'n',
        Answer::Accept | Answer::Keep { .. } | Answer::Stay => 'k',
        Answer::Remove => 'r',
        _ => numbered(at),
    }
}

/// The digit of an option, `at` from the top; behind 9 the letters that mean nothing else here.
pub(super) fn numbered(at: usize) -> char {
    let keys = "123456789acdfghijlmnoprstuwxyz";
    keys.chars().nth(at).unwrap_or('z')
}

impl Offers {
    /// `has_places`: there are files to look at; `can_order`: there are revisions to order;
    /// `can_go_back`: an earlier answer can be taken back.
    pub(super) fn of(
        decision: &Decision,
        choices: &[Choice],
        (has_places, can_order, can_go_back): (bool, bool, bool),
    ) -> Self {
        let mut list = Vec::new();
        let mut offer = |key: char, short: &str, long: &str, act: Act| {
            list.push(Offer {
                key,
                short: short.to_owned(),
                long: long.to_owned(),
                act,
            });
        };
        let is_conflict = matches!(decision, Decision::Conflict(_));
        if is_conflict {
            offer(
                'e',
                "edit",
                "opens one of the two files in your editor and reads it again: the conflict may be gone then",
                Act::Edit,
            );
            if can_order {
                offer(
                    'o',
                    "other order",
                    "puts the revisions that no database has in the order you like",
                    Act::Order,
                );
            }
            if let Some(choice) = choices.first() {
                offer(
                    'k',
                    "keep this order",
                    "keeps this order although the two conflict, and notes it for later: one of them \
                     has to change before `alembic upgrade` goes through",
                    Act::Answer(choice.answer.clone()),
                );
            }
        } else {
            for (at, choice) in choices.iter().enumerate() {
                let key = key_of(&choice.answer, at);
                let words = match &choice.answer {
                    Answer::Accept => "yes, keep it".to_owned(),
                    answer => answer.to_string(),
                };
                offer(
                    key,
                    &words,
                    &super::words::option(choice),
                    Act::Answer(choice.answer.clone()),
                );
            }
            if has_places {
                offer(
                    'e',
                    "edit",
                    "opens the file in your editor and reads it again",
                    Act::Edit,
                );
            }
            if can_order && has_places {
                offer(
                    'o',
                    "other order",
                    "puts the revisions that no database has in the order you like",
                    Act::Order,
                );
            }
        }
        if has_places {
            offer('v', "view", "shows the whole files", Act::View);
        }
        if can_go_back {
            offer('b', "back", "takes the last answer back", Act::Back);
        }
        offer('?', "help", "says what the keys do", Act::Help);
        offer('q', "quit", "leaves; nothing is written", Act::Quit);
        let default = if is_conflict {
            Some('e')
        } else {
            choices
                .iter()
                .enumerate()
                .find(|(_, choice)| choice.is_default)
                .map(|(at, choice)| key_of(&choice.answer, at))
        };
        Self { list, default }
    }

    /// For damage: each of its repairs in a few words, in the words of the help, and as an answer.
    pub(super) fn of_damage(
        repairs: impl Iterator<Item = (String, String, Answer)>,
        has_files: bool,
        can_go_back: bool,
    ) -> Self {
        let offer = |key, short: &str, long: &str, act| Offer {
            key,
            short: short.to_owned(),
            long: long.to_owned(),
            act,
        };
        let mut list: Vec<Offer> = repairs
            .enumerate()
            .map(|(at, (short, long, answer))| {
                offer(numbered(at), &short, &long, Act::Answer(answer))
            })
            .collect();
        if has_files {
            let long = "opens a file in your editor and reads everything again";
            list.push(offer('e', "edit", long, Act::Edit));
            list.push(offer('v', "view", "shows the whole files", Act::View));
        }
        if can_go_back {
            let long = "takes the last answer back";
            list.push(offer('b', "back", long, Act::Back));
        }
        list.push(offer('?', "help", "says what the keys do", Act::Help));
        let long = "leaves; nothing is written";
        list.push(offer('q', "quit", long, Act::Quit));
        Self {
            list,
            default: None,
        }
    }

    /// The keys in few words each. What is numbered stands above with its number.
    pub(super) fn keys(&self) -> Vec<String> {
        let is_answer = |it: &&Offer| matches!(it.act, Act::Answer(_));
        let answers: Vec<String> = self
            .list
            .iter()
            .filter(is_answer)
            .map(|it| it.key.to_string())
            .collect();
        let numbered = self.list.iter().any(|it| is_answer(&it) && it.key == '1');
        let mut keys = Vec::new();
        if numbered {
            keys.push(format!("{} answer", answers.join(" ")));
        }
        let rest = self.list.iter().filter(|it| !numbered || !is_answer(it));
        keys.extend(rest.map(|it| format!("{} {}", it.key, it.short)));
        keys
    }

    /// What a key does here.
    pub(super) fn act(&self, key: char) -> Option<&Act> {
        let find = |key: char| self.list.iter().find(|it| it.key == key);
        find(key)
            .or_else(|| find(key.to_ascii_lowercase()))
            .map(|it| &it.act)
    }
}
