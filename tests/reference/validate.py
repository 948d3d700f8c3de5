"""Validates JSON documents against JSON schemas: stdin has a list of {"schema", "document"}, stdout
gets the errors of each."""

import json
import sys

from jsonschema.validators import validator_for


def errors(schema, document):
    validator = validator_for(schema)(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


json.dump([errors(job["schema"], job["document"]) for job in json.load(sys.stdin)], sys.stdout)
