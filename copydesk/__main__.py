"""Where every command begins: ``copydesk`` and ``python -m copydesk``."""

from copydesk.flows.io.import_path import drop_cwd_from_path

drop_cwd_from_path()  # before all other imports: what lies among the pages is not ours to run

from copydesk.flows.commands.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
