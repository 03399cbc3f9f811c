"""`zhilu`: one command, one subcommand for each program.

A program says what it can in a light module `zhilu/<program>/cli.py`: `register(subparsers)` adds its parsers
and sets `func`, which takes the parsed arguments and returns the exit code. Heavy modules are imported inside
`func` only, so that `zhilu --help` and `zhilu verify` need neither Django nor FFmpeg.

Exit codes: 0 done; 1 the answer is no (`verify`: a defect, or not anchored); 2 could not be done, said in one
plain line.
"""

import argparse
import importlib
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Sequence

import zhilu
from zhilu import i18n
from zhilu.errors import ZhiluError
from zhilu.i18n import N_, _

# Order is that of the help page: the chain, from the outside in.
MODULES = ("demo", "pki", "recorder", "station", "server", "keyholder", "verify", "monitor")

# What argparse itself says, so that the catalogue holds it.
ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
)


def build_parser() -> argparse.ArgumentParser:
    # argparse asks gettext's default domain; it is to speak our language instead.
    setattr(argparse, "_", _)  # noqa: B010 - mypy knows no such attribute
    parser = argparse.ArgumentParser(
        prog="zhilu",
        description=_("Zhilu records tax enforcement so that nobody changes, loses or watches it unseen."),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"zhilu {zhilu.__version__}",
        help=_("show program's version number and exit"),
    )
    parser.add_argument(
        "--lang", choices=i18n.LANGUAGES, help=_("language of messages (default: Chinese; also ZHILU_LANG)")
    )
    subparsers = parser.add_subparsers(dest="program", metavar=_("COMMAND"), required=True)
    for name in MODULES:
        # A bureau's recorder may carry a slim installation: a program that is not there offers no command.
        if importlib.util.find_spec(f"zhilu.{name}") and importlib.util.find_spec(f"zhilu.{name}.cli"):
            importlib.import_module(f"zhilu.{name}.cli").register(subparsers)
    return parser


def split_language(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The language, and the words without `--lang`, which may stand anywhere among them.

    It is needed before the parser is built, since its help is already in that language. A value that is no
    language is left for the parser to refuse.
    """
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--lang", choices=i18n.LANGUAGES)
    try:
        found, rest = early.parse_known_args(argv)
    except argparse.ArgumentError:
        found, rest = argparse.Namespace(lang=None), list(argv)
    return found.lang or i18n.wanted_language(os.environ), rest


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    language, words = split_language(sys.argv[1:] if argv is None else argv)
    i18n.use_language(language)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no Chinese gets escapes: better than no verdict.
            stream.reconfigure(errors="backslashreplace")
    # Children speak the same language.
    os.environ["ZHILU_LANG"] = language
    arguments = build_parser().parse_args(words)
    try:
        return int(arguments.func(arguments) or 0)
    except ZhiluError as error:
        print(f"zhilu {arguments.program}: {i18n.error_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read our output has gone (`zhilu … | head`); say nothing at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


if __name__ == "__main__":
    sys.exit(main())
