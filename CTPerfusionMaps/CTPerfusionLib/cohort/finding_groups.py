"""The findings of a cohort by their frequency."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..series import Finding, Severity
from .study_row import StudyRow

_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True)
class FindingGroup:
    """A finding that studies share.

    Attributes
    ----------
    code : str
    severity : Severity
    n_studies : int
    message : str
        The most frequent sentence, where measured numbers differ.
    n_messages : int
        How many different sentences there are.
    remedy : str
    """

    code: str
    severity: Severity
    n_studies: int
    message: str
    n_messages: int
    remedy: str

    @property
    def title(self) -> str:
        """The code in words."""
        return finding_title(self.code)


def finding_title(code: str) -> str:
    """Return the code of a finding in words."""
    return code.replace("_", " ")


def finding_groups(rows: Sequence[StudyRow]) -> tuple[FindingGroup, ...]:
    """Return the findings of all rows by code and severity: the gravest first, then the most frequent."""
    found: dict[tuple[str, Severity], dict[str, list[Finding]]] = {}
    for row in rows:
        for finding in row.findings:
            studies = found.setdefault((finding.code, finding.severity), {})
            studies.setdefault(row.study, []).append(finding)
    groups = (_group(list(studies.values())) for studies in found.values())
    return tuple(
        sorted(
            groups,
            key=lambda group: (_GRAVEST_FIRST.index(group.severity), -group.n_studies, group.code),
        )
    )


def _group(studies: Sequence[Sequence[Finding]]) -> FindingGroup:
    findings = [finding for of_study in studies for finding in of_study]
    messages = Counter(finding.message for finding in findings)
    example = _first(findings, messages.most_common(1)[0][0])
    return FindingGroup(
        example.code, example.severity, len(studies), example.message, len(messages), example.remedy
    )


def _first(findings: Iterable[Finding], message: str) -> Finding:
    return next(finding for finding in findings if finding.message == message)
