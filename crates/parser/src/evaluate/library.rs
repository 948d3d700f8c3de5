//! What imported names are, by their path alone: which certainly cannot reach the database.

/// Python's built-in functions and types.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

#[rustfmt::skip]
const BUILTINS: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "DeprecationWarning",
    "Exception", "FileNotFoundError", "IOError", "ImportError", "IndexError", "KeyError",
    "KeyboardInterrupt", "LookupError", "ModuleNotFoundError", "NameError", "NotImplemented",
    "NotImplementedError", "OSError", "RuntimeError", "RuntimeWarning", "StopIteration",
    "SystemExit", "TimeoutError", "TypeError", "UnicodeDecodeError", "UnicodeError", "UserWarning",
    "ValueError", "Warning", "ZeroDivisionError", "__builtins__", "__doc__", "__file__",
    "__import__", "__name__", "abs", "all", "any", "ascii", "basestring", "bin", "bool",
    "breakpoint", "bytearray", "bytes", "callable", "chr", "classmethod", "compile", "complex",
    "delattr", "dict", "dir", "divmod", "enumerate", "eval", "exec", "exit", "filter", "float",
    "format", "frozenset", "getattr", "globals", "hasattr", "hash", "help", "hex", "id", "input",
    "int", "isinstance", "issubclass", "iter", "len", "list", "locals", "long", "map", "max",
    "memoryview", "min", "next", "object", "oct", "open", "ord", "pow", "print", "property",
    "quit", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted",
    "staticmethod", "str", "sum", "super", "tuple", "type", "unicode", "vars", "xrange", "zip",
];

/// Modules whose functions give plain data, whatever they are given.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "abc", "argparse", "base64", "bcrypt", "binascii", "calendar", "click", "codecs", "colorama",
    "configparser", "cryptography", "csv", "dataclasses", "dateutil", "datetime", "decimal",
    "difflib", "enum", "errno", "faker", "fnmatch", "fractions", "glob", "gzip", "hashlib", "hmac",
    "html", "io", "ipaddress", "json", "jwt", "locale", "logging", "loguru", "markdown", "math",
    "mimetypes", "netaddr", "numbers", "operator", "orjson", "os", "oslo_log",
    "oslo_serialization", "oslo_utils", "packaging", "passlib", "pathlib", "pickle",
    "pkg_resources", "platform", "pprint", "pytz", "random", "re", "rich", "secrets", "shlex",
    "simplejson", "six", "slugify", "socket", "sqlparse", "statistics", "string", "struct",
    "structlog", "sys", "tempfile", "textwrap", "time", "toml", "traceback", "types", "typing",
    "typing_extensions", "tzlocal", "ujson", "ulid", "unicodedata", "urllib", "uuid", "uuid6",
    "warnings", "werkzeug", "yaml", "zlib", "zoneinfo", "importlib.resources",
    "importlib_resources", "importlib.metadata", "flask.current_app.config",
];

/// Functions in those modules that do more: run programs, load code or call what they are given.
#[rustfmt::skip]
const NOT_PLAIN: &[&str] = &[
    "os.system", "os.popen", "os.exec", "os.spawn", "os.fork", "sys.modules", "pickle.load",
    "pickle.loads", "operator.methodcaller", "operator.attrgetter", "operator.itemgetter",
    "operator.call", "types.FunctionType", "click.Context", "warnings.catch_warnings",
    "typing.cast", "socket.create_connection", "socket.socket",
];

/// Whether everything at `path` gives plain data when called, read or looped over.
pub(super) fn is_plain(path: &str) -> bool {
    if NOT_PLAIN.iter().any(|other| path.starts_with(other)) {
        return false;
    }
    // Translations are named `_` by custom.
    PLAIN.iter().any(|module| is_in(path, module)) || is_logger(path)
        || path.ends_with("._")
        // A project's own, around the standard one.
        || path.ends_with(".json.dumps")
        || path.ends_with(".json.loads")
}

/// Whether `path` is `module` or something in it.
pub(super) fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A method of an imported logger (`project.log.logger.info`).
pub(super) fn is_logger(path: &str) -> bool {
    let mut parts = path.rsplit('.');
    let (method, object) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    matches!(
        method,
        "debug"
            | "info"
            | "warning"
            | "warn"
            | "error"
            | "exception"
            | "critical"
            | "getLogger"
            | "get_logger"
    ) && matches!(
        object.trim_start_matches('_').to_ascii_lowercase().as_str(),
        "log" | "logger" | "logging"
    )
}

