"""PAGE TO TEXT: a module per kind of page, each with ``NAME``, ``VERSION`` and ``extract(page) -> Text``."""
