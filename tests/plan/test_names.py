"""The slug that every name on AWS begins with."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis.strategies import text
from laravel_ecs.names import SLUG_MAX, derive_name, derive_slug, slug_error

CHARACTERS = "e.g. shop-api: only a-z, 0-9 and -"
LENGTH = "e.g. shop: 2 to 20 characters"
LETTER = "e.g. shop-2: start with a letter"
HYPHENS = "e.g. my-shop: no -- and no - last"

JAPANESE = "株式会社日本電子商取引基盤開発運用管理部門第一事業部統合受発注在庫配送請求決済顧客情報管理業務支援基幹系統全国展開版本番環境用"  # noqa: E501

REFUSED = [
    ("Shop", CHARACTERS),
    ("my shop", CHARACTERS),
    ("shop_2", CHARACTERS),
    ("müsli", CHARACTERS),
    ("shop\n", CHARACTERS),
    ("", LENGTH),
    ("a", LENGTH),
    ("a" * 21, LENGTH),
    ("2shop", LETTER),
    ("-shop", LETTER),
    ("my--shop", HYPHENS),
    ("shop-", HYPHENS),
    ("aws", "e.g. my-shop: not aws..."),
    ("aws-shop", "e.g. my-shop: not aws..."),
    ("awsome", "e.g. my-shop: not aws..."),
    ("ssm", "e.g. my-shop: not ssm..."),
    ("internal-tool", "e.g. my-shop: not internal-..."),
    ("internal", "e.g. my-shop: not internal-..."),
    ("sthree-shop", "e.g. my-shop: not sthree-..."),
    ("sthree", "e.g. my-shop: not sthree-..."),
]


@pytest.mark.parametrize(("slug", "message"), REFUSED)
def test_a_bad_slug_is_refused_with_an_example(slug: str, message: str) -> None:
    assert slug_error(slug) == message


@pytest.mark.parametrize("slug", ["ab", "a2", "shop", "my-shop-2", "a" * 20, "internals", "my-aws"])
def test_a_good_slug_is_taken(slug: str) -> None:
    assert slug_error(slug) == ""


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Shop", "shop"),
        ("My Shop", "my-shop"),
        ("Straße & Öl", "strasse-ol"),
        ("Łódź Kjøp Þór Œuvre", "lodz-kjop-thor-oeuvr"),
        ("AWS Shop", "app-aws-shop"),
        ("internal-tool", "app-internal-tool"),
        ("Internal", "app-internal"),
        ("ssm", "app-ssm"),
        ("a", "app-a"),
        ("2 Fast", "app-2-fast"),
        ("Müsli & Söhne", "musli-sohne"),
        ("  --Shop!!  ", "shop"),
        ("The Very Long Name of a Shop", "the-very-long-name-o"),
        ("Twenty Characters ok — and more", "twenty-characters-ok"),
    ],
)
def test_a_slug_is_derived_from_the_name(name: str, slug: str) -> None:
    assert derive_slug(name) == slug


def test_a_name_of_sixty_japanese_characters_has_a_slug_of_its_own() -> None:
    assert len(JAPANESE) >= 60
    slug, other = derive_slug(JAPANESE[:60]), derive_slug(JAPANESE[:59])
    assert slug.startswith("app-")
    assert slug != other
    assert slug_error(slug) == slug_error(other) == ""


@given(text())
@example("")
@example(JAPANESE)
@example("internal")
@example("-" * 40 + "x")
@example("a" * SLUG_MAX + "-")
@example("aws" * 20)
def test_any_name_at_all_has_a_valid_slug(name: str) -> None:
    assert slug_error(derive_slug(name)) == ""


@given(text(alphabet="abinterlswmth3-0 ", max_size=30))
def test_names_like_the_reserved_ones_have_a_valid_slug(name: str) -> None:
    assert slug_error(derive_slug(name)) == ""


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "Shop"),
        ("my-shop_2", "My Shop 2"),
        ("..", "Laravel"),
        ("", "Laravel"),
        ("ショップ", "ショップ"),
    ],
)
def test_a_name_is_suggested_for_the_folder(folder: str, name: str) -> None:
    assert derive_name(folder) == name
