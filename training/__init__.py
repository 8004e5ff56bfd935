"""How the model is made. Needs the extra ``train``; nothing that runs in production imports it."""
