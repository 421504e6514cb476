"""A third channel is a line in the table and its own parts: tried out on a copy of the tree that has one.

The copy differs from ours in ``domain/channels/table.py`` alone; ``third_channel.py`` brings the channel's adapter and its
wiring along, and asks everything from the consent to the figures of it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = {
    '    SHOPIFY = "shopify"\n': '    WOOCOMMERCE = "woocommerce"\n',
    '    SHOPIFY_ORDERS = "shopify_orders"\n': '    WOOCOMMERCE_ORDERS = "woocommerce_orders"\n',
    """        orders=Resource.SHOPIFY_ORDERS,
        stores=True,
    ),
""": """    Provider.WOOCOMMERCE: Channel(
        name="woocommerce",
        label="WooCommerce",
        shown_as="woocommerce",
        lacking="No store is connected.",
        orders=Resource.WOOCOMMERCE_ORDERS,
        stores=True,
    ),
""",
}


def test_a_channel_more_is_a_line_in_the_table_and_its_own_parts(tmp_path: Path) -> None:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (tmp_path / "migrations").symlink_to(ROOT / "migrations")
    table = source / "domain" / "channels" / "table.py"
    text = table.read_text("utf-8")
    for before, line in LINES.items():
        assert text.count(before) == 1
        text = text.replace(before, before + line)
    table.write_text(text, "utf-8")

    story = [
        "tests/e2e/third_channel.py",
        "-p",
        "no:cacheprovider",
        "-o",
        f"pythonpath={source} {ROOT}",
        "-q",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *story],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
