"""Reads ini texts with CPython's configparser, as Alembic does.

stdin: a JSON list of texts. stdout: for each, null where the text is an error, else a list of
[section, [[option, raw value, value or null], ...]], the section DEFAULT last.
"""

import configparser
import io
import json
import sys


def value(parser, section, option):
    try:
        return parser.get(section, option)
    except configparser.Error:
        return None


def read(text):
    parser = configparser.ConfigParser({"here": "/the/directory"})
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    return [
        [section, [[name, raw, value(parser, section, name)] for name, raw in parser.items(section, raw=True)]]
        for section in [*parser.sections(), "DEFAULT"]
    ]


json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
