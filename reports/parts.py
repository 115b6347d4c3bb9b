"""The studies of one results folder or of several, each with its data."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from harness.results import Results
from reports.merge.member import Member, members_of
from reports.merge.protocol import differences, same_subject
from reports.merge.relabelled import Records, Taken, Takes, relabelled
from reports.merge.sentences import apart, together
from reports.merge.study import merged_study
from reports.merge.variants import scores_of, variants_of

Group = list[Member]


class Part(NamedTuple):
    """A study as its manifest describes it, with its number in the report, and its data.

    `study` says more than the manifest: "experiment", the names of the folders; "members", their places among the
    folders given and the study's number in each; "apart", sentences about what was put together and what was not.
    `records` are frames of searches, in which nobody looks at the column `study`.
    """

    study: dict[str, Any]
    records: Iterable[pd.DataFrame]
    scores: pd.DataFrame
    truth: pd.DataFrame
    measured: pd.DataFrame
    history: pd.DataFrame


def parts_of(results: Sequence[Results]) -> list[Part]:
    """The studies in the order of the folders, numbered through; those of several folders are one where they can be."""
    members = members_of(results)
    groups = _grouped(members) if len(results) > 1 else [[member] for member in members]
    return [_part(group, number, _apart(group, groups[:number])) for number, group in enumerate(groups)]


def _grouped(members: Sequence[Member]) -> list[Group]:
    """Each study with the first others that have its subject and its protocol."""
    groups: list[Group] = []
    for member in members:
        fits = (one for one in groups if same_subject(one[0], member) and not differences(one, member))
        group = next(fits, None)
        if group is None:
            groups.append([member])
        else:
            group.append(member)
    return groups


def _apart(group: Group, earlier: Sequence[Group]) -> list[str]:
    """Why it is not one with earlier studies of the same subject; those of its own folder differ on purpose."""
    places = {member.place for member in group}
    others = (one for one in earlier if same_subject(one[0], group[0]) and not places & {m.place for m in one})
    return [apart(group, one) for one in others]


def _part(group: Group, number: int, sentences: list[str]) -> Part:
    about = {
        "study": number,
        "experiment": ", ".join(dict.fromkeys(member.name for member in group)),
        "members": [(member.place, member.study["study"]) for member in group],
        "apart": sentences,
    }
    if len(group) == 1:
        return _joined(group, [{}], group[0].study | about)
    variants = variants_of(group)
    takes: list[Takes] = [
        {one.labels[i]: Taken(one.shown, one.seeds[i]) for one in variants if i in one.seeds} for i in range(len(group))
    ]
    about["apart"] = [*sentences, *together(group, variants)]
    return _joined(group, takes, merged_study(group, variants) | about)


def _joined(group: Group, takes: Sequence[Takes], study: dict[str, Any]) -> Part:
    """The data of all members under the labels and the number of the study."""
    pairs, number = list(zip(group, takes, strict=True)), {"study": study["study"]}
    sources = tuple((member.results.records.get(member.study["study"], ()), take) for member, take in pairs)
    truths = _stacked([_own(member.results.truth, member) for member in group])
    return Part(
        study,
        Records(sources, {}),
        _stacked([relabelled(scores_of(member), "proxy", take, number) for member, take in pairs]),
        truths.drop_duplicates(["arch", "seed"]).assign(**number) if len(truths) else truths,
        _stacked([relabelled(_own(member.results.measured, member), "label", take, number) for member, take in pairs]),
        _stacked([relabelled(_own(member.results.history, member), "proxy", take, number) for member, take in pairs]),
    )


def _own(frame: pd.DataFrame, member: Member) -> pd.DataFrame:
    return frame if frame.empty else frame[frame["study"] == member.study["study"]]


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The frames below each other; one alone stays as it is."""
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if len(full) > 1 else (full or list(frames))[0]
