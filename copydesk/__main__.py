"""Where every command begins: ``copydesk`` and ``python -m copydesk``."""

from copydesk.flows.io.import_path import drop_cwd_from_path

drop_cwd_from_path()  # before all other imports: what lies among the pages is not ours to run

import signal  # noqa: E402

# until a command is there to end in order, Ctrl-C ends the process without a traceback; workers read this file, too
if __name__ != "__mp_main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from copydesk.flows.commands.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
