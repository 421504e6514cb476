"""The reference in docs/reference, made from the code: ``python3 dev.py docs``. What explains more stands in docs/."""
