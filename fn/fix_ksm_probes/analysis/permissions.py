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
from fix_ksm_probes.yamlpatch import value_at
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
        subjects = value_at(binding.resource, ("subjects",))
        is_unknown = is_unknown or bool(find_in_value(subjects))
        is_own, is_by_group = _names(subjects, account)
        is_bound = is_bound or is_own
        # What a RoleBinding grants ends with its namespace.
        if identity.kind == "ClusterRoleBinding" and (is_own or is_by_group):
            granted = _is_granted_by(binding, items, permission)
            if granted:
                return True
            is_unknown = is_unknown or granted is None
    return None if is_unknown or not is_bound else False


def bound_roles(items: tuple[Item, ...], account: Account) -> tuple[tuple[Item, Identity], ...]:
    """Return the ClusterRoles of `items` that hold in the whole cluster for `account` by name."""
    names = {
        as_text(value_at(binding.resource, ("roleRef", "name")))
        for binding, identity in _bindings(items)
        if identity.kind == "ClusterRoleBinding"
        and _names(value_at(binding.resource, ("subjects",)), account)[0]
    }
    return tuple(each for each in of_version(items, _GROUP, "ClusterRole") if each[1].name in names)


def is_shared(items: tuple[Item, ...], role: str, account: Account) -> bool:
    """Tell whether a binding of `items` gives ClusterRole `role` to anybody beside `account`."""
    for binding, _ in _bindings(items):
        reference = value_at(binding.resource, ("roleRef",))
        named = as_text(value_at(reference, ("name",))), as_text(value_at(reference, ("kind",)))
        subjects = value_at(binding.resource, ("subjects",))
        listed = subjects if isinstance(subjects, list) else ()
        if named == (role, "ClusterRole") and not all(_names([s], account)[0] for s in listed):
            return True
    return False


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


def grants(rules: object, permission: Permission) -> bool:
    """Tell whether one of the rules of a role grants a permission."""
    listed = rules if isinstance(rules, list) else ()
    return any(_matches(rule, permission) for rule in listed)


def _bindings(items: tuple[Item, ...]) -> Iterator[tuple[Item, Identity]]:
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        yield from of_version(items, _GROUP, kind)


def _names(subjects: object, account: Account) -> tuple[bool, bool]:
    """Tell whether subjects name an account itself, and whether they name a group it is in."""
    named = in_group = False
    groups = {"system:authenticated", "system:serviceaccounts"}
    groups.add(f"system:serviceaccounts:{account.namespace}")
    for subject in subjects if isinstance(subjects, list) else ():
        kind, name = (as_text(value_at(subject, (key,))) for key in ("kind", "name"))
        namespace = as_text(value_at(subject, ("namespace",)))
        # What says no namespace gets one before it reaches a cluster.
        is_here = not namespace or not account.namespace or namespace == account.namespace
        named = named or (kind == "ServiceAccount" and name == account.name and is_here)
        user = f"system:serviceaccount:{account.namespace}:{account.name}"
        named = named or (kind == "User" and name == user)
        in_group = in_group or (kind == "Group" and name in groups)
    return named, in_group


def _is_granted_by(binding: Item, items: tuple[Item, ...], permission: Permission) -> bool | None:
    name = as_text(value_at(binding.resource, ("roleRef", "name"))) or ""
    kind = as_text(value_at(binding.resource, ("roleRef", "kind"))) or ""
    roles = [role for role, identity in of_version(items, _GROUP, kind) if identity.name == name]
    if not roles:
        is_review = permission.resource in _REVIEWS
        if is_review and name in _GRANT_REVIEWS:
            return True
        return False if is_review and name in _GRANT_NO_REVIEWS else None
    found = {_is_granted(role, items, permission) for role in roles}
    return True if True in found else None if None in found else False


def _is_granted(role: Item, items: tuple[Item, ...], permission: Permission) -> bool | None:
    rules = value_at(role.resource, ("rules",))
    if grants(rules, permission):
        return True
    aggregation = value_at(role.resource, ("aggregationRule", "clusterRoleSelectors"))
    for selector in aggregation if isinstance(aggregation, list) else ():
        for other, _ in of_version(items, _GROUP, "ClusterRole"):
            labels = read_labels(other.resource, ("metadata", "labels"))
            if selects(selector, labels) and grants(
                value_at(other.resource, ("rules",)), permission
            ):
                return True
    # The cluster may have more that is added to it.
    return None if aggregation or find_in_value(rules) else False


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
    listed = value_at(rule, (key,))
    return isinstance(listed, list) and any(as_text(each) in wanted for each in listed)
