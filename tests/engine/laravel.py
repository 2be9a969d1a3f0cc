"""Real Laravel and PHPUnit as Composer packages, made from Debian's, for where Packagist is not.

Debian splits a PHP library into one package per component and gives each an autoloader of its
own. Here a library and all it needs become one Composer package with a class map, so that what
`composer install` writes, and what autoloading costs, is as in any other application.
"""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .debian import Apt

# What Debian's packages of PHP code begin with.
PHP = ("php-", "phpunit", "composer", "jsonlint")

AUTOLOADER = re.compile(r"[Aa]utoload(-\w+)?\.php")

# A file that an autoloader of Debian's loads at once, because it defines functions.
LOADED_AT_ONCE = re.compile(r"^require_once __DIR__ ?\. ?'/((?!.*autoload)[^']+)';", re.MULTILINE | re.I)

# Second definitions of a class, for older versions of PHP.
NOT_AUTOLOADED = ["**/*WeakType.php", "**/UnprotectedDatePeriod.php", "**/bootstrap.php"]

# Real Composer packages bring these polyfills; Debian relies on the extensions instead.
POLYFILLS = tuple(f"php-symfony-polyfill-{name}" for name in ("intl-grapheme", "intl-normalizer", "mbstring"))


@dataclass(frozen=True)
class Library:
    """A Composer package, the Debian packages it is made from, and what it asks of PHP."""

    name: str
    debian: tuple[str, ...]
    php: str
    extensions: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()


COMPOSER = Library("composer/composer", ("composer", *POLYFILLS), ">=7.2.5", binaries=("composer",))
LIBRARIES = (
    Library(
        "laravel/framework",
        ("php-laravel-framework", "php-symfony-polyfill-intl-idn", *POLYFILLS),
        "^8.3",
        ("ctype", "dom", "filter", "hash", "mbstring", "openssl", "session", "tokenizer"),
    ),
    Library(
        "phpunit/phpunit",
        ("phpunit",),
        ">=8.4.1",
        ("dom", "json", "libxml", "mbstring", "xml", "xmlwriter"),
        ("phpunit",),
    ),
    Library("mockery/mockery", ("php-mockery",), ">=7.3"),
)


def build(target: Path) -> None:
    """Write Composer itself to `target/composer`, and the libraries' archives beside it.

    `target/packages.json` describes the archives the way a Composer repository does.
    """
    apt = Apt("sid")
    composer = target / "composer"
    _unpack(apt, COMPOSER, composer)
    for autoloader in _autoloaders(composer):
        up = len(autoloader.relative_to(composer).parts) - 2
        code = autoloader.read_text().replace("'/usr/share/php/", f"dirname(__DIR__, {up}) . '/")
        autoloader.write_text(code)
    command = composer / "composer"
    code = command.read_text().removeprefix("#!/usr/bin/php\n")
    command.write_text(code.replace("/../share/php/", "/src/"))
    packages = [_package(apt, library, target) for library in LIBRARIES]
    (target / "packages.json").write_text(json.dumps(packages, indent=1))


def _package(apt: Apt, library: Library, target: Path) -> dict[str, object]:
    """Archive one library; return what Composer has to know of it."""
    root = target / library.name.replace("/", "-")
    version = _unpack(apt, library, root)
    autoloaders = _autoloaders(root)
    loaded = {
        str((autoloader.parent / file).relative_to(root))
        for autoloader in autoloaders
        for file in LOADED_AT_ONCE.findall(autoloader.read_text())
    }
    for autoloader in autoloaders:
        autoloader.unlink()
    archive = target / f"{root.name}.tar"
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(root, arcname=root.name)
    shutil.rmtree(root)
    return {
        "name": library.name,
        "version": version,
        "require": {"php": library.php} | {f"ext-{name}": "*" for name in library.extensions},
        "autoload": {
            "classmap": ["src/"],
            "exclude-from-classmap": NOT_AUTOLOADED,
            "files": sorted(loaded),
        },
        "bin": library.binaries,
        "dist": {"type": "tar", "url": archive.name},
    }


def _unpack(apt: Apt, library: Library, root: Path) -> str:
    """Lay out a library with all it needs: code in `src/`, commands beside. Return its version."""
    needed = apt.needs(library.debian)
    tree = root.with_suffix(".debian")
    apt.unpack(library.name, [name for name in needed if name.startswith(PHP)], tree)
    root.mkdir()
    (tree / "usr/share/php").rename(root / "src")
    for name in library.binaries:
        (tree / "usr/bin" / name).rename(root / name)
    shutil.rmtree(tree)
    defaults = root / "src/Illuminate/config"
    if defaults.exists():  # the framework looks for them four folders above its bootstrap
        defaults.rename(root / "config")
    return needed[library.debian[0]].split("+")[0].split("-")[0]


def _autoloaders(root: Path) -> list[Path]:
    return [path for path in root.rglob("*.php") if AUTOLOADER.fullmatch(path.name)]