/// Whether two paths name one thing that has moved between versions of `SQLAlchemy`.
pub(super) fn are_same(one: &str, other: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    is_in(one, "sqlalchemy") && is_in(other, "sqlalchemy") && last(one) == last(other)
}

/// Built-in functions that give plain data and do nothing else, whatever they are given.
pub(super) fn is_plain_builtin(name: &str) -> bool {
    matches!(
        name,
        "abs"
            | "all"
            | "any"
            | "ascii"
            | "bin"
            | "bool"
            | "bytes"
            | "bytearray"
            | "callable"
            | "chr"
            | "complex"
            | "dir"
            | "divmod"
            | "exit"
            | "float"
            | "format"
            | "hasattr"
            | "hash"
            | "hex"
            | "id"
            | "input"
            | "int"
            | "isinstance"
            | "issubclass"
            | "len"
            | "long"
            | "memoryview"
            | "oct"
            | "open"
            | "ord"
            | "pow"
            | "print"
            | "quit"
            | "repr"
            | "round"
            | "slice"
            | "str"
            | "sum"
            | "type"
            | "unicode"
            | "object"
    ) || name.ends_with("Error")
        || name.ends_with("Exception")
        || name.ends_with("Warning")
        || matches!(
            name,
            "SystemExit" | "StopIteration" | "KeyboardInterrupt" | "NotImplemented"
        )
}

/// Packages of column types and other things that only describe.
pub(super) fn is_descriptive(path: &str) -> bool {
    #[rustfmt::skip]
    const PACKAGES: &[&str] = &[
        "sqlalchemy", "geoalchemy2", "sqlmodel", "pgvector", "citext", "sqlalchemy_json",
        "sqlalchemy_jsonfield", "sqlalchemy_utils", "fastapi_users_db_sqlalchemy",
        "sqlalchemy_utc", "sqlalchemy_searchable", "advanced_alchemy.types",
        "pgvecto_rs", "sqlalchemy_bigquery", "snowflake.sqlalchemy", "clickhouse_sqlalchemy",
        "alembic_utils", "alembic_postgresql_enum", "sqlalchemy_jsonb", "sqlalchemy_enum34",
        "sqlalchemy_i18n", "cockroachdb", "sqlalchemy_cockroachdb", "sqlalchemy_fields",
        "fastapi_users.db", "fastapi_utils.guid_type",
    ];
    if !PACKAGES.iter().any(|package| is_in(path, package)) {
        return false;
    }
    is_in(path, "sqlalchemy") || is_class_name(path)
}

/// Whether the last part of `path` is written like a class.
pub(super) fn is_class_name(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.trim_start_matches('_')
        .starts_with(|c: char| c.is_uppercase())
}

/// Decorators after which a function still does what its body says.
pub(super) fn keeps_function(path: &str) -> bool {
    matches!(
        path,
        "functools.cache"
            | "functools.lru_cache"
            | "public.public"
            | "typing.no_type_check"
            | "typing.override"
    )
}

/// The base of column types that may bring constraints of their own.
pub(super) fn is_schema_type(path: &str) -> bool {
    is_in(path, "sqlalchemy") && path.ends_with(".SchemaType")
}

/// Base classes that do nothing when an object is made.
pub(super) fn is_plain_base(path: &str) -> bool {
    #[rustfmt::skip]
    const TYPES: &[&str] = &[
        "BigInteger", "Boolean", "DateTime", "Enum", "Float", "Integer", "JSON", "LargeBinary", "Numeric", "String", "Text",
        "TypeDecorator", "Unicode", "UnicodeText", "Uuid",
    ];
    let is_type = [
        "sqlalchemy.types",
        "sqlalchemy.dialects",
        "sqlalchemy.sql.sqltypes",
    ]
    .iter()
    .any(|module| is_in(path, module))
        || path
            .strip_prefix("sqlalchemy.")
            .is_some_and(|name| TYPES.contains(&name));
    is_type
        || is_in(path, "enum")
        || is_in(path, "typing")
        || is_in(path, "abc")
        || matches!(
            path,
            "builtins.object" | "builtins.str" | "builtins.int" | "builtins.Exception"
        )
        || matches!(
            path,
            "sqlalchemy.orm.DeclarativeBase" | "sqlalchemy.orm.MappedAsDataclass"
        )
}

/// Whether an attribute or key of this name of plain data may yet be a way to the database.
pub(super) fn names_a_connection(name: &str) -> bool {
    matches!(
        name,
        "bind"
            | "connection"
            | "conn"
            | "engine"
            | "session"
            | "op"
            | "attributes"
            | "connectable"
            | "db"
            | "database"
    )
}
