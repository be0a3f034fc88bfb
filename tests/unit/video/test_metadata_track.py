"""Where a document of the metadata track ends, without the marker of RTP."""

from __future__ import annotations

import gzip

import pytest

from securos_trigger.video.metadata_track import DocumentEnds

DOCUMENT = b'<?xml version="1.0"?><tt:MetadataStream><tt:Event>' + b"x" * 3_000 + b"</tt:Event></tt:MetadataStream>"


def ends(*payloads: bytes) -> list[bool]:
    found = DocumentEnds()
    return [found.is_end(one) for one in payloads]


def pieces(document: bytes, size: int) -> list[bytes]:
    return [document[at : at + size] for at in range(0, len(document), size)]


@pytest.mark.parametrize("size", [1, 7, 1_300, 10_000])
@pytest.mark.parametrize("document", [DOCUMENT, DOCUMENT.replace(b"tt:", b"")])
def test_a_document_ends_at_its_closing_tag_wherever_it_is_cut(document: bytes, size: int) -> None:
    cut = pieces(document, size)
    last = next(at for at in range(1, len(cut) + 1) if b"MetadataStream>" in b"".join(cut[:at])[60:])
    found = ends(*cut, *cut)
    assert found.count(True) == 2
    assert found.index(True) == last - 1


def test_the_other_spelling_of_the_root_ends_too_and_a_longer_name_does_not() -> None:
    assert ends(b"<MetaDataStream></MetaDataStream >") == [True]
    assert ends(b"<a></MetadataStreams>", b"</MetadataStream>") == [False, True]
    assert ends(b"<!-- </MetadataStream> -->") == [False]


@pytest.mark.parametrize("size", [3, 100, 10_000])
def test_a_compressed_document_ends_with_its_compression(size: int) -> None:
    cut = pieces(gzip.compress(DOCUMENT), size)
    assert ends(*cut, *cut) == ([False] * (len(cut) - 1) + [True]) * 2


def test_a_compressed_document_that_is_damaged_ends_at_once() -> None:
    broken = gzip.compress(DOCUMENT)[:10] + b"\xff" * 30
    assert ends(broken, DOCUMENT) == [True, True]
