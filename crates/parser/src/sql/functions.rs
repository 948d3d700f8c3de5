//! Functions of the databases themselves that change nothing of the schema.

/// What a function is known to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It comes with the database and computes something.
    Builtin,
    /// Its name is that of many such functions; it may be the project's own, but would compute something too.
    Likely,
    /// It may do anything.
    No,
}

/// What is known of the function `name`.
pub(crate) fn known(name: &str) -> Known {
    let name = name.to_ascii_lowercase();
    if BUILTIN.binary_search(&name.as_str()).is_ok() {
        return Known::Builtin;
    }
    if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Known::Likely;
    }
    Known::No
}

/// Families of functions.
const PREFIXES: &[&str] = &[
    "array_",
    "bit_",
    "date_",
    "json_",
    "jsonb_",
    "pg_get_",
    "pg_size_",
    "pg_table_",
    "pg_total_",
    "regexp_",
    "st_as",
    "st_geo",
    "st_make",
    "st_point",
    "st_set",
    "st_transform",
    "st_x",
    "st_y",
    "string_",
    "to_ts",
    "uuid_",
];

/// Sorted.
#[rustfmt::skip]
const BUILTIN: &[&str] = &[
    "abs", "acos", "adddate", "addtime", "age", "all", "any", "array", "array_agg", "array_append", "array_cat", "array_dims",
    "array_length", "array_lower", "array_position", "array_positions", "array_prepend", "array_remove", "array_replace",
    "array_to_json", "array_to_string", "array_upper", "ascii", "asin", "atan", "atan2", "avg", "bin", "bin_to_uuid", "bit_and",
    "bit_count", "bit_length", "bit_or", "bool_and", "bool_or", "btrim", "cardinality", "cast", "ceil", "ceiling", "changes", "char",
    "char_length", "character_length", "chr", "clock_timestamp", "coalesce", "concat", "concat_ws", "conv", "convert", "convert_from",
    "convert_to", "convert_tz", "cos", "count", "crc32", "crypt", "cume_dist", "curdate", "current_catalog", "current_database",
    "current_date", "current_role", "current_schema", "current_schemas", "current_setting", "current_time", "current_timestamp",
    "current_user", "currval", "curtime", "database", "date", "date_add", "date_format", "date_part", "date_sub", "date_trunc",
    "dateadd", "datediff", "datename", "datepart", "datetime", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "decode",
    "degrees", "dense_rank", "digest", "div", "elt", "encode", "every", "exists", "exp", "extract", "field", "find_in_set", "first_value", "floor",
    "format", "format_type", "found_rows", "from_base64", "from_days", "from_unixtime", "gen_random_bytes", "gen_random_uuid",
    "gen_salt", "generate_series", "generate_subscripts", "get_bit", "get_byte", "getdate", "getutcdate", "glob", "greatest", "group_concat",
    "grouping", "hex", "hour", "hstore", "if", "ifnull", "iif", "in", "initcap", "insert", "instr", "isfinite", "isnull", "json", "json_agg",
    "json_array", "json_array_elements", "json_array_elements_text", "json_array_length", "json_arrayagg", "json_build_array",
    "json_build_object", "json_contains", "json_contains_path", "json_each", "json_each_text", "json_extract", "json_extract_path",
    "json_extract_path_text", "json_group_array", "json_group_object", "json_insert", "json_keys", "json_length", "json_merge_patch",
    "json_merge_preserve", "json_object", "json_object_agg", "json_object_keys", "json_objectagg", "json_overlaps", "json_patch", "json_populate_record",
    "json_quote", "json_remove", "json_replace", "json_search", "json_set", "json_to_record", "json_to_recordset", "json_tree",
    "json_type", "json_typeof", "json_unquote", "json_valid", "json_value", "jsonb", "jsonb_agg", "jsonb_array_elements",
    "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_each", "jsonb_each_text",
    "jsonb_exists", "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_object", "jsonb_object_agg", "jsonb_object_keys",
    "jsonb_path_exists", "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_populate_record", "jsonb_pretty", "jsonb_set",
    "jsonb_set_lax", "jsonb_strip_nulls", "jsonb_to_record", "jsonb_to_recordset", "jsonb_typeof", "julianday", "justify_days",
    "justify_hours", "justify_interval", "lag", "last_day", "last_insert_id", "last_insert_rowid", "last_value", "lastval", "lcase",
    "lead", "least", "left", "length", "like", "ln",  "localtime", "localtimestamp",
    "locate", "log", "log10", "log2", "lower", "lpad", "ltrim",
    "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "makedate", "maketime", "max", "md5", "mid", "min", "minute", "mod",
    "mode", "month", "monthname", "newid", "nextval", "not", "now", "nth_value", "ntile", "nullif", "num_nonnulls", "num_nulls", "numrange", "nvl",
    "obj_description", "octet_length", "ord", "overlay", "percent_rank", "percentile_cont", "percentile_disc", "pg_advisory_lock",
    "pg_advisory_unlock", "pg_advisory_xact_lock", "pg_backend_pid", "pg_column_size", "pg_get_constraintdef", "pg_get_expr",
    "pg_get_indexdef", "pg_get_serial_sequence", "pg_get_viewdef", "pg_relation_size", "pg_sleep", "pg_table_is_visible",
    "pg_total_relation_size", "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "pg_typeof", "pi", "position", "pow", "power", "printf", "quarter", "quote",
    "quote_ident", "quote_literal", "quote_nullable", "radians", "rand", "random", "random_bytes", "randomblob", "rank", "regexp", "regexp_count",
    "regexp_instr", "regexp_like", "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "regexp_substr", "repeat", "replace", "reverse", "right", "round", "row", "row_count", "row_number", "row_to_json",
    "rpad", "rtrim", "schema", "scope_identity", "sec_to_time", "second", "session_user", "setseed", "setval", "sha1", "sha2", "sha224", "sha256", "sha384", "sha512",
    "sign", "sin", "sleep", "soundex", "space", "split_part", "sqlite_version", "sqrt", "starts_with", "statement_timestamp", "stddev", "stddev_pop",
    "stddev_samp", "str_to_date", "strcmp", "strftime", "string_agg", "string_to_array", "string_to_table", "strip", "strpos", "subdate", "substr",
    "substring", "substring_index", "sum", "sys_guid", "sysdate", "sysdatetime", "system_user", "sysutcdatetime", "tan", "textcat", "time", "time_to_sec",
    "timediff", "timeofday", "timestamp", "timestampadd", "timestampdiff", "timezone", "to_ascii", "to_base64", "to_char",
    "to_date", "to_days", "to_hex", "to_json", "to_jsonb", "to_number", "to_regclass", "to_regtype", "to_seconds", "to_timestamp", "to_tsquery",
    "to_tsvector", "total", "total_changes", "transaction_timestamp", "translate", "trim", "trunc", "truncate", "try_cast", "try_convert", "tsrange", "tstzrange",
    "txid_current", "typeof", "ucase", "unaccent", "unhex", "unicode", "unistr", "unix_timestamp", "unixepoch", "unnest", "upper", "user", "utc_date",
    "utc_time", "utc_timestamp", "uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuid_generate_v5", "uuid_in", "uuid_short",
    "uuid_to_bin", "uuidv4", "uuidv7", "values", "var_pop", "var_samp", "variance", "version", "week", "weekday", "weekofyear", "width_bucket", "xmlagg", "xpath", "year",
    "yearweek", "zeroblob",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        let unsorted: Vec<_> = BUILTIN
            .windows(2)
            .filter(|pair| pair[0] >= pair[1])
            .collect();
        assert!(unsorted.is_empty(), "{unsorted:?}");
        assert_eq!(known("NOW"), Known::Builtin);
        assert_eq!(known("jsonb_path_match"), Known::Likely);
        assert_eq!(known("create_hypertable"), Known::No);
        assert_eq!(known("set_config"), Known::No);
    }
}
