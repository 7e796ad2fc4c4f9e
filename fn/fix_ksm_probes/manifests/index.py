"""An index of the items of a stream and of other files, by kind, name, namespace or label.

A table of items is made once, when it is first needed, and no look-up visits all items: the work
for one workload does not grow with the number of items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, identify
from fix_ksm_probes.yamlpatch import NamedTuple, Patch, Pointer, apply_patch, value_at
from fix_ksm_probes.yamlpatch.patch import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")
    # An item with a fact about it, its keys, and its namespaces; "" stands for all namespaces.
    Row = tuple[Item, T, Iterable[object], Iterable[str]]
    Table = Callable[["Kinds"], Iterator[Row[T]]]

_ANY = object()
_EVERYWHERE = object()
_NAMES = (("kind",), ("metadata", "namespace"), ("metadata", "name"))


class _Copies(NamedTuple):
    """An object that several files have: its kind, namespace and name, and its files and folders.

    `folders` are the files that have it, and all folders above them.
    """

    name: tuple[str, ...]
    folders: set[str]


_NO_COPIES: dict[Pointer, _Copies] = {}


class _Rows:
    """The rows of a table, each under all of its keys; those of `selectors` under the rarest one.

    If several files have the same object, `copies` has it by the pointer of each copy.
    """

    def __init__(
        self,
        rows: Iterable[Row[Any]],
        copies: Mapping[Pointer, _Copies],
        *,
        selectors: bool = False,
    ) -> None:
        self._selectors, self._copies = selectors, copies
        self._rows: list[Row[Any]] = []
        self._at: dict[tuple[object, object], dict[int, None]] = {}
        # The rows of each object that has copies: the first one, and those below each folder.
        self._groups: dict[object, tuple[int, dict[str, list[int]]]] = {}
        self.counts: dict[object, int] = {}
        self.put(rows)

    def put(self, rows: Iterable[Row[Any]]) -> None:
        """Append rows."""
        listed = [(item, known, tuple(keys), namespaces) for item, known, keys, namespaces in rows]
        for _, _, keys, _ in listed:
            for key in keys:
                self.counts[key] = self.counts.get(key, 0) + 1
        for row in listed:
            item, _, keys, namespaces = row
            number = self._group(item.pointer, len(self._rows))
            self._rows.append(row)
            for key in (self.rarest(keys),) if self._selectors else (*keys, _ANY):
                for namespace in (*namespaces, _EVERYWHERE):
                    self._at.setdefault((key, namespace), {})[number] = None

    def rarest(self, keys: tuple[object, ...]) -> object:
        """Return the key that the fewest rows have."""
        return min(keys, key=lambda key: self.counts.get(key, 0), default=_ANY)

    def find(
        self, keys: Iterable[object], namespace: str | None, own: str
    ) -> Iterator[tuple[Item, Any]]:
        """Yield the rows that have one of the keys, in their order, as the file `own` sees them."""
        keys = tuple(keys)
        spaces = (namespace, "") if namespace else (_EVERYWHERE,)
        places = ((key, space) for key in dict.fromkeys(keys) for space in spaces)
        found = [self._at[place] for place in places if place in self._at]
        # A caller that stops early pays only for what it took.
        numbers = found[0] if len(found) == 1 else sorted({each for some in found for each in some})
        for number in numbers:
            item, known, _, _ = self._rows[number]
            if own and item.pointer in self._copies:
                yield from self._nearest(item.pointer, own, keys, namespace)
            else:
                yield item, known

    def _group(self, pointer: Pointer, number: int) -> int:
        if pointer not in self._copies:
            return number
        first, folders = self._groups.setdefault(self._copies[pointer].name, (number, {}))
        for folder in _folders(str(pointer[0])):
            folders.setdefault(folder, []).append(number)
        return first

    def _nearest(
        self, pointer: Pointer, own: str, keys: tuple[object, ...], namespace: str | None
    ) -> Iterator[tuple[Item, Any]]:
        """Yield the rows of an object in the file `own`, or else below the nearest folder."""
        copies = self._copies[pointer]
        # A copy that is nearest hides the others, even if it has no row in the table itself.
        nearest = next(each for each in _folders(own) if each in copies.folders)
        for number in self._groups[copies.name][1].get(nearest, ()):
            item, known, held, namespaces = self._rows[number]
            is_near = not namespace or namespace in namespaces or "" in namespaces
            if is_near and (self._selectors or not {*held, _ANY}.isdisjoint(keys)):
                yield item, known


def _folders(path: str) -> Iterator[str]:
    """Yield a path, and each folder above it."""
    yield path
    while path:
        path = path.rpartition("/")[0]
        yield path


class Kinds:
    """Items by their kinds, and the tables that are made from them."""

    def __init__(
        self, items: Iterable[Item], copies: Mapping[Pointer, _Copies] = _NO_COPIES
    ) -> None:
        self.items, self._copies = items, copies
        self._kinds: dict[str, list[Item]] | None = None
        self._places: dict[Pointer, Item] | None = None
        self._named: dict[str, _Rows] = {}
        self._tables: dict[Table[Any], _Rows] = {}

    @property
    def kinds(self) -> dict[str, list[Item]]:
        """Return the items of each kind."""
        if self._kinds is None:
            self._kinds = {}
            for item in self.items:
                kind = item.resource.get("kind") if isinstance(item.resource, dict) else None
                if isinstance(kind, str):
                    self._kinds.setdefault(kind, []).append(item)
        return self._kinds

    def of(self, kind: str, version: str = "") -> Iterator[tuple[Item, Identity]]:
        """Yield the items of a kind whose `apiVersion` begins with `version`."""
        for item in self.kinds.get(kind, ()):
            identity = identify(item.resource)
            if (identity.api_version or "").startswith(version):
                yield item, identity

    def at(self, pointer: Pointer) -> Item | None:
        """Return the item that stands at or above `pointer`."""
        if self._places is None:
            self._places = {item.pointer: item for item in self.items}
        heads = (pointer[:depth] for depth in range(1, len(pointer) + 1))
        return next((found for head in heads if (found := self._places.get(head))), None)

    def named(self, kind: str) -> _Rows:
        """Return the items of a kind, by their names."""
        if kind not in self._named:
            self._named[kind] = _Rows(self._rows_of(kind), self._copies)
        return self._named[kind]

    def table(self, table: Table[Any], *, selectors: bool = False) -> _Rows:
        """Return the rows that `table` makes of the items."""
        if table not in self._tables:
            self._tables[table] = _Rows(table(self), self._copies, selectors=selectors)
        return self._tables[table]

    def put(self, item: Item) -> None:
        """Append an item, also to each table."""
        one = Kinds((item,))
        # Before it is one of the items, of which the kinds may yet be made.
        for kind in one.kinds:
            self.kinds.setdefault(kind, []).append(item)
        self.items = self.items if isinstance(self.items, list) else list(self.items)
        self.items.append(item)
        if self._places is not None:
            self._places[item.pointer] = item
        for kind, rows in self._named.items():
            rows.put(one._rows_of(kind))
        for table, rows in self._tables.items():
            rows.put(table(one))

    def _rows_of(self, kind: str) -> Iterator[Row[Identity]]:
        for item, identity in self.of(kind):
            yield item, identity, (identity.name,), (identity.namespace or "",)


class Index:
    """A view of the items that matter to an input, with the changes that a run makes to them.

    A view does not change, but the views of one branch share what a run puts into it or keeps.

    In a call with several files, pointers begin with the file, except those of the file that has
    the view, whose items come first. If several files have the same object, as with a folder for
    each environment, a file sees its own copy, or else that of the nearest folder.
    """

    def __init__(
        self, items: Iterable[Item] = (), copies: Mapping[Pointer, _Copies] = _NO_COPIES
    ) -> None:
        self._parts: tuple[Kinds, ...] = (Kinds(items, copies),)
        self._own = ""
        # First what is tried, then what the run keeps.
        self._changed: tuple[dict[Pointer, Item], ...] = ()

    @classmethod
    def of_files(cls, items: list[Item]) -> Index:
        """Return the index of items of several files, whose pointers begin with the file."""
        names = [
            tuple(str(value_at(each.resource, place) or "") for place in _NAMES) for each in items
        ]
        files: dict[tuple[str, ...], set[str]] = {}
        for item, name in zip(items, names, strict=True):
            files.setdefault(name, set()).add(str(item.pointer[0]))
        folders = {
            name: {folder for file in found for folder in _folders(file)}
            for name, found in files.items()
            if name[-1] and len(found) > 1
        }
        copies = {
            item.pointer: _Copies(name, folders[name])
            for item, name in zip(items, names, strict=True)
            if name in folders
        }
        return cls(items, copies)

    def of(
        self,
        kind: str,
        version: str = "",
        namespace: str | None = None,
        names: Iterable[object] = (_ANY,),
    ) -> Iterator[tuple[Item, Identity]]:
        """Yield the items of a kind, of these `names`, whose `apiVersion` begins with `version`.

        They are in this namespace, or do not say theirs. Without a namespace, they are in any.
        """
        for item, identity in self._seen(
            part.named(kind).find(names, namespace, self._own) for part in self._parts
        ):
            if (identity.api_version or "").startswith(version):
                yield item, identity

    def find(
        self, table: Table[T], keys: Iterable[object], namespace: str | None = None
    ) -> Iterator[tuple[Item, T]]:
        """Yield the rows of a table that have one of the keys."""
        return self._seen(
            part.table(table).find(keys, namespace, self._own) for part in self._parts
        )

    def find_wanted(
        self, table: Table[T], wanted: tuple[object, ...], namespace: str | None = None
    ) -> Iterator[tuple[Item, T]]:
        """Yield the rows that have all the keys that are wanted, and perhaps more."""
        rows = (part.table(table) for part in self._parts)
        return self._seen(each.find((each.rarest(wanted),), namespace, self._own) for each in rows)

    def find_wanting(
        self, table: Table[T], held: Iterable[object], namespace: str | None = None
    ) -> Iterator[tuple[Item, T]]:
        """Yield the rows whose own keys are all held, and perhaps more."""
        keys = (*held, _ANY)
        rows = (part.table(table, selectors=True) for part in self._parts)
        return self._seen(each.find(keys, namespace, self._own) for each in rows)

    def kinds(self) -> Iterator[str]:
        """Yield each kind of the items once."""
        return iter(dict.fromkeys(kind for part in self._parts for kind in part.kinds))

    def keys(self, table: Table[Any]) -> tuple[Mapping[object, object], ...]:
        """Return mappings whose keys are those of a table."""
        return tuple(part.table(table).counts for part in self._parts)

    def place_of(self, identity: Identity) -> Pointer:
        """Return the pointer of the first item with an identity."""
        found = self.of(identity.kind or "", names=(identity.name,))
        return next(item.pointer for item, each in found if each == identity)

    def seen_from(self, file: str) -> Index:
        """Return the view of one file of a call."""
        return self._view(self._parts, file, self._changed)

    def branch(self) -> Index:
        """Return a view in which a run may `put` items, and `keep` changes.

        All its views see what is put in. Views made later see the changes that are kept.
        """
        more = () if self._changed else (Kinds([]),)
        return self._view((*self._parts, *more), self._own, ({}, {}))

    def put(self, item: Item) -> None:
        """Add an item to a branch and its views."""
        self._parts[-1].put(item)

    def keep(self, patch: Patch) -> None:
        """Keep changes in a branch and its views."""
        self._changed[-1].update(self._patch(patch))

    def patched(self, patch: Patch) -> Index:
        """Return a view with `patch`, which addresses documents, applied."""
        if not patch:
            return self
        first, *rest = self._changed or ({},)
        return self._view(self._parts, self._own, ({**first, **self._patch(patch)}, *rest))

    def _patch(self, patch: Patch) -> dict[Pointer, Item]:
        items = (found for each in patch if (found := self._at(each.path)))
        return {
            pointer: item._replace(resource=apply_patch(item.resource, own))
            for pointer, item in {each.pointer: each for each in items}.items()
            if (own := within(pointer, patch))
        }

    @staticmethod
    def _view(
        parts: tuple[Kinds, ...], own: str, changed: tuple[dict[Pointer, Item], ...]
    ) -> Index:
        view = Index()
        view._parts, view._own, view._changed = parts, own, changed
        return view

    def _at(self, pointer: Pointer) -> Item | None:
        whole = (self._own, *pointer) if self._own and not isinstance(pointer[0], str) else pointer
        found = next((item for part in self._parts if (item := part.at(whole))), None)
        return self._as_seen(found) if found else None

    def _as_seen(self, item: Item) -> Item:
        if self._own and item.pointer[0] == self._own:
            item = item._replace(pointer=item.pointer[1:])
        for changed in self._changed:
            if item.pointer in changed:
                return changed[item.pointer]
        return item

    def _seen(self, found: Iterable[Iterator[tuple[Item, T]]]) -> Iterator[tuple[Item, T]]:
        rows: Iterable[tuple[Item, T]] = chain.from_iterable(found)
        if self._own:
            # Items of the file itself come first.
            rows = sorted(rows, key=lambda row: row[0].pointer[0] != self._own)
        return ((self._as_seen(item), known) for item, known in rows)
