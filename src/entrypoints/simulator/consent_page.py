"""The consent page's HTML: no script, one form, readable by keyboard and screen reader."""

STYLE = """
  :root { color-scheme: light dark; --ink: #1c2530; --paper: #fff; --ground: #eef1f4; --line: #c9d1da;
          --accent: #0b6b74; --quiet: #55616e; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e8edf2; --paper: #1d252e; --ground: #12181f; --line: #3c4855; --accent: #5cc8d2;
            --quiet: #a3b0bd; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
         background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
  main { width: min(34rem, 100%); background: var(--paper); border: 1px solid var(--line);
         border-radius: .75rem; padding: 2rem; }
  h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .75rem; }
  p { margin: 0 0 1rem; }
  .place { color: var(--quiet); font-size: .85rem; letter-spacing: .02em; }
  fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; max-height: 45vh; overflow: auto; }
  legend { font-weight: 600; padding: 0 0 .5rem; }
  label { display: flex; gap: .75rem; align-items: baseline; padding: .6rem .75rem; margin-bottom: .4rem;
          border: 1px solid var(--line); border-radius: .5rem; cursor: pointer; }
  label:has(:checked) { border-color: var(--accent); }
  label small { display: block; color: var(--quiet); }
  input { accent-color: var(--accent); }
  .actions { display: flex; gap: .75rem; flex-wrap: wrap; }
  button { font: inherit; padding: .6rem 1.4rem; border-radius: .5rem; border: 1px solid var(--line);
           background: transparent; color: inherit; cursor: pointer; }
  button.confirm { background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600; }
  button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""

_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Authorize application - simulated Seller Central</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="place">Simulated Seller Central: nothing here belongs to Amazon</p>
"""

PAGE = (
    _HEAD
    + """<h1>Authorize {{ application }}?</h1>
<p>{{ application }} asks to read orders, sales and inventory of your selling account on your behalf.
After your decision you return to <strong>{{ host }}</strong>.</p>
<form method="post">
<input type="hidden" name="form" value="{{ form }}">
<fieldset>
<legend>Which account?</legend>
{% for seller in sellers %}<label>
<input type="radio" name="seller_id" value="{{ seller.id }}" required{% if loop.first %} checked{% endif %}>
<span>{{ seller.name }}
<small>{{ seller.id }} · {{ seller.marketplaces | map(attribute="country_code") | join(", ") }}</small></span>
</label>
{% endfor %}</fieldset>
<div class="actions">
<button class="confirm" type="submit" name="decision" value="confirm">Confirm</button>
<button type="submit" name="decision" value="cancel" formnovalidate>Cancel</button>
</div>
</form>
</main>
</body>
</html>
"""
)

MANAGE_PAGE = (
    _HEAD
    + """<h1>Manage your apps</h1>
<p>Authorize {{ application }}, or renew its authorization, in the name of:</p>
<ul>
{% for seller, address in sellers %}<li><a href="{{ address }}">Authorize {{ application }} for {{ seller.name }}</a>
<small>{{ seller.id }} · {{ seller.marketplaces | map(attribute="country_code") | join(", ") }}</small></li>
{% endfor %}</ul>
</main>
</body>
</html>
"""
)

ERROR_PAGE = (
    _HEAD
    + """<h1>We cannot authorize this application</h1>
<p>{{ message }}</p>
<p class="place">Error code: {{ code }}</p>
</main>
</body>
</html>
"""
)
