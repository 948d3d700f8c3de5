//! Functions of Python's library that hand on what they are given.

use rechain_history::TextRange;

use super::value::{Arguments, Object, SequenceKind, Value};
use super::{Interpreter, library};

impl Interpreter<'_> {
    /// Library functions that hand on what they are given.
    pub(super) fn call_structural(
        &mut self,
        path: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Option<Value> {
        Some(match path {
            // Its elements come into being when they are asked for.
            "collections.defaultdict"
                if args.positional.len() == 1
                    && matches!(&args.positional[0], Value::Path(path) if matches!(
                        &**path,
                        "builtins.list" | "builtins.dict" | "builtins.set" | "builtins.int" | "builtins.str"
                    )) =>
            {
                Value::Data
            }
            "collections.OrderedDict" => self.call_builtin("dict", args, range),
            "typing.cast" => args.positional.get(1).cloned().unwrap_or(Value::Data),
            "six.moves.range" => self.call_builtin("range", args, range),
            "six.iteritems" => {
                let dict = args.positional.first().cloned()?;
                let items = self.attribute_of_dict(&dict);
                self.call(&items, Arguments::default(), range)
            }
            // The type that it is given, which notices changes.
            _ if library::is_in(path, "sqlalchemy.ext.mutable")
                && path.ends_with(".as_mutable") =>
            {
                args.positional.first().cloned().unwrap_or(Value::Data)
            }
            // What it gives changes no more than the name of a function.
            "functools.wraps" => Value::Path("typing.no_type_check".into()),
            "functools.partial" => Value::Unknown("a partial function".into()),
            "importlib.import_module" if matches!(args.positional.first(), Some(Value::Str(name)) if !name.starts_with('.')) => {
                match args.positional.first() {
                    Some(Value::Str(name)) => Value::Path(name.clone()),
                    _ => Value::Data,
                }
            }
            "io.open" | "codecs.open" => self.open_builtin(args),
            _ if path.starts_with("os.path.") || path.starts_with("pathlib.P") => {
                return self.path_function(path, args);
            }
            "importlib.import_module" => {
                Value::Unknown("a module that is imported at run time".into())
            }
            "contextlib.suppress" | "contextlib.closing" | "contextlib.ExitStack" => {
                Value::Unknown("a context manager".into())
            }
            "itertools.chain" => {
                let parts = args.positional.iter().map(|part| self.known_items(part));
                match parts.collect::<Option<Vec<_>>>() {
                    Some(parts) if !args.is_open() => {
                        self.sequence(SequenceKind::List, parts.into_iter().flatten().collect())
                    }
                    _ => self.handed_on(args, range),
                }
            }
            "itertools.product" if args.keywords.is_empty() && !args.is_open() => {
                let parts = args.positional.iter().map(|part| self.known_items(part));
                let Some(parts) = parts.collect::<Option<Vec<_>>>() else {
                    return Some(self.handed_on(args, range));
                };
                let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
                for part in parts {
                    if !self.step(rows.len().saturating_mul(part.len())) {
                        return Some(Value::Data);
                    }
                    rows = rows
                        .iter()
                        .flat_map(|row| {
                            part.iter()
                                .map(|item| [row.as_slice(), std::slice::from_ref(item)].concat())
                        })
                        .collect();
                }
                let rows = rows
                    .into_iter()
                    .map(|row| self.sequence(SequenceKind::Tuple, row))
                    .collect();
                self.sequence(SequenceKind::List, rows)
            }
            _ if [
                "itertools",
                "functools",
                "collections",
                "copy",
                "contextlib",
                "tqdm",
                "asyncio.sleep",
            ]
            .iter()
            .any(|module| library::is_in(path, module)) =>
            {
                self.handed_on(args, range)
            }
            _ => return None,
        })
    }

    fn attribute_of_dict(&mut self, dict: &Value) -> Value {
        self.add(Object::Method {
            receiver: dict.clone(),
            name: "items".into(),
        })
    }

    /// Something made of the arguments.
    fn handed_on(&mut self, args: &Arguments, range: TextRange) -> Value {
        self.escape_all(args, range);
        if args.all().all(|value| self.is_plain(value)) {
            Value::Data
        } else {
            Value::Unknown("something made of values that are not known".into())
        }
    }
}
