"""A TPM 2.0's NV counter, through tpm2-tools (docs/adr/0007, 0009).

An NV index of type counter only goes up. Deleted and defined again it goes on above every number that any
counter of this TPM ever had; cleared by its owner, the TPM still remembers. So nobody sets it back, neither
the recorder nor its owner. Anybody at the TPM may raise it: that leaves a hole, which readers report.

Each step is a program of its own, ended after `TIMEOUT_S`. What it prints is believed only in its exact form,
and what the TPM says is compared with what it said before: a broken or hostile TPM is an error, never a
number.
"""

from __future__ import annotations

import os
import re
import subprocess

from zhilu.errors import CallerError, WorldError

TIMEOUT_S = 10
MAX_NUMBER = 2**53 - 1
ATTRIBUTES = "ownerread|ownerwrite|authread|authwrite|no_da|nt=counter"
_PUBLIC = re.compile(r"^  attributes:\n    friendly: \S*\n    value: (0x[0-9A-Fa-f]{1,8})$", re.MULTILINE)
_TYPE_MASK, _TYPE_COUNTER = 0xF0, 0x10  # TPMA_NV bits 7:4


class TpmCounter:
    kind = "tpm"

    def __init__(self, tcti: str, nv_index: int) -> None:
        """Only names it; `open` and `create` ask the TPM."""
        self._tcti, self._index = tcti, f"0x{nv_index:08x}"
        self._least = 0
        """The last number seen by this process."""

    @classmethod
    def open(cls, tcti: str, nv_index: int) -> TpmCounter:
        """Refuses (`tpm`) an index that is no counter."""
        counter = cls(tcti, nv_index)
        attributes = counter._attributes()
        if attributes is None:
            raise WorldError("tpm", "The TPM has no counter {index}.", index=counter._index)
        if attributes & _TYPE_MASK != _TYPE_COUNTER:
            raise WorldError("tpm", "The TPM's index {index} is no counter.", index=counter._index)
        counter.value()
        return counter

    @classmethod
    def create(cls, tcti: str, nv_index: int) -> TpmCounter:
        """Refuses (`exists`) an index that is taken. A new counter has no number until it is raised once."""
        counter = cls(tcti, nv_index)
        if counter._attributes() is not None:
            raise CallerError("exists", "The TPM's index {index} is taken already.", index=counter._index)
        counter._tool("tpm2_nvdefine", "-C", "o", "-s", "8", "-a", ATTRIBUTES, counter._index)
        try:
            counter.increase()
            return cls.open(tcti, nv_index)
        except BaseException:
            counter.destroy()
            raise

    def destroy(self) -> None:
        """For an `init` that failed."""
        self._tool("tpm2_nvundefine", "-C", "o", self._index)

    def value(self) -> int:
        data = self._tool("tpm2_nvread", "-C", self._index, "-s", "8", self._index)
        number = int.from_bytes(data, "big")
        if len(data) != 8 or not self._least <= number <= MAX_NUMBER:
            raise WorldError("tpm", "The TPM's counter does not answer with a number that can follow.")
        self._least = number
        return number

    def increase(self) -> int:
        """A power cut after the first step leaves a hole."""
        before = self._least
        self._tool("tpm2_nvincrement", "-C", self._index, self._index)
        value = self.value()
        if value <= before:
            raise WorldError("tpm", "The TPM's counter does not answer with a number that can follow.")
        return value

    def seen(self, number: int) -> None:
        pass

    def _attributes(self) -> int | None:
        """None: nothing is defined there."""
        known = self._tool("tpm2_getcap", "handles-nv-index").decode("ascii", "replace")
        handles = re.findall(r"^- (0x[0-9A-Fa-f]{7,8})$", known, re.MULTILINE)
        if int(self._index, 16) not in [int(handle, 16) for handle in handles]:
            return None
        text = self._tool("tpm2_nvreadpublic", self._index).decode("ascii", "replace")
        found = _PUBLIC.search(text)
        if found is None:
            raise WorldError("tpm", "The TPM does not say what its index {index} is.", index=self._index)
        return int(found[1], 16)

    def _tool(self, name: str, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                [name, "-T", self._tcti, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                env={**os.environ, "LC_ALL": "C", "TSS2_LOG": "all+ERROR"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WorldError("tpm", "The TPM does not answer.") from None
        except OSError as error:
            raise WorldError(
                "tpm-tools", "The program {name} cannot be run: {reason}", name=name, reason=error
            ) from None
        if done.returncode != 0:
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[:1]
            raise WorldError("tpm", "The TPM refuses: {reason}", reason="".join(reason)[:200])
        return done.stdout
