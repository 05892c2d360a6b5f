"""Flite, a synthesiser of another kind than eSpeak NG, with the true times of its words.

Belongs here: the binding to Debian's ``libflite1``, to measure alignment on speech that our own
reference has nothing in common with: diphones and clustered units of recorded people.

Source: flite's cst_utterance.h, cst_item.h and cst_wave.h.
"""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ytempire_assets.speech.trimming import trimmed
from ytempire_assets.speech.voice import SpokenWord, Utterance

VOICES = ("kal16", "rms", "slt", "awb")
"""Two diphone-like American voices of men, one of a woman, and one Scot."""


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _VoiceRecord(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


@functools.cache
def _library() -> Any:
    flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, takes in (
        ("flite_synth_text", pointer, [text, ctypes.POINTER(_VoiceRecord)]),
        ("utt_wave", ctypes.POINTER(_Wave), [pointer]),
        ("utt_relation", pointer, [pointer, text]),
        ("relation_head", pointer, [pointer]),
        ("item_next", pointer, [pointer]),
        ("ffeature_float", ctypes.c_float, [pointer, text]),
        ("ffeature_string", text, [pointer, text]),
        ("feat_set_float", None, [pointer, text, ctypes.c_float]),
        ("delete_utterance", None, [pointer]),
    ):
        function = getattr(flite, name)
        function.restype, function.argtypes = result, takes
    flite.flite_init()
    return flite


@functools.cache
def _voice(name: str) -> Any:
    _library()
    for part in ("usenglish", "cmulex"):
        ctypes.CDLL(f"libflite_{part}.so.1", mode=ctypes.RTLD_GLOBAL)
    register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
    register.restype = ctypes.POINTER(_VoiceRecord)
    register.argtypes = [ctypes.c_char_p]
    return register(None)


def is_installed() -> bool:
    """Whether flite is on this machine: apt-get install libflite1."""
    try:
        _library()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class FliteVoice:
    """One of ``VOICES``. Takes plain words: only what is spoken as written has one time a word."""

    voice: str
    stretch: float = 1.0

    @property
    def name(self) -> str:
        return f"flite/{self.voice}"

    def speak(self, text: str) -> Utterance:
        flite = _library()
        voice = _voice(self.voice)
        flite.feat_set_float(voice.contents.features, b"duration_stretch", self.stretch)
        spoken = flite.flite_synth_text(text.encode("ascii"), voice)
        wave = flite.utt_wave(spoken).contents
        rate = int(wave.sample_rate)
        samples = (
            np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).astype(np.float32) / 32768
        )
        words, item = [], flite.relation_head(flite.utt_relation(spoken, b"Token"))
        while item:
            segment = b"daughter%s.R:SylStructure.daughter%s.daughter%s.R:Segment."
            start = flite.ffeature_float(item, segment % (b"1", b"1", b"1") + b"p.end")
            end = flite.ffeature_float(item, segment % (b"n", b"n", b"n") + b"end")
            written = flite.ffeature_string(item, b"name").decode()
            words.append(SpokenWord(written, start, end))
            item = flite.item_next(item)
        flite.delete_utterance(spoken)
        return trimmed(Utterance(samples, rate, tuple(words)))
