"""Runs the dashboard without a browser and prints what stands on it, as JSON.

For the dashboard's own interpreter: python visitor.py [PASSWORD …]; each password is tried in turn.
"""

import json
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

page = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
for password in sys.argv[1:]:
    page.text_input[0].set_value(password)
    page.button[0].click().run()
sys.stdout.write(
    json.dumps(
        {
            "metrics": {metric.label: metric.value for metric in page.metric},
            "tables": [table.value.astype(str).to_dict("records") for table in page.dataframe],
            "said": [each.value for each in (*page.error, *page.info, *page.text)],
            "asked": [field.label for field in page.text_input],
            "markdown": [each.value for each in page.markdown],
            "exceptions": [each.message for each in page.exception],
        }
    )
)
