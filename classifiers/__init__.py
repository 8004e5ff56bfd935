"""Text to verdict. A module here is a classifier by its name: ``load(topic) -> Classifier``. They open no socket."""
