"""Stand-in for the module Sample Data: sources are registered and can be downloaded from."""

# ruff: noqa: N802, N815 - the names are those of Qt, CTK and Slicer

from dataclasses import dataclass
from typing import Any

import slicer

__all__ = ["SampleDataLogic", "SampleDataSource"]


@dataclass
class SampleDataSource:
    """One data set that the user can choose, described as Slicer does."""

    sampleName: str | None = None
    sampleDescription: str | None = None
    uris: Any = None
    fileNames: Any = None
    nodeNames: Any = None
    checksums: Any = None
    loadFiles: Any = None
    customDownloader: Any = None
    thumbnailFileName: str | None = None
    loadFileTypes: Any = None
    loadFileProperties: Any = None


class SampleDataLogic:
    """Registers data sets and gets them."""

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: Any = None,
        checksums: Any = None,
    ) -> None:
        """Offer a data set."""
        sources = slicer.modules.__dict__.setdefault("sampleDataSources", {})
        sources.setdefault(category, []).append(
            SampleDataSource(
                sampleName=sampleName,
                uris=uris,
                fileNames=fileNames,
                nodeNames=nodeNames,
                checksums=checksums,
                loadFiles=loadFiles,
                customDownloader=customDownloader,
                thumbnailFileName=thumbnailFileName,
                loadFileTypes=loadFileTypes,
                loadFileProperties=loadFileProperties,
            )
        )

    def downloadSample(self, sampleName: str) -> Any:
        """Return the node or nodes of a data set that brings its own downloader."""
        for sources in slicer.modules.sampleDataSources.values():
            for source in sources:
                if source.sampleName == sampleName:
                    nodes = source.customDownloader(source)
                    return nodes[0] if len(nodes) == 1 else nodes
        raise KeyError(sampleName)
