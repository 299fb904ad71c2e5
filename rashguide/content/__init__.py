"""What the guide can say: ``subjects.py`` reads ``data/``; ``composing.py``: what replies share; ``names.py``: ids."""

from rashguide.content.subjects import (
    DATA,
    FAQ,
    SOURCE_KINDS,
    UTTER,
    Phrase,
    Subject,
    choices,
    is_faq,
    label,
    phrases,
    read_file,
    response_to,
    spoken,
    subject_of,
    subjects,
)

__all__ = [
    "DATA",
    "FAQ",
    "SOURCE_KINDS",
    "UTTER",
    "Phrase",
    "Subject",
    "choices",
    "is_faq",
    "label",
    "phrases",
    "read_file",
    "response_to",
    "spoken",
    "subject_of",
    "subjects",
]
