"""Headless benchmarks: memory, speed and agreement with clangd on real projects."""
