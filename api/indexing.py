"""The index of meaning follows what is searched, beside the server and behind a storm."""

from __future__ import annotations

import threading
from typing import Final

from api.bootstrap import Assistant
from graph.errors import EtiographError

_LOOK_AGAIN_S: Final = 0.2
# Payloads of one storm come seconds apart, and the first one comes unannounced; a model that is
# being loaded does not give way.
_CALM_S: Final = 5.0
# A store that was away is asked again after this.
_AGAIN_S: Final = 30.0
_STEP_S: Final = 0.5  # the longest that a stop waits for this thread to see it


def index_beside(assistant: Assistant, *, again_s: float = _AGAIN_S) -> threading.Thread:
    """Start the thread that indexes; search answers with words until it has come so far.

    What fails is logged, and tried again after `again_s` seconds until the assistant stops.
    """
    work = threading.Thread(
        target=_index, args=(assistant, again_s), name="etiograph-index", daemon=True
    )
    work.start()
    return work


def _index(assistant: Assistant, again_s: float) -> None:
    import structlog

    while not assistant.stopping:
        try:
            assistant.knowledge.meaning.promise()
            assistant.await_engine()  # a storm may be waiting
            _give_way(assistant)
            assistant.knowledge.keep_up(lambda: assistant.stopping, lambda *_: _give_way(assistant))
        except Exception as error:  # noqa: BLE001 - the process edge: search goes on with the words
            if not assistant.stopping:  # the store may be closed by now
                structlog.get_logger("index").error("indexing_failed", error=str(error))
                _rest(assistant, again_s)


def _rest(assistant: Assistant, seconds: float) -> None:
    pause = threading.Event()
    for _ in range(max(1, round(seconds / _STEP_S))):
        if assistant.stopping:
            return
        pause.wait(min(seconds, _STEP_S))


def _give_way(assistant: Assistant) -> None:
    """Hold on between two batches of passages while payloads come in or wait to be diagnosed."""
    pause = threading.Event()
    while not assistant.stopping and _is_storming(assistant):
        pause.wait(_LOOK_AGAIN_S)


def _is_storming(assistant: Assistant) -> bool:
    """Tell whether payloads came in lately or diagnoses wait.

    A store that cannot be asked has none waiting, and says nothing of the encoder.
    """
    try:
        late = assistant.lull.calm_s() < _CALM_S
        return late or assistant.store.jobs_open("diagnose") > 0
    except EtiographError:
        return False
