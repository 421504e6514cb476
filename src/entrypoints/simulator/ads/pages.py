"""The advertisers' pages: no script, one form each, readable by keyboard and screen reader."""

from entrypoints.simulator.consent_page import STYLE

_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Amazon Ads</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="place">Simulated Amazon Ads: nothing here belongs to Amazon</p>
"""
_FOOT = """</main>
</body>
</html>
"""

CONSENT_PAGE = (
    _HEAD
    + """<h1>Allow {{ application }} to see your advertising?</h1>
<p>{{ application }} asks to read accounts, campaigns and reports of your advertising accounts, in all regions.
After your decision you return to <strong>{{ host }}</strong>.</p>
<form method="post">
<input type="hidden" name="form" value="{{ form }}">
<fieldset>
<legend>Who are you?</legend>
{% for person in persons %}<label>
<input type="radio" name="person_id" value="{{ person.id }}" required{% if loop.first %} checked{% endif %}>
<span>{{ person.name }}</span>
</label>
{% endfor %}</fieldset>
<div class="actions">
<button class="confirm" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="cancel" formnovalidate>Cancel</button>
</div>
</form>
"""
    + _FOOT
)

TERMS_PAGE = (
    _HEAD
    + """<h1>Amazon Ads Agreement</h1>
{% if accepted %}<p>You have accepted these terms. You may close this page.</p>
{% else %}<p>These are the terms of advertising; in the simulation they say nothing.</p>
<form method="post"><button class="confirm" type="submit">Accept</button></form>
{% endif %}"""
    + _FOOT
)

WRONG_PAGE = _HEAD + "<h1>We're sorry</h1>\n<p>{{ message }}</p>\n" + _FOOT
