"""The plainest page there can be: Flask and Jinja, fifty rows that are in memory. What the product's pages are held against.

Served by gunicorn with the product's own settings: `gunicorn -c crm/ops/gunicorn.conf.py bench.bare:app`.
"""

from flask import Flask, render_template_string

app = Flask(__name__)
ROWS = [
    {"number": n, "name": f"Customer {n}", "email": f"customer{n}@example.test", "when": "12:30"} for n in range(50)
]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Customers</title></head><body>
<table>{% for row in rows %}
  <tr id="row-{{ row.number }}"><td>{{ row.number }}</td><td><a href="/customers/{{ row.number }}">{{ row.name }}</a></td>
    <td>{{ row.email }}</td><td>{{ row.when }}</td></tr>{% endfor %}
</table></body></html>"""


@app.get("/")
def page() -> str:
    return render_template_string(PAGE, rows=ROWS)
