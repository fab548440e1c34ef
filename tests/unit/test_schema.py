#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema that `isoward schema` prints: it takes what the program takes, and refuses what is wrong in form.

usage: test_schema.py ISOWARD SOURCE_FOLDER
"""
import glob
import json
import os
import re
import subprocess
import sys
import unittest

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

PROGRAM = sys.argv[1]
SOURCE = sys.argv[2]
BAD = os.path.join(SOURCE, "tests/data/policy/bad")

# What of the wrong policies is wrong in form: an unknown key, another kind of value, something left out. Three are
# beyond a schema: a policy without gateway or zones may be one that is included, and editors drop a number's zeros.
FORM = re.compile(r"is not a key of|; it must be (?!one line)|has no '.*; for example|is an empty list|names no condition"
                  r"|neither 'allow'|has neither|is not a VLAN|cannot name a|is not a class;|is above"
                  r"|isolation .* is not known|version .* is not known|in a file that it includes")
BEYOND = {"gateway-missing.yaml", "include-no-zones.yaml", "members-vlan-octal.yaml"}


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2 with its core schema, as editors read it: no dates, no base 60, no 'yes'."""


EditorLoader.yaml_implicit_resolvers = {}
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]+$"), list("-+0123456789"))
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(~|null|)$"), ["~", "n", ""])


def load(path):
    with open(path, "rb") as file:
        return yaml.load(file, EditorLoader)


def print_schema():
    return json.loads(subprocess.run([PROGRAM, "schema"], check=True, capture_output=True).stdout)


def properties_of(schema):
    """Every key of every table with its schema."""
    for table in [schema, *schema["definitions"].values()]:
        yield from table["properties"].items()


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = print_schema()
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def refuses(self, document):
        return not self.validator.is_valid(document)

    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.assertEqual(self.schema["$schema"], "http://json-schema.org/draft-07/schema#")

    def test_good_policies_are_taken(self):
        paths = [path for pattern in ("policy/examples/*.yaml", "policy/packs/*.yaml", "tests/data/policy/*.yaml",
                                      "tests/data/policy/good/*.yaml", "tests/data/plan/*.yaml")
                 for path in glob.glob(os.path.join(SOURCE, pattern))]
        self.assertGreater(len(paths), 10)
        for path in paths:
            errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
                      for error in self.validator.iter_errors(load(path))]
            self.assertEqual(errors, [], path)

    def test_wrong_forms_are_refused(self):
        tried = 0
        for path in sorted(glob.glob(os.path.join(BAD, "*.expected"))):
            with open(path, encoding="utf-8", errors="replace") as file:
                said = file.readline()
            name = os.path.basename(path)[:-len(".expected")] + ".yaml"
            # what is wrong in a file that is included is not wrong in the one that includes it
            if not FORM.search(said) or not said.startswith(name) or name in BEYOND:
                continue
            try:
                document = load(os.path.join(BAD, name))
            except yaml.YAMLError:
                continue
            tried += 1
            with self.subTest(name):
                self.assertTrue(self.refuses(document), said)
        self.assertGreater(tried, 40)

    def test_the_three_kinds_of_file(self):
        gateway = {"clinical": "pumps0", "uplink": ["wan0"]}
        zones = {"quarantine": {"default": True}}
        for document, good in [
                ({"version": 1, "gateway": gateway, "zones": zones}, True),
                ({"version": 1, "gateway": gateway}, False),
                ({"version": 1, "gateway": gateway, "include": "zones.yaml"}, True),
                ({"gateway": gateway, "zones": zones}, False),
                ({"version": 1, "rules": []}, True),
                ({"version": 1, "zones": {"pumps": {}}}, True),
                ({"version": 1, "site": "here"}, False),
                ({"rules": []}, False),
                ({}, False)]:
            self.assertEqual(self.validator.is_valid(document), good, document)

    def test_members_lead_back_to_themselves(self):
        def pack(members):
            return {"version": 1, "zones": {"a": {"members": members}}}

        self.assertFalse(self.refuses(pack({"any": [{"not": {"all": [{"vlan": [1, 4094]}, {"tag": "icu"}]}}]})))
        for wrong in [{}, {"vlan": 0}, {"vlan": 4095}, {"vlan": "ten"}, {"any": []}, {"any": {"vlan": 1}},
                      {"not": [{"vlan": 1}]}, {"any": [{"not": {"all": [{"vlans": 1}]}}]}, {"mac": "44-4b-5d-00-00-01"},
                      {"vendor": "G[E]"}, {"class": "Medical"}]:
            self.assertTrue(self.refuses(pack(wrong)), wrong)

    def test_rules_have_one_verdict(self):
        rule = {"from": "any", "to": ["pacs", "CT-2"]}
        for more, good in [({}, False), ({"allow": "dicom"}, True), ({"deny": ["tcp/22", "any"]}, True),
                           ({"allow": "dicom", "deny": "ssh"}, False), ({"allow": []}, False),
                           ({"reject": "any", "during": "Mon-Fri 07:00-19:00", "until": "2026-12-31"}, True),
                           ({"allow": "any", "during": "at night"}, False), ({"allow": "any", "mode": "watch"}, False),
                           ({"allow": "any", "until": "31.12.2026"}, False), ({"allow": "any", "log": "yes"}, False),
                           ({"allow": "any", "rate": "10/second"}, True), ({"allow": "any", "rate": 10}, False)]:
            self.assertEqual(not self.refuses({"version": 1, "rules": [{**rule, **more}]}), good, more)

    def test_every_key_is_there_with_its_help(self):
        rows = []
        for path in glob.glob(os.path.join(SOURCE, "policy/language/parse_*.c")):
            with open(path, encoding="utf-8") as file:
                rows += re.findall(r'\{ "([a-z_]+)", SHAPE_', file.read())
        self.assertGreater(len(rows), 50)
        self.assertEqual(sorted(rows), sorted(name for name, _ in properties_of(self.schema)))
        for name, value in properties_of(self.schema):
            self.assertTrue(value.get("description"), name)
            self.assertTrue(value.get("examples"), name)

    def test_examples_and_defaults_are_of_their_form(self):
        defaults = 0
        for name, value in properties_of(self.schema):
            alone = {**value, "definitions": self.schema["definitions"]}
            for example in value["examples"]:
                jsonschema.Draft7Validator(alone).validate(example)
            if "default" in value:
                defaults += 1
                jsonschema.Draft7Validator(alone).validate(value["default"])
        self.assertGreater(defaults, 3)

    def test_it_takes_no_arguments(self):
        done = subprocess.run([PROGRAM, "schema", "policy.yaml"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
