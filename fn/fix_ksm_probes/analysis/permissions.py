"""Who may do what, by the roles and bindings of the input, as the API server's RBAC reads them.

From plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.placeholders import find_in_value
from fix_ksm_probes.manifests.related import of_version
from fix_ksm_probes.manifests.selectors import selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload, read_labels
from fix_ksm_probes.programs import Permission
from fix_ksm_probes.yamlpatch import list_at, text_at, value_at
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.scalars import as_text

_GROUP = "rbac.authorization.k8s.io/"
# Of the roles that every cluster has (plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
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


class Account(NamedTuple):
    """A ServiceAccount; `namespace` is None where the manifest does not tell it."""

    name: str
    namespace: str | None

    @property
    def place(self) -> str:
        """Return how a person names it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def read_account(workload: Workload) -> Account | None:
    """Return the account of the pods of `workload`; None where a placeholder names it."""
    spec = value_at(workload.resource, (*workload.template, "spec"))
    given = (value_at(spec, (key,)) for key in ("serviceAccountName", "serviceAccount"))
    name = next((each for each in given if each), "default")
    if find_in_value(name) or find_in_value(workload.identity.namespace):
        return None
    return Account(as_text(name) or "default", workload.identity.namespace)


def may(items: tuple[Item, ...], account: Account, permission: Permission) -> bool | None:
    """Tell whether `account` has a permission for what is in no namespace.

    None: the input does not tell, because it binds no role to the account, or one that is unknown.
    """
    is_bound = is_unknown = False
    for binding, identity in _bindings(items):
        subjects = list_at(binding.resource, ("subjects",))
        is_unknown = is_unknown or bool(find_in_value(subjects))
        is_own = any(_is_named(each, account) for each in subjects)
        is_bound = is_bound or is_own
        # What a RoleBinding grants ends with its namespace.
        if identity.kind == "ClusterRoleBinding" and (is_own or _holds_a_group(subjects, account)):
            granted = _is_granted_by(binding, items, permission)
            if granted:
                return True
            is_unknown = is_unknown or granted is None
    return None if is_unknown or not is_bound else False


def bound_roles(items: tuple[Item, ...], account: Account) -> tuple[tuple[Item, Identity], ...]:
    """Return the ClusterRoles of `items` that hold in the whole cluster for `account` by name."""
    names = {
        text_at(binding.resource, ("roleRef", "name"))
        for binding, identity in _bindings(items)
        if identity.kind == "ClusterRoleBinding"
        and any(_is_named(each, account) for each in list_at(binding.resource, ("subjects",)))
    }
    return tuple(each for each in of_version(items, _GROUP, "ClusterRole") if each[1].name in names)


def is_shared(items: tuple[Item, ...], role: str, account: Account) -> bool:
    """Tell whether a binding of `items` gives ClusterRole `role` to anybody beside `account`."""
    return any(
        _reference(binding) == ("ClusterRole", role)
        and not all(_is_named(each, account) for each in list_at(binding.resource, ("subjects",)))
        for binding, _ in _bindings(items)
    )


def is_given(items: tuple[Item, ...], permission: Permission) -> bool:
    """Tell whether a binding of `items` gives a permission to anybody, as far as known."""
    return any(
        (
            identity.kind == "ClusterRoleBinding"
            or identity.namespace in (None, permission.namespace)
        )
        and _is_granted_by(binding, items, permission) is True
        for binding, identity in _bindings(items)
    )


def _bindings(items: tuple[Item, ...]) -> Iterator[tuple[Item, Identity]]:
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        yield from of_version(items, _GROUP, kind)


def _reference(binding: Item) -> tuple[str, str]:
    reference = value_at(binding.resource, ("roleRef",))
    return text_at(reference, ("kind",)), text_at(reference, ("name",))


def _is_named(subject: object, account: Account) -> bool:
    """Tell whether a subject of a binding is an account itself."""
    kind, name, namespace = (text_at(subject, (key,)) for key in ("kind", "name", "namespace"))
    if kind == "User":
        return name == f"system:serviceaccount:{account.namespace}:{account.name}"
    # What says no namespace gets one before it reaches a cluster.
    is_here = not namespace or not account.namespace or namespace == account.namespace
    return kind == "ServiceAccount" and name == account.name and is_here


def _holds_a_group(subjects: list[object], account: Account) -> bool:
    every = "system:serviceaccounts"
    groups = ("system:authenticated", every, f"{every}:{account.namespace}")
    return any(
        text_at(each, ("kind",)) == "Group" and text_at(each, ("name",)) in groups
        for each in subjects
    )


def _is_granted_by(binding: Item, items: tuple[Item, ...], permission: Permission) -> bool | None:
    kind, name = _reference(binding)
    roles = [role for role, identity in of_version(items, _GROUP, kind) if identity.name == name]
    if not roles:
        is_review = permission.resource in _REVIEWS
        if is_review and name in _GRANT_REVIEWS:
            return True
        return False if is_review and name in _GRANT_NO_REVIEWS else None
    found = {_is_granted(role, items, permission) for role in roles}
    return True if True in found else None if None in found else False


def _is_granted(role: Item, items: tuple[Item, ...], permission: Permission) -> bool | None:
    if _grants(role, permission):
        return True
    aggregation = list_at(role.resource, ("aggregationRule", "clusterRoleSelectors"))
    for selector in aggregation:
        for other, _ in of_version(items, _GROUP, "ClusterRole"):
            labels = read_labels(other.resource, ("metadata", "labels"))
            if selects(selector, labels) and _grants(other, permission):
                return True
    # The cluster may have more that is added to it.
    is_unknown = aggregation or find_in_value(value_at(role.resource, ("rules",)))
    return None if is_unknown else False


def _grants(role: Item, permission: Permission) -> bool:
    return any(_matches(rule, permission) for rule in list_at(role.resource, ("rules",)))


def _matches(rule: object, permission: Permission) -> bool:
    subresource = permission.resource.partition("/")[2]
    resources = ("*", permission.resource, *((f"*/{subresource}",) if subresource else ()))
    return (
        _lists(rule, "verbs", ("*", permission.verb))
        and _lists(rule, "apiGroups", ("*", permission.group))
        and _lists(rule, "resources", resources)
        # A list of names grants none but these, and what is created has no name yet.
        and (
            not value_at(rule, ("resourceNames",))
            or (permission.name != "" and _lists(rule, "resourceNames", (permission.name,)))
        )
    )


def _lists(rule: object, key: str, wanted: tuple[str, ...]) -> bool:
    return any(as_text(each) in wanted for each in list_at(rule, (key,)))
