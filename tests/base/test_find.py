"""Which image FROM names, by each kind of evidence and where they disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import reconstruct
from reconstruct.base import Chain, Source, find_chain
from reconstruct.errors import NotFoundError
from reconstruct.image import HistoryEntry, Image, Provenance
from reconstruct.syntax import Certainty
from tests.base.making import BUILDKIT, DEBIAN, NOP, ROOT, day, days, entry, image, on, zeroed

LABEL = "org.opencontainers.image.base.name"
ROOT_FS = image(entry(DEBIAN, day(1), comment="debuerreotype 0.15"))
TOOLS = ["ENV TOOLS=1", "RUN /bin/sh -c make tools # buildkit", 'CMD ["tool"]']
APP = ["WORKDIR /app", "COPY . . # buildkit", 'CMD ["app"]']
BASE = on(ROOT_FS, *days(TOOLS, 5), tags=("corp/tools:1",), config={"Cmd": ["tool"], "Env": ["TOOLS=1"]})
IMAGE = on(BASE, *days(APP, 20), config={"Cmd": ["app"], "WorkingDir": "/app"})


def chain_of(one: Image, base: Image | str | None = None, **options: Any) -> Chain:
    return find_chain(one, reconstruct.steps(one), base, **options)


class TestGiven:
    def test_a_given_base_covers_its_entries(self) -> None:
        found = chain_of(IMAGE, BASE).base
        assert (found.name, found.entries, found.certainty, found.source) == (
            "corp/tools:1", 4, Certainty.EXACT, Source.GIVEN,
        )  # fmt: skip

    def test_zeroed_times_are_the_same_image_where_the_layers_are(self) -> None:
        found = chain_of(IMAGE, zeroed(BASE))
        assert (found.base.entries, found.base.certainty, found.disagreements) == (4, Certainty.EXACT, ())

    def test_zeroed_times_alone_leave_a_doubt_but_match(self) -> None:
        found = chain_of(replace(IMAGE, layers=()), zeroed(BASE))
        assert (found.base.entries, found.base.certainty, found.disagreements) == (4, Certainty.INFERRED, ())

    def test_one_without_history_contradicts_nothing(self) -> None:
        found = chain_of(IMAGE, Image(tags=("corp/import:1",)))
        assert (found.base.name, found.base.entries, found.disagreements) == ("corp/import:1", 0, ())

    def test_another_build_of_the_same_steps_is_not_the_base(self) -> None:
        other = image(*BASE.history, seed="rebuilt", tags=("corp/tools:1",))
        found = chain_of(IMAGE, other)
        assert "another build" in found.disagreements[0]
        assert found.base.certainty is Certainty.INFERRED

    def test_another_version_is_not_the_base(self) -> None:
        other = on(ROOT_FS, *days(["ENV TOOLS=2", *TOOLS[1:]], 5), tags=("corp/tools:2",))
        found = chain_of(IMAGE, other)
        assert "entry 2 differs" in found.disagreements[0]
        assert (found.base.name, found.base.entries) == ("corp/tools:2", 1)

    def test_without_a_tag_it_gets_a_marked_placeholder(self) -> None:
        found = chain_of(IMAGE, replace(BASE, tags=())).base
        assert found.placeholder
        text = reconstruct.dockerfile(IMAGE, base=replace(BASE, tags=()))
        assert "FROM base-without-a-name\n" in text
        assert "# lost: the base image's name" in text

    def test_a_name_is_placed_at_the_likeliest_boundary(self) -> None:
        found = chain_of(IMAGE, "corp/tools:7")
        assert (found.base.name, found.base.entries, found.disagreements) == ("corp/tools:7", 4, ())

    def test_a_distribution_s_name_is_placed_where_it_ends(self) -> None:
        found = chain_of(IMAGE, "debian:bookworm").base
        assert (found.entries, found.certainty) == (1, Certainty.INFERRED)
        assert chain_of(IMAGE, "registry.example/mirror/debian:bookworm-slim").base.entries == 1

    def test_a_name_of_another_release_contradicts_the_image(self) -> None:
        found = chain_of(IMAGE, "debian:bullseye")
        assert found.base.name == "debian:bullseye"
        assert "debian:bookworm-20250101" in found.disagreements[0]

    def test_steps_count_alone(self) -> None:
        found = chain_of(IMAGE, base_steps=4).base
        assert (found.entries, found.placeholder) == (4, True)
        assert chain_of(IMAGE, "x:1", base_steps=2).base.entries == 2

    @pytest.mark.parametrize("count", [0, -1, 8])
    def test_no_more_steps_than_there_are(self, count: int) -> None:
        with pytest.raises(NotFoundError):
            chain_of(IMAGE, base_steps=count)

    def test_none_leaves_all_steps_to_the_image(self) -> None:
        found = chain_of(IMAGE, "none")
        assert (found.images, found.base.scratch, found.own.entries) == ((), True, 7)
        assert "ENV TOOLS=1" in reconstruct.dockerfile(IMAGE, base="none")

    def test_a_wrong_type_is_not_a_name(self) -> None:
        with pytest.raises(TypeError):
            chain_of(IMAGE, 5)  # type: ignore[arg-type]


class TestProvenance:
    def test_its_dockerfile_tells_where_the_base_ends(self) -> None:
        told = Provenance(
            base_images=(("corp/tools:1", ""),), dockerfile='FROM corp/tools:1\nWORKDIR /app\nCOPY . .\nCMD ["app"]\n'
        )
        found = chain_of(replace(IMAGE, provenance=told)).base
        assert (found.name, found.entries, found.certainty) == ("corp/tools:1", 4, Certainty.EXACT)

    def test_without_the_dockerfile_the_looks_tell_it(self) -> None:
        told = Provenance(base_images=(("corp/tools:1", "sha256:" + "a" * 64),))
        found = chain_of(replace(IMAGE, provenance=told)).base
        assert (found.name, found.entries, found.certainty) == ("corp/tools:1", 4, Certainty.INFERRED)


class TestBuildah:
    def test_each_image_that_buildah_built_on_is_in_the_chain(self) -> None:
        nop, id = "/bin/sh -c #(nop) ", "0123456789ab"
        built = image(
            HistoryEntry(created_by=ROOT),
            HistoryEntry(created_by=nop + "ENV A=1", comment="FROM docker.io/library/debian:12", empty_layer=True),
            HistoryEntry(created_by="/bin/sh -c a", comment=f"FROM {id}"),
            HistoryEntry(created_by=nop + "ENV B=1", comment="FROM localhost/corp:1", empty_layer=True),
            HistoryEntry(created_by="/bin/sh -c b", comment=f"FROM {id}"),
        )
        found = chain_of(built)
        named = [(part.name, part.entries) for part in found.images if part.source is Source.BUILDAH]
        assert named == [("docker.io/library/debian:12", 1), ("localhost/corp:1", 3)]
        assert (found.base.name, found.base.certainty) == ("localhost/corp:1", Certainty.EXACT)

    def test_a_build_of_one_layer_on_one_of_many_layers(self) -> None:
        """The base's last entry has no layer either, and names its own base."""
        nop, id = "/bin/sh -c #(nop) ", "0123456789ab"
        built = image(
            HistoryEntry(created_by=ROOT),
            HistoryEntry(created_by="/bin/sh -c a", comment="FROM docker.io/library/debian:12"),
            HistoryEntry(created_by=nop + 'CMD ["a"]', comment=f"FROM {id}", empty_layer=True),
            HistoryEntry(created_by=nop + "ENV B=1", empty_layer=True),
            HistoryEntry(created_by="/bin/sh -c b", comment="FROM localhost/corp:1"),
        )
        found = chain_of(built).base
        assert (found.name, found.entries) == ("localhost/corp:1", 3)


