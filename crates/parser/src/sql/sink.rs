//! Where the effects of SQL are gathered, with what holds for all of them.

use rechain_history::{
    Action, Certainty, Dialects, Effect, EffectKind, QualifiedName, SchemaObject, TextRange,
};

/// Effects of one text of SQL, as some dialects read its names.
pub(super) struct Sink {
    pub(super) effects: Vec<Effect>,
    certainty: Certainty,
    dialects: Dialects,
    range: TextRange,
    /// Names without quotes are in lower case.
    folds: bool,
    /// A name was found that other dialects read otherwise.
    pub(super) case_matters: bool,
}

impl Sink {
    pub(super) fn new(
        certainty: Certainty,
        dialects: Dialects,
        range: TextRange,
        folds: bool,
    ) -> Self {
        Self {
            effects: Vec::new(),
            certainty,
            dialects,
            range,
            folds,
            case_matters: false,
        }
    }

    /// A name as the database has it.
    pub(super) fn fold(&mut self, name: &str, quoted: bool) -> String {
        if quoted || !name.contains(char::is_uppercase) {
            return name.to_owned();
        }
        self.case_matters = true;
        if self.folds {
            name.to_lowercase()
        } else {
            name.to_owned()
        }
    }

    fn push(&mut self, kind: EffectKind, certainty: Certainty) {
        let mut effect = Effect::new(kind, certainty, self.range);
        effect.dialects = self.dialects;
        self.effects.push(effect);
    }

    /// It happens whenever the statement runs.
    pub(super) fn emit(&mut self, action: Action, object: SchemaObject) {
        self.push(EffectKind::Known { action, object }, self.certainty);
    }

    /// It happens unless it is so already, where `guarded` says so.
    pub(super) fn emit_guarded(&mut self, guarded: bool, action: Action, object: SchemaObject) {
        let certainty = match self.certainty {
            Certainty::Always if guarded => Certainty::IfNeeded,
            other => other,
        };
        self.push(EffectKind::Known { action, object }, certainty);
    }

    /// It may happen.
    pub(super) fn maybe(&mut self, action: Action, object: SchemaObject) {
        self.push(EffectKind::Known { action, object }, Certainty::Conditional);
    }

    /// Anything may happen to this table.
    pub(super) fn unknown(&mut self, action: Action, table: QualifiedName) {
        let object = SchemaObject::Table(table);
        self.push(EffectKind::Known { action, object }, Certainty::Unknown);
    }

    pub(super) fn opaque(&mut self, reason: impl Into<String>) {
        self.push(
            EffectKind::Opaque {
                reason: reason.into(),
            },
            Certainty::Unknown,
        );
    }

    /// Whether what is said now happens whenever the migration runs.
    pub(super) fn is_certain(&self) -> bool {
        self.certainty == Certainty::Always
    }

    /// Runs `work` with effects on these databases alone.
    pub(super) fn on<T>(&mut self, dialects: Dialects, work: impl FnOnce(&mut Self) -> T) -> T {
        let everywhere = self.dialects;
        self.dialects = everywhere.and(dialects);
        let result = work(self);
        self.dialects = everywhere;
        result
    }

    pub(super) fn require_table(&mut self, table: &QualifiedName) {
        self.emit(Action::Require, SchemaObject::Table(table.clone()));
    }

    /// Runs `work` with effects that are not certain: the statement is about something that may not be there.
    pub(super) fn conditionally<T>(
        &mut self,
        conditional: bool,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.certainty;
        if conditional {
            self.certainty = Certainty::Conditional;
        }
        let result = work(self);
        self.certainty = outer;
        result
    }
}
