"""Floor 3: the queue, the scheduler, the children and the live documents of one project.

Doors and features use ``engine.engine.Engine``, ``engine.snapshot.Snapshot``, the values of
``engine.events`` and, without clients, ``engine.headless``. Nothing here knows LSP or libclang, nor
how the index is stored.
"""