class TestLabels:
    def labelled(self, name: str, *own: str, base: Image = BASE) -> Image:
        return on(base, *days([f"LABEL {LABEL}={name}", *own], 20), config={"Labels": {LABEL: name}})

    def test_a_label_beats_the_distribution(self) -> None:
        found = chain_of(self.labelled("corp/tools:1", *APP)).base
        assert (found.name, found.entries, found.source) == ("corp/tools:1", 4, Source.LABELS)

    def test_a_label_that_no_step_set_counts_too(self) -> None:
        found = chain_of(replace(IMAGE, config={"Labels": {LABEL: "corp/tools:1"}})).base
        assert (found.name, found.entries) == ("corp/tools:1", 4)

    def test_an_inherited_label_speaks_of_the_base(self) -> None:
        middle = self.labelled("corp/tools:1", *APP)
        found = chain_of(on(middle, *days(["RUN /bin/sh -c more # buildkit", 'CMD ["more"]'], 28)))
        assert (found.base.name, found.base.entries) == ("corp/tools:1", 4)
        assert [(part.name, part.entries) for part in found.images][-1] == (None, 8)

    def test_its_digest_is_in_from(self) -> None:
        digest = "sha256:" + "ab" * 32
        labels = {LABEL: "corp/tools:1", "org.opencontainers.image.base.digest": digest}
        assert f"FROM corp/tools:1@{digest}" in reconstruct.dockerfile(replace(IMAGE, config={"Labels": labels}))

    def test_an_annotation_is_the_image_s_own(self) -> None:
        found = chain_of(replace(IMAGE, annotations={LABEL: "corp/tools:1"})).base
        assert (found.name, found.entries) == ("corp/tools:1", 4)

    def test_without_evidence_the_end_is_reported_as_unknown(self) -> None:
        plain = image(
            entry("RUN /bin/sh -c a # buildkit"),
            entry("RUN /bin/sh -c b # buildkit"),
            config={"Labels": {LABEL: "corp/x:1"}},
        )
        found = chain_of(plain)
        assert found.base.scratch
        assert "corp/x:1" in found.disagreements[0]

    def test_a_label_of_another_distribution_is_ignored(self) -> None:
        found = chain_of(self.labelled("docker.io/library/ubuntu:24.04", *APP))
        assert found.base.name == "debian:bookworm-20250101"
        assert "ubuntu:24.04" in found.disagreements[0]

    def test_a_label_that_the_base_has_set_ends_no_later_than_its_step(self) -> None:
        middle = on(ROOT_FS, *days(TOOLS, 3))
        labelled = on(middle, *days([f"LABEL {LABEL}=corp/tools:1", "RUN /bin/sh -c x # buildkit", 'CMD ["x"]'], 8))
        found = chain_of(on(labelled, *days(APP, 20), config={"Labels": {LABEL: "corp/tools:1"}})).base
        assert (found.name, found.entries) == ("corp/tools:1", len(middle.history))

    @pytest.mark.parametrize("name", ["x\nRUN evil", "", "a b", "scratch", 5, None])
    def test_what_is_no_name_is_no_base(self, name: object) -> None:
        found = chain_of(replace(IMAGE, config={"Labels": {LABEL: name}}))
        assert found.base.source is not Source.LABELS


