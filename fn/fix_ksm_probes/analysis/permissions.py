"""Permissions: what the roles and bindings of the input grant, as the API server's RBAC does.

From plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.files import account_of
from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.placeholders import find_in_value
from fix_ksm_probes.manifests.selectors import Labels, pairs, selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload, read_labels
from fix_ksm_probes.programs import Permission
from fix_ksm_probes.yamlpatch import NamedTuple, list_at, text_at, value_at
from fix_ksm_probes.yamlpatch.scalars import as_text

_GROUP = "rbac.authorization.k8s.io/"
# The roles that every cluster has, by what they grant
# (plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
_GRANT_REVIEWS = ("cluster-admin", "system:auth-delegator")
_GRANT_NO_REVIEWS = (
    "admin",
    "edit",
    "view",
    "system:basic-user",
    "system:discovery",
    "system:monitoring",
    "system:public-info-viewer",
)
_REVIEWS = ("tokenreviews", "subjectaccessreviews")
_ACCOUNT = "ServiceAccount"
_AWAITED = "placeholder"
_AGGREGATED = object()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row


class Account(NamedTuple):
    """A ServiceAccount; `namespace` is None if the manifest does not set it."""

    name: str
    namespace: str | None

    @property
    def place(self) -> str:
        """Return how a person names it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def user(self) -> str:
        """Return how the API server names it as a user."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"


def read_account(workload: Workload) -> Account | None:
    """Return the account of the pods of `workload`; None if a placeholder stands for its name."""
    name, namespace = account_of(workload), workload.identity.namespace
    return None if name is None or find_in_value(namespace) else Account(name, namespace)


def may(index: Index, account: Account, permission: Permission) -> bool | None:
    """Tell whether `account` has a permission on a resource that is not namespaced.

    None means not known: the input binds no role to the account, or a role that it does not
    contain.
    """
    is_unknown = next(index.find(_subjects, (_AWAITED,)), None) is not None
    is_bound = False
    for binding, (identity, is_group) in _bindings_of(index, account):
        is_bound = is_bound or not is_group
        # A RoleBinding grants permissions in its namespace only.
        if identity.kind == "ClusterRoleBinding":
            granted = _is_granted_by(binding, index, permission)
            if granted:
                return True
            is_unknown = is_unknown or granted is None
    return None if is_unknown or not is_bound else False


def bound_roles(index: Index, account: Account) -> tuple[tuple[Item, Identity], ...]:
    """Return the ClusterRoles that a ClusterRoleBinding gives to `account` by name."""
    names = {
        text_at(binding.resource, ("roleRef", "name"))
        for binding, (identity, is_group) in _bindings_of(index, account)
        if identity.kind == "ClusterRoleBinding" and not is_group
    }
    return tuple(index.of("ClusterRole", _GROUP, names=names))


def is_shared(index: Index, role: str, account: Account) -> bool:
    """Tell whether a binding gives ClusterRole `role` to any subject besides `account`."""
    return any(
        not all(_is_named(each, account) for each in list_at(binding.resource, ("subjects",)))
        for binding, _ in index.find(_roles_bound, (("ClusterRole", role),))
    )


def is_given(index: Index, permission: Permission) -> bool:
    """Tell whether a binding in the input gives a permission to any subject."""
    return any(
        identity.kind == "ClusterRoleBinding" or identity.namespace in (None, permission.namespace)
        for role in _granting(index, permission)
        for _, identity in index.find(_roles_bound, (role,))
    )


def _bindings(kinds: Kinds) -> Iterator[tuple[Item, Identity]]:
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        yield from kinds.of(kind, _GROUP)


def _reference(binding: Item) -> tuple[str, str]:
    reference = value_at(binding.resource, ("roleRef",))
    return text_at(reference, ("kind",)), text_at(reference, ("name",))


def _roles_bound(kinds: Kinds) -> Iterator[Row[Identity]]:
    for binding, identity in _bindings(kinds):
        yield binding, identity, (_reference(binding),), ("",)


def _subjects(kinds: Kinds) -> Iterator[Row[tuple[Identity, bool]]]:
    """Yield each subject of each binding, and whether it is a group."""
    for binding, identity in _bindings(kinds):
        subjects = list_at(binding.resource, ("subjects",))
        if find_in_value(subjects):
            yield binding, (identity, True), (_AWAITED,), ("",)
        for each in subjects:
            kind, name, namespace = (text_at(each, (key,)) for key in ("kind", "name", "namespace"))
            # A subject without a namespace gets one before it reaches a cluster.
            namespaces = (namespace if kind == _ACCOUNT else "",)
            yield binding, (identity, kind == "Group"), ((kind, name),), namespaces


def _is_named(subject: object, account: Account) -> bool:
    """Tell whether a subject of a binding is an account itself."""
    kind, name, namespace = (text_at(subject, (key,)) for key in ("kind", "name", "namespace"))
    if kind == "User":
        return name == account.user
    is_here = not namespace or not account.namespace or namespace == account.namespace
    return kind == _ACCOUNT and name == account.name and is_here


def _bindings_of(index: Index, account: Account) -> Iterator[tuple[Item, tuple[Identity, bool]]]:
    """Yield the bindings that name `account`, and those that name a group it is in."""
    groups = ("authenticated", "serviceaccounts", f"serviceaccounts:{account.namespace}")
    keys = [("Group", f"system:{group}") for group in groups]
    keys += [(_ACCOUNT, account.name), ("User", account.user)]
    return index.find(_subjects, keys, account.namespace)


def _is_granted_by(binding: Item, index: Index, permission: Permission) -> bool | None:
    kind, name = _reference(binding)
    roles = [role for role, _ in index.of(kind, _GROUP, names=(name,))]
    if not roles:
        is_review = permission.resource in _REVIEWS
        if is_review and name in _GRANT_REVIEWS:
            return True
        return False if is_review and name in _GRANT_NO_REVIEWS else None
    found = {_is_granted(role, index, permission) for role in roles}
    return True if True in found else None if None in found else False


def _is_granted(role: Item, index: Index, permission: Permission) -> bool | None:
    if _grants(role, permission):
        return True
    aggregation = list_at(role.resource, ("aggregationRule", "clusterRoleSelectors"))
    for selector in aggregation:
        wanted = pairs(value_at(selector, ("matchLabels",)))
        for other, labels in index.find_wanted(_cluster_roles, wanted):
            if selects(selector, labels) and _grants(other, permission):
                return True
    # The cluster may aggregate more rules into it.
    is_unknown = aggregation or find_in_value(value_at(role.resource, ("rules",)))
    return None if is_unknown else False


def _grants(role: Item, permission: Permission) -> bool:
    return any(_matches(rule, permission) for rule in list_at(role.resource, ("rules",)))


def _cluster_roles(kinds: Kinds) -> Iterator[Row[Labels]]:
    for role, _ in kinds.of("ClusterRole", _GROUP):
        labels = read_labels(role.resource, ("metadata", "labels"))
        yield role, labels, labels, ("",)


def _granting(index: Index, permission: Permission) -> Iterator[tuple[str | None, str | None]]:
    """Yield kind and name of the roles that grant a permission."""
    if permission.resource in _REVIEWS:
        names = (name for name in _GRANT_REVIEWS if not any(index.of("ClusterRole", names=(name,))))
        yield from (("ClusterRole", name) for name in names)
    wanted = [(verb, each) for verb in ("*", permission.verb) for each in _resources(permission)]
    for keys in (*wanted, (_AGGREGATED,)):
        for role, identity in index.find_wanted(_rules, keys):
            if _is_granted(role, index, permission):
                yield identity.kind, identity.name


def _rules(kinds: Kinds) -> Iterator[Row[Identity]]:
    """Yield each rule of each role by its verbs and resources, and each role that aggregates."""
    for kind in ("ClusterRole", "Role"):
        for role, identity in kinds.of(kind, _GROUP):
            if value_at(role.resource, ("aggregationRule",)):
                yield role, identity, (_AGGREGATED,), ("",)
            for rule in list_at(role.resource, ("rules",)):
                listed = (*list_at(rule, ("verbs",)), *list_at(rule, ("resources",)))
                yield role, identity, dict.fromkeys(map(as_text, listed)), ("",)


def _resources(permission: Permission) -> tuple[str, ...]:
    subresource = permission.resource.partition("/")[2]
    return ("*", permission.resource, *((f"*/{subresource}",) if subresource else ()))


def _matches(rule: object, permission: Permission) -> bool:
    return (
        _lists(rule, "verbs", ("*", permission.verb))
        and _lists(rule, "apiGroups", ("*", permission.group))
        and _lists(rule, "resources", _resources(permission))
        # A rule with resourceNames does not cover create: a new object has no name yet.
        and (
            not value_at(rule, ("resourceNames",))
            or (permission.name != "" and _lists(rule, "resourceNames", (permission.name,)))
        )
    )


def _lists(rule: object, key: str, wanted: tuple[str, ...]) -> bool:
    return any(as_text(each) in wanted for each in list_at(rule, (key,)))
