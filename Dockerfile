# The function and what it needs to run, and nothing else: docs/image.md.
ARG BASE=debian:13-slim

FROM ${BASE} AS build
WORKDIR /debs
COPY image/debs.sha256 .
# `upgrade`: the base is older than Debian's latest security updates. What the function imports
# comes from packages of the hashes in that file, or the build stops.
RUN export DEBIAN_FRONTEND=noninteractive \
    && apt-get update \
    && apt-get upgrade --yes \
    && apt-get download libyaml-0-2 python3-json-pointer python3-jsonpatch python3-yaml \
    && sha256sum --check --ignore-missing --strict debs.sha256 > checked \
    && test "$(grep -c ': OK$' checked)" = 4 \
    && apt-get install --yes --no-install-recommends ./*.deb \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /usr/local/src/fix-ksm-probes
COPY . .
ARG SOURCE_DATE_EPOCH=0
# What is compiled depends on the order of hashes and on which strings the compiling process holds:
# a fixed seed, and no cache that was written under another one.
RUN PYTHONPATH=fn PYTHONHASHSEED=0 PYTHONPYCACHEPREFIX=/nonexistent \
    python3 -B -m image /rootfs "${SOURCE_DATE_EPOCH}"

# `--target bill --output DIR` exports the bill of materials.
FROM scratch AS bill
COPY --from=build /rootfs/usr/share/sbom/ /

FROM scratch
COPY --from=build /rootfs/ /
ARG SOURCE=https://fix-ksm-probes.dev
ARG REVISION=
LABEL org.opencontainers.image.title="fix-ksm-probes" \
      org.opencontainers.image.description="A KRM function that judges and repairs the probes of kube-state-metrics behind kube-rbac-proxy" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${REVISION}"
USER 65534:65534
ENTRYPOINT ["/usr/bin/fix-ksm-probes"]