class TestLooks:
    def test_a_private_image_in_between_is_shown_and_its_steps_kept(self) -> None:
        found = chain_of(IMAGE)
        assert (found.base.name, found.base.entries) == ("debian:bookworm-20250101", 1)
        assert [(part.name, part.entries, part.first) for part in found.images] == [
            ("debian:bookworm-20250101", 1, 0),
            (None, 4, 1),
        ]
        text = reconstruct.dockerfile(IMAGE)
        assert (
            text.index("RUN make tools")
            < text.index("# inferred: an unnamed base image ends here")
            < text.index("WORKDIR /app")
        )

    def test_entries_minutes_apart_or_simultaneous_show_no_boundary(self) -> None:
        plain = on(ROOT_FS, *days([*TOOLS[:2], "RUN /bin/sh -c more # buildkit", 'CMD ["x"]'], 5))
        assert len(chain_of(plain).images) == 1

    @pytest.mark.parametrize("moment", [None, "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", day(7)])
    def test_without_times_another_builder_shows_the_border(self, moment: str | None) -> None:
        below = [entry(NOP + "ENV A=1", moment), entry("/bin/sh -c make", moment), entry(NOP + 'CMD ["x"]', moment)]
        above = [entry("RUN /bin/sh -c b # buildkit", moment), entry('CMD ["y"]', moment)]
        assert [part.entries for part in chain_of(image(*below, *above)).images] == [3]

    def test_times_that_go_back_show_the_border(self) -> None:
        steps = [*days(["RUN /bin/sh -c a # buildkit"] * 3, 9), *days(["RUN /bin/sh -c b # buildkit"], 4)]
        assert [part.entries for part in chain_of(image(*steps)).images] == [3]

    def test_a_long_run_is_not_a_pause(self) -> None:
        steps = [entry("ENV A=1", day(1)), entry("RUN /bin/sh -c a # buildkit", "2024-01-01T13:00:00Z")]
        assert chain_of(image(*steps)).images == ()

    def test_steps_after_a_cmd_that_is_set_again(self) -> None:
        texts = ["RUN /bin/sh -c a # buildkit", 'CMD ["x"]', "RUN /bin/sh -c b # buildkit", 'CMD ["y"]']
        assert [part.entries for part in chain_of(image(*days(texts, 2))).images] == [2]

    def test_a_cmd_directly_after_another(self) -> None:
        texts = ["RUN /bin/sh -c a # buildkit", 'CMD ["x"]', 'CMD ["y"]']
        assert [part.entries for part in chain_of(image(*days(texts, 2))).images] == [2]

    def test_cmd_after_entrypoint_is_one_end(self) -> None:
        texts = ['ENTRYPOINT ["x"]', 'CMD ["y"]', "USER 1", "EXPOSE 80/tcp"]
        assert chain_of(image(entry("RUN /bin/sh -c a # buildkit", day(2)), *days(texts, 2))).images == ()


