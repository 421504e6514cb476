"""Writes the reference's pages."""

from handbook.pages import FOLDER, pages


def main() -> None:
    """Write every page, and say which ones are other than before."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        page = FOLDER / name
        before = page.read_text("utf-8") if page.exists() else None
        page.write_text(text, "utf-8")
        print(f"docs/reference/{name}{'' if before == text else '  (changed)'}")


if __name__ == "__main__":
    main()
