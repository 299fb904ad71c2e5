"""What the guide can say: ``subjects.py`` reads ``data/``, ``names.py`` has the ids that code names."""

from rashguide.content.subjects import (
    DATA,
    FAQ,
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