class TestChain:
    def test_a_known_image_is_based_on_the_one_below(self) -> None:
        own = replace(ROOT_FS, history=(*ROOT_FS.history, entry("USER 1", day(1), comment=BUILDKIT)))
        assert chain_of(own).base.entries == 1

    def test_a_root_alone_is_from_itself(self) -> None:
        assert chain_of(ROOT_FS).base.name == "debian:bookworm-20250101"

    def test_an_image_without_history_has_no_chain(self) -> None:
        found = chain_of(Image())
        assert (found.images, found.base.scratch, found.own.entries) == ((), True, 0)

    def test_each_part_has_its_layers_and_times(self) -> None:
        found = chain_of(IMAGE)
        assert [part.layers for part in (*found.images, found.own)] == [1, 1, 2]
        assert (found.own.oldest, found.own.newest) == (day(20), day(20, 2))

    def test_layers_without_entries_are_the_first_part_s_or_the_image_s(self) -> None:
        found = chain_of(replace(IMAGE, layers=(*IMAGE.layers, *IMAGE.layers[:1])))
        assert sum(part.layers or 0 for part in (*found.images, found.own)) == 5

    def test_it_prints_as_json_and_short(self) -> None:
        found = chain_of(IMAGE)
        assert found.to_dict()["base"]["name"] == found.base.name
        assert repr(found) == "Chain(debian:bookworm-20250101 → ? → 3 own entries)"

    def test_the_room_is_the_function(self) -> None:
        assert reconstruct.base(IMAGE).base.name == "debian:bookworm-20250101"

    def test_a_long_history_takes_linear_time(self) -> None:
        texts = ["RUN /bin/sh -c a # buildkit", 'CMD ["x"]', f"LABEL {LABEL}=a:1"] * 3000
        found = chain_of(image(*(entry(text, day(1 + number % 28)) for number, text in enumerate(texts))))
        assert len(found.images) <= 10
