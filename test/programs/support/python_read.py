"""Reads hexadecimal files, one a line, with python-dotenv; prints for each a JSON list of [key, value]."""

import json
import logging
import os
import sys
import tempfile

from dotenv import dotenv_values

logging.disable(logging.CRITICAL)
os.environ.clear()

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, '.env')
    for line in sys.stdin:
        with open(path, 'wb') as file:
            file.write(bytes.fromhex(line.strip()))
        values = dotenv_values(path, encoding='utf-8')
        print(json.dumps([[key, value] for key, value in values.items() if value is not None]))
