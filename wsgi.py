"""The application, for any WSGI server: ``gunicorn wsgi:app`` or ``flask --app wsgi run``."""

from entrypoints.main import application

app = application()
