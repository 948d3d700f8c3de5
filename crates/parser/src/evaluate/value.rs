//! What an expression of a migration can stand for.

use std::collections::BTreeSet;
use std::rc::Rc;

use rechain_history::{Effect, QualifiedName, SchemaObject};
use rustpython_parser::ast;

use super::ScopeId;
use super::managed::Manager;

/// An abstract value. Whatever has parts lives among the interpreter's objects, so that a value is
/// small, two names can share one list, and no chain of values is ever dropped recursively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Str(Rc<str>),
    /// Not known, but plain data: nothing done with it can reach the database.
    Data,
    /// Something imported, by its dotted path: `alembic.op`, `sqlalchemy.Column`, `builtins.len`.
    Path(Rc<str>),
    /// A way to the database.
    Handle(Handle),
    Object(ObjectId),
    /// Anything at all, for this reason.
    Unknown(Rc<str>),
}

/// A way to the database that is no module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    /// A connection, an engine, a cursor or a transaction on one.
    Bind,
    /// An ORM session.
    Session,
    /// What makes ORM sessions: `sessionmaker(...)`.
    SessionFactory,
    /// Alembic's migration context.
    Context,
    /// What reads the database's catalog.
    Inspector,
    /// The database's dialect.
    Dialect,
    /// `globals()`.
    Globals,
}

/// Index of an object of the interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectId(pub(super) u32);

/// A stretch of execution that runs wholly or not at all. A list or dict changed in another context
/// than the one it was made in may or may not have that change, and so is no longer known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContextId(pub(super) u32);

/// A value with parts.
#[derive(Debug, Clone)]
pub(crate) enum Object<'a> {
    Sequence {
        kind: SequenceKind,
        items: Items<Value>,
        context: ContextId,
    },
    Dict {
        items: Items<(Value, Value)>,
        context: ContextId,
    },
    Function(Rc<Function<'a>>),
    /// An attribute that has not been called yet.
    Method {
        receiver: Value,
        name: Rc<str>,
    },
    /// An object of `SQLAlchemy` (`Column`, `Enum`, `func.now`, ...) by its class and arguments.
    Construct {
        class: Rc<str>,
        args: Rc<Arguments>,
    },
    Table(Rc<Table>),
    /// `table.c`
    Columns(Rc<Table>),
    Sql(Rc<Sql>),
    Class(Rc<Class>),
    Instance {
        class: Rc<Class>,
        attributes: Vec<(Rc<str>, Value)>,
        context: ContextId,
    },
    /// `Enum.MEMBER`
    Member {
        name: Rc<str>,
        value: Value,
    },
    Batch(Batch),
    /// A `pathlib.Path`, absolute.
    FilePath(Rc<str>),
    /// An open file, by its text.
    File(Rc<str>),
    /// A text whose unknown parts are [holes](crate::sql::HOLE).
    Template(Rc<str>),
    /// `super()` in a method of this class, called on this.
    Super(Rc<Class>, Value),
    /// A call of a context manager of the project's own.
    Manager(Rc<Manager<'a>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequenceKind {
    List,
    Tuple,
    Set,
}

/// The parts of a collection.
#[derive(Debug, Clone)]
pub(crate) enum Items<T> {
    Known(Vec<T>),
    /// Not known; `plain` if certainly nothing but data.
    Unknown {
        plain: bool,
    },
}

/// A function or lambda of the migration itself.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    pub(crate) name: Rc<str>,
    pub(crate) args: &'a ast::Arguments,
    pub(crate) body: Body<'a>,
    pub(crate) defaults: Vec<Value>,
    pub(crate) scope: ScopeId,
    pub(crate) kind: FunctionKind,
}

/// What calling a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionKind {
    /// It runs the body.
    Plain,
    /// It makes a generator.
    Generator,
    /// It makes a coroutine.
    Async,
    /// It makes a context manager of a generator.
    Manager,
    /// It runs the body, without the object it is called on.
    Static,
    /// It runs the body with the class.
    OfClass,
    /// It runs the body when it is read.
    Property,
    /// It does whatever the decorator likes.
    Decorated,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'a> {
    Statements(&'a [ast::Stmt]),
    Expression(&'a ast::Expr),
}

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Value>,
    pub(crate) keywords: Vec<(Rc<str>, Value)>,
    /// Positional arguments that are not known follow (`*columns`).
    pub(crate) more_positional: bool,
    /// Keyword arguments that are not known follow (`**options`).
    pub(crate) more_keywords: bool,
}

impl Arguments {
    pub(crate) fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// The argument at `position` or called `name`.
    pub(crate) fn get(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.positional
            .iter()
            .chain(self.keywords.iter().map(|(_, value)| value))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.more_positional || self.more_keywords
    }
}

/// `sa.table(...)`, `sa.Table(...)` or what `op.create_table` returns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: QualifiedName,
    /// Columns and constraints.
    pub(crate) items: Vec<Value>,
    /// There are more items, not known which.
    pub(crate) open: bool,
}

/// A Core statement or expression: what it touches when it runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    /// Tables that are read and columns that must exist.
    pub(crate) touched: BTreeSet<SchemaObject>,
    /// Tables whose rows are written.
    pub(crate) written: BTreeSet<QualifiedName>,
    /// Columns that are named without their table.
    pub(crate) bare: BTreeSet<String>,
    /// Why more than that may be touched.
    pub(crate) unclear: Option<Rc<str>>,
    /// Mapped classes that are selected: a session makes objects of them, and writes back what changes in these.
    pub(crate) loads: Vec<Rc<Class>>,
    /// An ORM query: what it touches so far has been recorded.
    pub(crate) query: bool,
}

/// A class of the migration itself.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: Rc<str>,
    pub(crate) scope: ScopeId,
    /// Its bases are known and do nothing when an object is made.
    pub(crate) plain: bool,
    pub(crate) is_enum: bool,
    /// A column type that may bring constraints (`SchemaType` of SQLAlchemy).
    pub(crate) brings_constraints: bool,
    /// Its bases among the project's own classes.
    pub(crate) bases: Vec<Rc<Class>>,
    /// The table it is mapped to.
    pub(crate) table: Option<Rc<Table>>,
    /// What its objects are made of, in order, where a dataclass or named tuple says so.
    pub(crate) fields: Option<Vec<Rc<str>>>,
}

/// `op.batch_alter_table(...)`: its operations run when the block ends.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) table: Result<QualifiedName, Rc<str>>,
    pub(crate) queue: Vec<Effect>,
    /// Where something is asked for that `SQLite` copies the whole table for.
    pub(crate) copies: Option<rechain_history::TextRange>,
    /// `recreate=` asks for the copy on every database.
    pub(crate) recreates: bool,
}
