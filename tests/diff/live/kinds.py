"""One Dockerfile, and the known changes made to it, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCKERFILE = """\
FROM base
ARG VERSION=1.0
ENV APP=/opt/app LANG=C.UTF-8
ENV MODE=production
LABEL team=core tier=backend
RUN set -eux; \\
	mkdir -p /opt/app/bin; \\
	echo "nginx=1.25.1" > /opt/app/packages; \\
	echo "curl=8.1" >> /opt/app/packages; \\
	chmod 644 /opt/app/packages
COPY one.txt /data/
COPY two.txt /data/two.txt
COPY dir /data/dir
ADD app.conf /etc/app.conf
WORKDIR /srv
RUN echo $VERSION > version
RUN echo first > /first && mkdir /second
RUN echo third > /third
EXPOSE 80 443
VOLUME /var/lib/app
USER nobody
HEALTHCHECK --interval=30s CMD wget -q localhost || exit 1
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/entrypoint.sh"]
CMD ["serve", "--port", "80"]
"""

# What a row says: (status, keyword, field of the one change or "", its key or "").
Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Kind:
    """`old` in the Dockerfile becomes `new`, and a diff must give exactly `rows`, in order.

    `files` are changed in the build context, `args` given to the new build. `arguments` are the build arguments that
    the diff must name, `config` the fields of the config that it explains by the row. `but` gives other rows for some
    builders, which record less or otherwise. `alike` are those whose history the original's Dockerfile could have given too.
    """

    name: str
    old: str = ""
    new: str = ""
    rows: tuple[Row, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    but: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    alike: tuple[str, ...] = ()
    config: str = ""

    def dockerfile(self) -> str:
        assert self.old in DOCKERFILE, self.name
        return DOCKERFILE.replace(self.old, self.new, 1) if self.old else DOCKERFILE

    def looks_like_the_original(self, builder: str) -> bool:
        """Whether the original's Dockerfile would give such an image as well, with other files.

        buildah shows no default of ARG, so that a value given looks like another default.
        """
        return builder in self.alike or (not self.old and not (self.args and builder == "buildah"))

    def expected(self, builder: str) -> tuple[Row, ...]:
        return self.but.get(builder.removesuffix("-layers"), self.rows)


def changed(keyword: str, what: str, key: str = "") -> tuple[Row, ...]:
    return (("changed", keyword, what, key),)


def added(*keywords: str) -> tuple[Row, ...]:
    return tuple(("added", keyword, "", "") for keyword in keywords)


def removed(*keywords: str) -> tuple[Row, ...]:
    return tuple(("removed", keyword, "", "") for keyword in keywords)


LINE = "RUN echo third > /third\n"
FIRST = "RUN echo first > /first && mkdir /second\n"
BLOCK = "EXPOSE 80 443\nVOLUME /var/lib/app\nUSER nobody\n"
COPIES = "COPY one.txt /data/\nCOPY two.txt /data/two.txt\nCOPY dir /data/dir\n"
CHECK = "HEALTHCHECK --interval=30s CMD wget -q localhost || exit 1\n"
LAST = CHECK + DOCKERFILE.partition(CHECK)[2]

KINDS = (
    Kind("arg-default", "VERSION=1.0", "VERSION=2.0", changed("ARG", "arg", "VERSION")),
    Kind(
        "arg-given",
        args={"VERSION": "2.0"},
        arguments=("VERSION",),
        # These show the value where others show ARG's default (buildah: in the RUN that its ARG is read from).
        but={"buildah": changed("ARG", "arg", "VERSION"), "buildkit": changed("ARG", "arg", "VERSION")},
    ),
    Kind(
        "arg-added",
        "ARG VERSION=1.0\n",
        "ARG VERSION=1.0\nARG EXTRA=yes\n",
        (("added", "ARG", "", ""),),
    ),
    Kind("env-value-of-two", "LANG=C.UTF-8", "LANG=pl_PL.UTF-8", changed("ENV", "env", "LANG"), config="env"),
    Kind("env-key-added", "MODE=production", "MODE=production DEBUG=1", changed("ENV", "env", "DEBUG"), config="env"),
    Kind("env-key-removed", "APP=/opt/app LANG", "LANG", changed("ENV", "env", "APP"), config="env"),
    Kind("env-step-added", "LABEL team", "ENV TZ=UTC\nLABEL team", added("ENV"), config="env"),
    Kind("env-step-removed", "ENV MODE=production\n", "", removed("ENV"), config="env"),
    Kind("label-value", "tier=backend", 'tier="front end"', changed("LABEL", "label", "tier"), config="label"),
    Kind(
        "label-added",
        "tier=backend",
        "tier=backend docs=https://example.org",
        changed("LABEL", "label", "docs"),
        config="label",
    ),
    Kind("run-one-word", "nginx=1.25.1", "nginx=1.25.2", changed("RUN", "command")),
    Kind("run-line-added", "	chmod 644", "	touch /opt/app/extra; \\\n	chmod 644", changed("RUN", "command")),
    Kind("run-line-removed", '	echo "curl=8.1" >> /opt/app/packages; \\\n', "", changed("RUN", "command")),
    Kind("run-added", LINE, "RUN echo fourth > /fourth\n" + LINE, added("RUN")),
    Kind("run-added-like-the-next", LINE, LINE.replace("third", "other third") + LINE, added("RUN")),
    Kind("run-removed", LINE, "", removed("RUN")),
    Kind("run-repeated", LINE, LINE + LINE, added("RUN")),
    Kind("run-split", FIRST, "RUN echo first > /first\nRUN mkdir /second\n", (("split", "RUN", "command", ""),)),
    Kind("run-merged", FIRST + LINE, FIRST.strip() + " && echo third > /third\n", (("merged", "RUN", "command", ""),)),
    Kind("run-moved", FIRST + LINE, LINE + FIRST, (("moved", "RUN", "", ""),)),
    Kind("run-exec-form", LINE, 'RUN ["/bin/touch", "/third"]\n', changed("RUN", "command")),
    Kind(
        "copy-content",
        files={"one.txt": "another one\n"},
        rows=changed("COPY", "checksum"),
        # BuildKit keeps names, and no checksum.
        but={"buildkit-0.8": (), "buildkit": ()},
    ),
    Kind(
        "copy-source",
        "COPY two.txt",
        "COPY three.md",
        changed("COPY", "checksum"),
        alike=("classic", "buildah"),
        but={"buildkit-0.8": changed("COPY", "source"), "buildkit": changed("COPY", "source")},
    ),
    Kind(
        "copy-destination",
        "/data/two.txt",
        "/data/2.txt",
        changed("COPY", "destination"),
        # A file's new name is part of buildah's checksum.
        but={"buildah": changed("COPY", "")},
    ),
    Kind(
        "copy-chown",
        "COPY two.txt",
        "COPY --chown=1000:1000 two.txt",
        changed("COPY", "flag", "--chown"),
        alike=("buildkit-0.8", "buildah"),
        # BuildKit 0.8 keeps no flag, and buildah only a checksum that takes owners in.
        but={"buildkit-0.8": (), "buildah": changed("COPY", "checksum")},
    ),
    Kind("copy-added", "COPY dir", "COPY three.md /data/\nCOPY dir", added("COPY")),
    Kind("copy-removed", "COPY two.txt /data/two.txt\n", "", removed("COPY")),
    Kind(
        "copies-moved",
        COPIES,
        "\n".join([*COPIES.splitlines()[1:], COPIES.splitlines()[0], ""]),
        (("moved", "COPY", "", ""),),
    ),
    Kind("add-becomes-copy", "ADD app.conf", "COPY app.conf", changed("COPY", "instruction")),
    Kind("workdir", "WORKDIR /srv", "WORKDIR /srv/app", changed("WORKDIR", "path"), config="workdir"),
    Kind("expose-port", "EXPOSE 80 443", "EXPOSE 80 8443", changed("EXPOSE", "port"), config="port"),
    Kind("expose-protocol", "EXPOSE 80 443", "EXPOSE 80 443/udp", changed("EXPOSE", "port"), config="port"),
    Kind(
        "expose-one-more", "EXPOSE 80 443", "EXPOSE 80 443 53/udp", changed("EXPOSE", "port", "53/udp"), config="port"
    ),
    Kind("expose-order", "EXPOSE 80 443", "EXPOSE 443/tcp 80/tcp", alike=("buildkit-0.8",)),
    Kind(
        "volume",
        "VOLUME /var/lib/app",
        "VOLUME /var/lib/app /cache",
        changed("VOLUME", "path", "/cache"),
        config="volume",
    ),
    Kind("user", "USER nobody", "USER app", changed("USER", "user"), config="user"),
    Kind(
        "block-moved",
        BLOCK + LAST,
        LAST + BLOCK,
        (("moved", "EXPOSE", "", ""), ("moved", "VOLUME", "", ""), ("moved", "USER", "", "")),
    ),
    Kind(
        "healthcheck-interval",
        "--interval=30s",
        "--interval=1m30s",
        changed("HEALTHCHECK", "interval"),
        config="healthcheck-interval",
    ),
    Kind(
        "healthcheck-command",
        "wget -q localhost",
        "wget -q localhost:80",
        changed("HEALTHCHECK", "command"),
        config="healthcheck",
    ),
    Kind("healthcheck-removed", CHECK, "", removed("HEALTHCHECK"), config="healthcheck healthcheck-interval"),
    Kind("stopsignal", "SIGQUIT", "SIGTERM", changed("STOPSIGNAL", "signal"), config="stop-signal"),
    Kind(
        "entrypoint",
        '["/entrypoint.sh"]',
        '["/entrypoint.sh", "-v"]',
        changed("ENTRYPOINT", "command"),
        config="entrypoint",
    ),
    Kind(
        "entrypoint-shell-form",
        '["/entrypoint.sh"]',
        "/entrypoint.sh",
        changed("ENTRYPOINT", "command"),
        config="entrypoint",
    ),
    Kind("cmd-word", '"80"]', '"8080"]', changed("CMD", "command"), config="cmd"),
    Kind("shell", "WORKDIR /srv\n", 'WORKDIR /srv\nSHELL ["/bin/sh", "-eu", "-c"]\n', added("SHELL"), config="shell"),
    Kind("onbuild", "USER nobody", "ONBUILD RUN echo built\nUSER nobody", added("ONBUILD"), config="onbuild"),
    Kind("nothing"),
    Kind("layout-only", " && mkdir", "  &&  mkdir", changed("RUN", "command")),
)
